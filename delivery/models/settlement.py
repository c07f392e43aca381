"""Slips, who owes what of them, and the money."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from customers.models import Customer
from delivery.models.drawer import Drawer
from delivery.states import (
    RECEIVABLE_EDGES,
    SETTLEMENT_EDGES,
    Method,
    PaymentKind,
    ReceivableState,
    SettlementKind,
    SettlementState,
)
from dms.fields import MoneyField, RateField, Row, acted, not_negative, one_of, person
from dms.history import tracked
from dms.workflow import append_only, edge_guard, first_state_guard
from reception.models import WorkOrder
from reception.states import Payer
from records.models import IssuedPaper

#: At the end of the transaction: the shares come one by one, and only all of them are the slip.
_WHOLE = """
    IF EXISTS (
        SELECT 1 FROM delivery_settlement s, LATERAL (
            SELECT COALESCE(sum(r.net), 0) AS net, COALESCE(sum(r.tax), 0) AS tax, COALESCE(sum(r.gross), 0) AS gross
            FROM delivery_receivable r WHERE r.settlement_id = s.id
        ) r
        WHERE s.id = NEW.{id} AND s.kind = 'normal' AND (s.net, s.tax, s.gross) <> (r.net, r.tax, r.gross)
    ) THEN
        RAISE EXCEPTION 'the shares of slip % do not add up to it', NEW.{id} USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
_FROZEN = """
    IF TG_OP = 'DELETE' OR ({old}) IS DISTINCT FROM ({new}) THEN
        RAISE EXCEPTION '% is issued: its amounts never change', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


#: What was paid of a share and what the house gave up of it are never more than the share, and nothing comes on one
#: whose slip was reversed. The row is locked: whoever changes it at the same moment is waited for, and counted.
NOT_MORE = """
    SELECT CASE WHEN state = 'cancelled' AND NEW.amount > 0 THEN -1 ELSE gross - written_off END INTO most
        FROM delivery_receivable WHERE id = NEW.receivable_id FOR NO KEY UPDATE;
    SELECT COALESCE(sum(amount), 0) INTO paid FROM delivery_payment WHERE receivable_id = NEW.receivable_id;
    IF paid > most THEN
        RAISE EXCEPTION 'share % takes no % more', NEW.receivable_id, NEW.amount
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


def not_more(before: str = "") -> pgtrigger.Trigger:
    """For payments and for write-offs; `before` counts the row first."""
    return pgtrigger.Trigger(
        name="not_more_than_the_share", when=pgtrigger.After, operation=pgtrigger.Insert,
        declare=[("most", "numeric"), ("paid", "numeric")], func=before + NOT_MORE,
    )  # fmt: skip


def _whole(name: str, column: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name, when=pgtrigger.After, operation=pgtrigger.Insert, timing=pgtrigger.Deferred,
        func=_WHOLE.replace("{id}", column),
    )  # fmt: skip


def _frozen(name: str, *columns: str) -> pgtrigger.Trigger:
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return pgtrigger.Trigger(
        name=name, when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete,
        func=_FROZEN.replace("{old}", old).replace("{new}", new),
    )  # fmt: skip


def _sums(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(gross=F("net") + F("tax")), name=name)


@tracked()
class Settlement(Row):
    """An issued slip. A reversal has the amounts of the first with the sign turned, and names it."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="settlements")
    number = models.CharField(max_length=30)
    kind = models.CharField(max_length=8, choices=SettlementKind.choices, default=SettlementKind.NORMAL)
    state = models.CharField(max_length=8, choices=SettlementState.choices, default=SettlementState.ISSUED)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    reason = models.CharField(max_length=200, blank=True)
    net = MoneyField()
    tax = MoneyField()
    gross = MoneyField()
    paper = models.ForeignKey(IssuedPaper, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    issued_by = person(null=False)

    class Meta:
        constraints = [
            one_of("kind", SettlementKind),
            one_of("state", SettlementState),
            *acted("issued"),
            _sums("settlement_net_tax_gross"),
            models.UniqueConstraint(fields=["number"], name="settlement_number_once"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state=SettlementState.ISSUED, kind=SettlementKind.NORMAL),
                name="settlement_live_once",
            ),
            models.CheckConstraint(
                condition=Q(kind=SettlementKind.NORMAL, reverses__isnull=True, gross__gte=0, gross__lt=10**10)
                | (Q(kind=SettlementKind.REVERSAL, reverses__isnull=False, gross__lte=0) & ~Q(reason="")),
                name="settlement_reversal_names",
            ),
        ]
        triggers = [
            _whole("settlement_whole", "id"),
            _frozen("settlement_frozen", "order_id", "number", "kind", "net", "tax", "gross"),
            edge_guard("settlement", SETTLEMENT_EDGES),
            first_state_guard("settlement", [SettlementState.ISSUED]),
        ]

    def __str__(self) -> str:
        return self.number


@tracked()
class Receivable(Row):
    """A payer's share of a slip. `customer` owes it, when it is one of ours; `paper` is a slip of its own, where the
    bill has several payers.
    """

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="receivables")
    payer = models.CharField(max_length=12, choices=Payer.choices)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="receivables")
    net = MoneyField()
    tax = MoneyField()
    gross = MoneyField()
    #: The sum of its write-offs less those taken back.
    written_off = MoneyField(default=0)
    state = models.CharField(max_length=12, choices=ReceivableState.choices, default=ReceivableState.OPEN)
    paper = models.ForeignKey(IssuedPaper, models.PROTECT, null=True, blank=True, related_name="+")
    #: Until when a share on account is to be paid.
    due_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ReceivableState.ON_ACCOUNT) | Q(due_on__isnull=False), name="receivable_due"
            ),
            one_of("payer", Payer),
            one_of("state", ReceivableState),
            *not_negative("net", "tax", "gross", "written_off"),
            _sums("receivable_net_tax_gross"),
            models.CheckConstraint(
                condition=Q(written_off__lte=F("gross"))
                & (~Q(state=ReceivableState.WRITTEN_OFF) | Q(written_off__gt=0)),
                name="receivable_written_off",
            ),
            models.UniqueConstraint(
                fields=["settlement", "payer", "customer"], nulls_distinct=False, name="receivable_payer_once"
            ),
        ]
        triggers = [
            _whole("receivable_whole", "settlement_id"),
            _frozen("receivable_frozen", "settlement_id", "payer", "net", "tax", "gross"),
            edge_guard("receivable", RECEIVABLE_EDGES),
            first_state_guard("receivable", [ReceivableState.OPEN]),
        ]


#: At the end of the transaction: a share's rows by rate are the share.
_RATES_WHOLE = """
    IF EXISTS (
        SELECT 1 FROM delivery_receivable r, LATERAL (
            SELECT sum(t.net) AS net, sum(t.tax) AS tax FROM delivery_sharetax t WHERE t.receivable_id = r.id
        ) t
        WHERE r.id = NEW.receivable_id AND (r.net, r.tax) <> (t.net, t.tax)
    ) THEN
        RAISE EXCEPTION 'the rates of share % do not add up to it', NEW.receivable_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


