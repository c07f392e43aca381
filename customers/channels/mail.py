"""E-mail through whatever backend Django is told: SMTP, or a provider's own."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from customers.channels.base import Outgoing, Refusal, Unsure
from customers.states import Channel

#: From here on a server's answer says no for good (RFC 5321, 4.2.1).
FOR_GOOD = 500


@contextmanager
def _connecting() -> Iterator[None]:
    """Until the connection stands nothing can have been taken."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise Refusal(f"smtp {error.smtp_code}", temporary=True) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Refusal(type(error).__name__, temporary=True) from error


@contextmanager
def _sending() -> Iterator[None]:
    """A code of the server is a definite no; a connection that ends without one says nothing."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code = max(answer[0] for answer in error.recipients.values())
        raise Refusal(f"smtp {code}", temporary=code < FOR_GOOD) from error
    except smtplib.SMTPResponseException as error:  # sender, data and all the others that carry a code
        raise Refusal(f"smtp {error.smtp_code}", temporary=error.smtp_code < FOR_GOOD) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unsure(type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class Mail:
    """`MESSAGE_GATEWAYS=mail:`; the account stands in EMAIL_URL or EMAIL_BACKEND."""

    name: str = "mail"
    channel: str = Channel.EMAIL

    def send(self, outgoing: Outgoing) -> str:
        """The Message-ID, by which bounces are known again."""
        reference = f"<{outgoing.key.hex}@{_domain()}>"
        connection = get_connection(timeout=settings.MESSAGE_TIMEOUT)
        with _connecting():
            connection.open()
        try:
            with _sending():
                _letter(outgoing, reference, connection).send()
        finally:
            with suppress(OSError, smtplib.SMTPException):  # it was answered already
                connection.close()
        return reference


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def ended_by(outgoing: Outgoing) -> dict[str, str]:
    """Headers of any letter, with the two of RFC 8058 where there is something to end: one click, by POST."""
    headers = {"Auto-Submitted": "auto-generated"}
    if outgoing.unsubscribe:
        headers["List-Unsubscribe"] = f"<{outgoing.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _letter(outgoing: Outgoing, reference: str, connection: BaseEmailBackend) -> EmailMessage:
    headers = {"Message-ID": reference, **ended_by(outgoing)}
    letter = EmailMessage(
        outgoing.subject, outgoing.body, None, [outgoing.address], headers=headers, connection=connection
    )
    enclose(letter, outgoing)
    return letter


def enclose(letter: EmailMessage, outgoing: Outgoing) -> None:
    """Put the file into the letter, when there is one."""
    if outgoing.enclosure is not None:
        letter.attach(outgoing.enclosure.name, outgoing.enclosure.content, outgoing.enclosure.mime)
