"""Small texts that the database may not hold readable: a stolen dump must not make codes.

The key follows from SECRET_KEY; former ones (SECRET_KEY_FALLBACKS) still open. On a machine with another secret nothing
can be opened: the factor is removed there (`manage.py unlock NAME --factors`) and set up again.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


@lru_cache(maxsize=4)
def _box(*secrets: str) -> MultiFernet:
    def key(secret: str) -> Fernet:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"dms accounts.sealing").derive(secret.encode())
        return Fernet(base64.urlsafe_b64encode(derived))

    return MultiFernet([key(secret) for secret in secrets])


def _ours() -> MultiFernet:
    return _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def sealed(text: str) -> str:
    """The text, encrypted and authenticated (AES-128-CBC with HMAC-SHA256)."""
    return _ours().encrypt(text.encode()).decode()


def opened(token: str) -> str | None:
    """The text again; None for what this machine cannot open."""
    try:
        return _ours().decrypt(token.encode()).decode()
    except InvalidToken:
        return None