class ShareTax(Row):
    """What of a share is at one rate of tax, frozen with it: for the journal and for the invoice."""

    receivable = models.ForeignKey(Receivable, models.PROTECT, related_name="taxes")
    rate = RateField()
    net = MoneyField()
    tax = MoneyField()

    class Meta:
        constraints = [
            *not_negative("rate", "net", "tax"),
            models.UniqueConstraint(fields=["receivable", "rate"], name="sharetax_rate_once"),
            models.CheckConstraint(condition=~Q(rate=0) | Q(tax=0), name="sharetax_free_of_tax"),
        ]
        triggers = [
            append_only(),
            pgtrigger.Trigger(
                name="sharetax_whole", when=pgtrigger.After, operation=pgtrigger.Insert, timing=pgtrigger.Deferred,
                func=_RATES_WHOLE,
            ),
        ]  # fmt: skip


#: Cash lies in an open drawer of whoever took it, other money in none. FOR SHARE: a drawer that is being closed is
#: waited for. What was paid before there were drawers has none.
IN_AN_OPEN_DRAWER = """
    IF (NEW.method = 'cash') <> (NEW.drawer_id IS NOT NULL) THEN
        RAISE EXCEPTION 'cash belongs to a drawer, and only cash' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.drawer_id IS NOT NULL THEN
        PERFORM 1 FROM delivery_drawer
            WHERE id = NEW.drawer_id AND opened_by_id = NEW.received_by_id AND closed_at IS NULL FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'drawer % is closed or somebody else''s', NEW.drawer_id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
"""


class Payment(Row):
    """Money that moved, never changed: a refund is a row of its own with a negative amount.

    `tendered` and `change` are what lay on the counter; `key` makes a repeated request the same payment.
    """

    receivable = models.ForeignKey(Receivable, models.PROTECT, related_name="payments")
    kind = models.CharField(max_length=8, choices=PaymentKind.choices, default=PaymentKind.PAYMENT)
    method = models.CharField(max_length=8, choices=Method.choices)
    amount = MoneyField()
    tendered = MoneyField(null=True, blank=True)
    change = MoneyField(default=0)
    refund_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="refunds")
    drawer = models.ForeignKey(Drawer, models.PROTECT, null=True, blank=True, related_name="payments")
    reason = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField()
    received_by = person(null=False)

    class Meta:
        constraints = [
            one_of("kind", PaymentKind),
            one_of("method", Method),
            *acted("received"),
            *not_negative("change"),
            models.CheckConstraint(
                condition=Q(kind=PaymentKind.PAYMENT, amount__gt=0, amount__lt=10**10, refund_of__isnull=True)
                | (Q(kind=PaymentKind.REFUND, amount__lt=0, refund_of__isnull=False) & ~Q(reason="")),
                name="payment_signed",
            ),
            models.CheckConstraint(
                condition=Q(tendered__isnull=True) | Q(tendered=F("amount") + F("change")), name="payment_change"
            ),
        ]
        triggers = [
            append_only(),
            not_more(),
            pgtrigger.Trigger(
                name="cash_in_an_open_drawer", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func=IN_AN_OPEN_DRAWER,
            ),
        ]  # fmt: skip


class SettledOrder(WorkOrder):
    """The order as the till sees it; carries the trigger that asks for a slip before `settled_at` may stand."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="settled_needs_slip",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NEW.settled_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.settled_at IS NULL) THEN
                        IF NOT EXISTS (
                            SELECT 1 FROM delivery_settlement s
                            WHERE s.order_id = NEW.id AND s.kind = 'normal' AND s.state = 'issued'
                            AND NOT EXISTS (
                                SELECT 1 FROM delivery_receivable r
                                WHERE r.settlement_id = s.id AND r.payer = 'customer' AND r.gross > 0
                                AND r.state NOT IN ('paid', 'on_account', 'written_off')
                            )
                        ) THEN
                            RAISE EXCEPTION 'order % is not settled: no slip, or the customer has not paid', NEW.id
                                USING ERRCODE = 'check_violation';
                        END IF;
                    END IF;
                    RETURN NEW;
                """,
            )
        ]
