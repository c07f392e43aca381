"""Addresses of ours that stand in messages. They hold random keys: no name, number or plate."""

import uuid

from django.conf import settings
from django.urls import reverse


def unsubscribe_url(key: uuid.UUID) -> str:
    """Where this message's customer ends messages of its class."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("customers:unsubscribe", args=[key.hex])


def key_of(token: str) -> uuid.UUID | None:
    """The key in such an address; None for anything else."""
    try:
        return uuid.UUID(hex=token) if len(token) == 32 else None
    except ValueError:
        return None
