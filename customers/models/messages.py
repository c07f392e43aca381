"""The outbox: every message to a customer is a row before it is sent, and stays one."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Branch
from customers.identifiers import masked_phone
from customers.models.people import Customer
from customers.models.vehicles import Vehicle
from customers.states import (
    MESSAGE_EDGES,
    URGENT,
    Channel,
    MessageClass,
    MessageState,
    NotSent,
)
from dms.fields import Row, acted, one_of, person
from dms.workflow import append_only, edge_guard, first_state_guard

LANGUAGES = [("zh-hans", "中文"), ("en", "English")]


def _language_known(model: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=f"customers_{model}_language_known", condition=Q(language__in=["en", "zh-hans"]))


class Message(Row):
    """One message to one customer, once for each (kind, subject_key): `reminder:17`, `order:4:ready`.

    A code goes to an address before anybody knows whose it is: then there is no customer, and address and language
    stand on the message from the beginning.
    `about` is the beginning of the subject key, by which the caps of an order or of a due cycle count. Channel,
    language, address, subject and body are written at the claim and say what the provider got; before it, they are
    empty. `key` goes to the provider as our own id. `tried` are the channels that refused it for certain, `detail` is
    the provider's code, never an address or a text.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="messages")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, blank=True, related_name="messages")
    kind = models.CharField(max_length=40)
    message_class = models.CharField(max_length=13, choices=MessageClass.choices)
    subject_key = models.CharField(max_length=60)
    about = models.CharField(max_length=60)
    context = models.JSONField(default=dict)
    send_on = models.DateField()
    not_before_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    state = models.CharField(max_length=11, choices=MessageState.choices, default=MessageState.PLANNED)
    not_sent = models.CharField(max_length=10, choices=NotSent.choices, null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    attempts = models.PositiveSmallIntegerField(default=0)
    tried = ArrayField(models.CharField(max_length=10), default=list, blank=True)

    channel = models.CharField(max_length=10, choices=Channel.choices, null=True, blank=True)
    language = models.CharField(max_length=10, choices=LANGUAGES, null=True, blank=True)
    address = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    segments = models.PositiveSmallIntegerField(default=0)
    provider = models.CharField(max_length=40, blank=True)
    provider_ref = models.CharField(max_length=120, null=True, blank=True)
    detail = models.CharField(max_length=120, blank=True)

    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    resent_at = models.DateTimeField(null=True, blank=True)
    resent_by = person()

    class Meta:
        indexes = [
            # What the sender looks for: a few rows of millions.
            models.Index(
                fields=["branch", "not_before_at", "id"],
                condition=Q(state=MessageState.PLANNED),
                name="message_waiting",
            ),
            # A code does not wait behind a campaign of 100,000.
            models.Index(
                fields=["branch", "not_before_at", "id"],
                condition=Q(state=MessageState.PLANNED, message_class__in=[str(one) for one in URGENT]),
                name="message_urgent",
            ),
            models.Index(fields=["claimed_at"], condition=Q(state=MessageState.CLAIMED), name="message_claimed"),
            models.Index(fields=["sent_at"], condition=Q(state=MessageState.SENT), name="message_without_news"),
            models.Index(fields=["branch", "state", "-id"], name="message_by_state"),
            models.Index(fields=["customer", "-claimed_at"], name="message_of_customer"),
            models.Index(fields=["about"], name="message_about"),
            models.Index(fields=["vehicle", "-id"], name="message_of_vehicle"),
            models.Index(
                fields=["branch", "claimed_at"], condition=Q(claimed_at__isnull=False), name="message_claims_of_day"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_key"], name="message_once"),
            models.UniqueConstraint(
                fields=["provider", "provider_ref"],
                condition=Q(provider_ref__isnull=False),
                name="message_provider_ref_once",
            ),
            one_of("state", MessageState),
            one_of("message_class", MessageClass),
            one_of("not_sent", NotSent),
            one_of("channel", Channel),
            _language_known("message"),
            models.CheckConstraint(
                name="message_not_sent_says_why",
                condition=Q(state=MessageState.CANCELLED, not_sent__isnull=False)
                | (~Q(state=MessageState.CANCELLED) & Q(not_sent__isnull=True)),
            ),
            models.CheckConstraint(
                name="message_merged_is_not_sent",
                condition=Q(merged_into__isnull=True) | Q(not_sent=NotSent.MERGED, not_sent__isnull=False),
            ),
            models.CheckConstraint(
                name="message_to_somebody",
                condition=Q(customer__isnull=False)
                | (Q(message_class=MessageClass.SECURITY, language__isnull=False) & ~Q(address="")),
            ),
            # What went out says through which channel, in which words and to whom.
            models.CheckConstraint(
                name="message_claim_whole",
                condition=Q(state__in=[MessageState.PLANNED, MessageState.CANCELLED])
                | (
                    Q(claimed_at__isnull=False, channel__isnull=False, language__isnull=False)
                    & ~Q(address="")
                    & ~Q(body="")
                    & ~Q(provider="")
                ),
            ),
            models.CheckConstraint(
                name="message_expires_later", condition=Q(expires_at__gte=models.F("not_before_at"))
            ),
            *acted("resent"),
        ]
        triggers = [edge_guard("message", MESSAGE_EDGES), first_state_guard("message", [MessageState.PLANNED])]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_key}"

    @property
    def spoken(self) -> str:
        """The language in which it is written: the customer's, else the one that was asked for."""
        return self.customer.language if self.customer else str(self.language)

    @property
    def whom(self) -> str:
        """The customer's name; an address that nobody has proved yet is shown by its end."""
        return self.customer.name if self.customer else masked_phone(self.address)


class MessageText(Row):
    """A version of a text that somebody wrote; the latest of (branch, kind, channel, language) holds. Never changed.

    Without one the text of the kind in the code holds. `template_code` and `signature` are what the provider approved
    for Chinese text messages; it puts the signature before the text itself.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    language = models.CharField(max_length=10, choices=LANGUAGES)
    version = models.PositiveIntegerField()
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    template_code = models.CharField(max_length=40, blank=True)
    signature = models.CharField(max_length=30, blank=True)
    written_at = models.DateTimeField()
    written_by = person(null=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "kind", "channel", "language", "version"], name="messagetext_version_once"
            ),
            one_of("channel", Channel),
            _language_known("messagetext"),
            models.CheckConstraint(name="messagetext_says_something", condition=~Q(body="")),
        ]
        triggers = [append_only()]


class Gateway(Row):
    """A provider's circuit breaker: after several failures in a row nothing is tried before `open_until_at`."""

    name = models.CharField(max_length=40, unique=True)
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True, blank=True)
    open_until_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)


class ReceiptSeen(Row):
    """A receipt or an answer that came once already, by the hash of what the provider sent: replays change nothing."""

    provider = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "digest"], name="receiptseen_once")]
        triggers = [append_only()]
