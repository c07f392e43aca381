"""What a house must keep: numbers, papers, photos, rules, acts."""

import uuid

from django.db import models
from django.urls import reverse

from accounts.models import Branch
from dms.fields import Row, Versioned, one_of, person
from dms.history import tracked
from dms.workflow import append_only
from records.states import CounterKind, FileState, FileTrouble, MailState, PaperKind, PhotoKind, Rhythm


class Counter(Row):
    """The last number given out, per branch, kind and period (YYYYMM in the branch's zone). Locked while counting."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=4, choices=CounterKind.choices)
    period = models.CharField(max_length=6)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "kind", "period"], name="records_counter_once"),
            one_of("kind", CounterKind),
        ]


class IssuedPaper(Row):
    """A paper as it was issued: its content as JSON and the SHA-256 of that. Never changed; a correction is a new one.

    `subject_key` names what it is about ("order:17"), since later apps own those tables.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=20, choices=PaperKind.choices)
    number = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    issued_by = person(null=False)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")

    class Meta:
        constraints = [
            one_of("kind", PaperKind),
            models.UniqueConstraint(
                fields=["branch", "kind", "number"],
                condition=models.Q(replaces__isnull=True),
                name="records_paper_number",
            ),
        ]
        indexes = [models.Index(fields=["subject_key", "kind", "-id"], name="records_paper_of_subject")]
        triggers = [append_only()]


class PaperFile(Row):
    """A file to print, drawn once by the worker: an original on a sheet, or everything that one click prints.

    `name` says which papers, sheets and copies ("12.a4", "12.a4-1-2,13.roll": `records.pieces`), `paper` is the first
    of them; the printer's test page has none. `x`, `y` are the offset in mm with which continuous paper was drawn.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    paper = models.ForeignKey(IssuedPaper, models.PROTECT, null=True, blank=True, related_name="files")
    name = models.CharField(max_length=250, unique=True)
    x = models.SmallIntegerField(default=0)
    y = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=7, choices=FileState.choices, default=FileState.WAITING)
    trouble = models.CharField(max_length=7, choices=FileTrouble.choices, blank=True)
    #: How often a worker began; one that died on the way never said so.
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True)
    pdf = models.BinaryField(null=True)

    class Meta:
        constraints = [
            one_of("state", FileState),
            models.CheckConstraint(
                name="records_paperfile_trouble",
                condition=models.Q(state=FileState.FAILED, trouble__in=sorted(FileTrouble.values))
                | (~models.Q(state=FileState.FAILED) & models.Q(trouble="")),
            ),
            models.CheckConstraint(
                name="records_paperfile_made",
                condition=models.Q(state=FileState.MADE, pdf__isnull=False)
                | (~models.Q(state=FileState.MADE) & models.Q(pdf__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=~models.Q(state=FileState.MADE), name="records_paperfile_open")
        ]


class PaperPrint(Row):
    """Who printed which copy. Copy 1 is the original; later ones say that they are reprints."""

    paper = models.ForeignKey(IssuedPaper, models.PROTECT, related_name="prints")
    copy = models.PositiveSmallIntegerField()
    printed_at = models.DateTimeField()
    printed_by = person(null=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper", "copy"], name="records_paperprint_once")]
        triggers = [append_only()]


class Photo(Row):
    """A photo without its EXIF data; the files are served only to those who may see the subject."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    subject_key = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=10, choices=PhotoKind.choices)
    image = models.FileField(upload_to="photos/%Y/%m/")
    thumbnail = models.FileField(upload_to="photos/%Y/%m/")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    taken_at = models.DateTimeField()
    taken_by = person()

    class Meta:
        constraints = [one_of("kind", PhotoKind)]

    @property
    def url(self) -> str:
        """Address of the photo, for those who may see orders."""
        return reverse("records:photo", args=[self.key, "full"])

    @property
    def thumb(self) -> str:
        """Address of the thumbnail."""
        return reverse("records:photo", args=[self.key, "small"])


class IdempotencyKey(Row):
    """The answer to a request that must not be carried out twice. A second one with another body is refused."""

    user = person(null=False)
    key = models.CharField(max_length=64)
    route = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64)
    answer = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="records_idempotency_once")]


@tracked()
class DatedRule(Row):
    """A setting of the house from a date on; `branch` null is for all branches. Keys stand in `records.rules`."""

    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="+")
    key = models.CharField(max_length=40)
    value = models.JSONField()
    valid_from = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    set_by = person()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "key", "valid_from"], nulls_distinct=False, name="records_rule_once"
            )
        ]


class AuditEntry(Row):
    """An act without a row of its own: a reveal, an export, an override."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    actor = person()
    act = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)

    class Meta:
        triggers = [append_only()]


class FailedGuess(Row):
    """A wrong code typed by somebody who is not signed in; `sender` is a keyed hash of where it came from."""

    what = models.CharField(max_length=20)
    sender = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["what", "sender", "created_at"], name="records_guess_window")]


class SavedList(Versioned):
    """A table as somebody wants it again: its conditions, its form, and when it is mailed to them.

    `conditions` are `records.conditions.Condition`s. What its owner may no longer see is no longer in it.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    owner = person(null=False)
    name = models.CharField(max_length=60)
    table = models.CharField(max_length=40)
    form = models.CharField(max_length=4)
    conditions = models.JSONField(default=list)
    rhythm = models.CharField(max_length=5, choices=Rhythm.choices, default=Rhythm.NONE, blank=True)
    #: From when on it is mailed: a list of today is not sent for last Monday.
    rhythm_from = models.DateField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("rhythm", Rhythm),
            models.CheckConstraint(condition=models.Q(form__in=["csv", "xlsx", "pdf"]), name="records_list_form"),
            models.UniqueConstraint(
                fields=["branch", "owner", "name"], condition=models.Q(ended_at=None), name="records_list_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ListMail(Row):
    """A saved list on a day on which it is mailed. One row a day, so two beats and a repeated task send one letter."""

    list = models.ForeignKey(SavedList, models.PROTECT, related_name="mails")
    on = models.DateField()
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.PLANNED)
    address = models.EmailField(blank=True)
    told = models.CharField(max_length=200, blank=True)
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "on"], name="records_listmail_once"),
            one_of("state", MailState),
            models.CheckConstraint(
                condition=models.Q(state=MailState.PLANNED) | models.Q(claimed_at__isnull=False),
                name="records_listmail_claimed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(state__in=[MailState.PLANNED, MailState.SENDING]),
                name="records_listmail_open",
            )
        ]  # fmt: skip
