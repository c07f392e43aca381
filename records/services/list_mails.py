"""Saved lists on their way into their owners' mailboxes, each day's once.

As with customers' messages (docs/adr/0011): planned and claimed in the database before anything leaves. What was
claimed and has no answer is `unknown`, is never repeated by itself and is shown to its owner.
"""

import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts.models import Branch, Membership
from accounts.policies import Actor, check_may
from accounts.roles import permissions_of
from dms.act import one_act
from dms.clock import branch_day, local, now
from dms.errors import Refused
from dms.fields import locked
from dms.pdf import PdfRefused, PdfUnavailable
from records.exports import Table, columns_for
from records.models import ListMail, SavedList
from records.reports import PDF, is_report, report_for
from records.services import audit
from records.services.export import CONTENT_TYPES, CSV, PERMISSION, as_csv, as_xlsx
from records.services.lists import narrowed, slot_of
from records.states import MailState

log = logging.getLogger(__name__)
#: Branch time from which a day's lists are mailed: after the night's sweeps, before the shop opens.
MORNING = time(6)
#: After that a letter that was begun and not ended is unknown.
PATIENCE = timedelta(minutes=15)
OVER = (MailState.FAILED, MailState.UNKNOWN)
#: Nobody was there, or the server said no.
NOT_TAKEN = (ConnectionRefusedError, socket.gaierror, SMTPResponseException, SMTPRecipientsRefused)
#: Columns of which a letter holds none, whoever may see them: mail is read on the way.
PRIVATE = ("plate", "vin", "phone")
#: Mail servers refuse larger letters; the list then comes as a link.
LARGEST = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file in a letter."""

    name: str
    content: bytes
    kind: str


def plan_mails(branch: Branch) -> int:
    """A row for each list whose day has come; how many are new. Days that were missed are not made up for."""
    if local(branch).time() < MORNING:
        return 0
    today, wanted = branch_day(branch), []
    for row in SavedList.objects.filter(branch=branch, ended_at=None).exclude(rhythm="").order_by("pk"):
        slot = slot_of(row.rhythm, today)
        if slot is not None and slot >= row.rhythm_from:
            wanted.append(ListMail(list=row, on=slot))
    known = set(ListMail.objects.filter(list__in=[one.list for one in wanted]).values_list("list", "on"))
    new = [one for one in wanted if (one.list_id, one.on) not in known]
    ListMail.objects.bulk_create(new, ignore_conflicts=True)  # another worker may be just as far
    return len(new)


def send_waiting() -> int:
    """Send what is planned, and call unknown what was begun and never ended; how many were sent."""
    late = ListMail.objects.filter(state=MailState.SENDING, claimed_at__lt=now() - PATIENCE)
    late.update(state=MailState.UNKNOWN, ended_at=now())
    return sum(_send(pk) for pk in ListMail.objects.filter(state=MailState.PLANNED).values_list("pk", flat=True))


def _send(pk: int) -> bool:
    mail = _claim(pk)
    if mail is None:
        return False
    try:
        actor = _owner(mail.list)
        letter = _letter(actor, mail)
    except (Refused, PdfRefused, PdfUnavailable) as refused:
        told = refused.sentence if isinstance(refused, Refused) else _("The report could not be drawn.")
        return _ended(mail, MailState.FAILED, told)
    try:
        letter.send()
    except NOT_TAKEN as error:
        log.warning("list %s was not mailed: %s", mail.list_id, type(error).__name__)
        return _ended(mail, MailState.FAILED, _("The mail server did not take it. Is EMAIL_URL set?"))
    except OSError as error:  # smtplib's errors are; the line broke, perhaps after the server had taken it
        log.warning("list %s may have been mailed: %s", mail.list_id, type(error).__name__)
        return _ended(mail, MailState.UNKNOWN, _("The line to the mail server broke."))
    return _ended(mail, MailState.SENT, "")


@one_act
def _claim(pk: int) -> ListMail | None:
    planned = ListMail.objects.filter(pk=pk, state=MailState.PLANNED)
    mail = locked(planned).select_related("list__branch", "list__owner").first()
    if mail is not None:
        mail.state, mail.claimed_at, mail.address = MailState.SENDING, now(), mail.list.owner.email
        mail.save()
    return mail


def _ended(mail: ListMail, state: MailState, told: str) -> bool:
    ListMail.objects.filter(pk=mail.pk).update(state=state, told=told[:200], ended_at=now())
    return state is MailState.SENT


def _owner(row: SavedList) -> Actor:
    """The owner with what they may do today. Raises `Refused` for somebody who is gone or has no address."""
    membership = Membership.objects.filter(user=row.owner, branch=row.branch, active=True, user__is_active=True).first()
    if membership is None:
        raise Refused(_("Its owner does not work here any more."))
    if not row.owner.email:
        raise Refused(_("Its owner has no e-mail address."))
    return Actor(row.owner, row.branch, permissions_of(membership.roles))


def _letter(actor: Actor, mail: ListMail) -> EmailMessage:
    row = mail.list
    check_may(actor, PERMISSION)
    with translation.override(actor.person.language):
        enclosed = _enclosed(actor, row, mail.on)
        place = settings.PUBLIC_URL.rstrip("/") + reverse("records:lists")
        words = {"name": row.name, "branch": actor.branch.label, "day": mail.on.isoformat(), "place": place}
        if enclosed:
            body = _("%(name)s of %(branch)s is enclosed.\n\nYour lists: %(place)s") % words
        else:
            body = (
                _("%(name)s of %(branch)s is ready. It tells who came or is large: take it out here.\n%(place)s")
                % words
            )
        subject = _("%(name)s · %(branch)s · %(day)s") % words
        letter = EmailMessage(subject, body, to=[mail.address])
    if enclosed:
        letter.attach(enclosed.name, enclosed.content, enclosed.kind)
        detail = {"table": row.table, "form": row.form}
        audit.write(actor.branch, actor.user, "export.mail", f"savedlist:{row.pk}", detail)
    return letter


def _enclosed(actor: Actor, row: SavedList, on: date) -> Enclosed | None:
    """The file; nothing where it would carry customers' names through the mail, or is too large for it."""
    name = f"{row.table}-{on.isoformat()}.{row.form}"
    if is_report(row.table):
        report = report_for(actor, row.table)
        if report is None:
            raise Refused(_("Your role does not include this report."))
        return Enclosed(name, report.draw(actor, on, row.rhythm), f"application/{PDF}")
    table = narrowed(actor, row)
    if _tells_who(actor, table):
        return None
    content = "".join(as_csv(actor, table)).encode() if row.form == CSV else as_xlsx(actor, table).read()
    return Enclosed(name, content, CONTENT_TYPES[row.form].partition(";")[0]) if len(content) <= LARGEST else None


def _tells_who(actor: Actor, table: Table) -> bool:
    return table.permission == "customer.view" or any(
        column.needs == "customer.view" or column.path.rpartition("__")[2] in PRIVATE
        for column in columns_for(actor, table)
    )


@one_act
def mail_now(*, actor: Actor, list_id: int) -> None:
    """Mail it today, whatever its rhythm. Raises `Refused` without an address, and when it is on its way."""
    check_may(actor, PERMISSION)
    if not actor.person.email:
        raise Refused(_("You have no e-mail address here. Your administrator enters it under People."))
    row = SavedList.objects.filter(branch=actor.branch, owner=actor.person, ended_at=None).get(pk=list_id)
    mail, made = ListMail.objects.get_or_create(list=row, on=branch_day(actor.branch))
    if not made and not _anew(mail.pk, [MailState.SENT, *OVER]):
        raise Refused(_("Today's letter is on its way already."))
    nudge()


@one_act
def send_again(*, actor: Actor, list_id: int) -> None:
    """Plan its last letter anew, if that failed or is unknown. Raises `Refused` for one that arrived."""
    check_may(actor, PERMISSION)
    mine = ListMail.objects.filter(list=list_id, list__owner=actor.person, list__branch=actor.branch)
    last = mine.order_by("-on").values_list("pk", flat=True).first()
    if last is None or not _anew(last, OVER):
        raise Refused(_("Only a letter that did not arrive can be sent again."))
    nudge()


def _anew(pk: int, when: Sequence[MailState]) -> int:
    fresh = {"state": MailState.PLANNED, "told": "", "ended_at": None}
    return ListMail.objects.filter(pk=pk, state__in=when).update(**fresh)


def nudge() -> None:
    """Wake the worker once this act stands. A lost nudge costs a minute: the next round finds what waits."""
    transaction.on_commit(_wake)


def _wake() -> None:
    from records.tasks import mail_lists

    try:
        mail_lists.apply_async(retry=False, expires=60)
    except OperationalError as error:
        log.warning("the worker was not woken: %s", type(error).__name__)
