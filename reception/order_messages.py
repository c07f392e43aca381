"""What the customer is told about the order: the estimate, received, extra work to approve, ready, settled.

Planned inside the step that it is about, so no crash loses one. No amount stands in a message: providers refuse ¥, and
the status page shows it. The 8-character code opens that page; its address is fixed and no variable.
"""

from collections.abc import Iterable, Sequence
from zlib import crc32

from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from customers.message_kinds import MessageKind, Text, register
from customers.models import Message
from customers.services.outbox import plan_many
from customers.states import Channel, MessageClass, NotSent
from dms.clock import branch_day, local
from reception.models import Line, WorkOrder
from reception.states import ON_FORM, LineState, State

ESTIMATE, RECEIVED, EXTRA = "order_estimate", "order_received", "order_extra"
READY, SETTLED = "order_ready", "order_settled"
_WHERE_ZH = "进度查询：{status_address} 查询码{code}。"
_WHERE_EN = "Follow it at {status_address} with the code {code}."


def same_everywhere(subject_zh: str, zh: str, subject_en: str, en: str) -> dict[tuple[str, str], Text]:
    """The same words by text message, WeChat and e-mail, which has a greeting and the shop's name under it."""
    texts: dict[tuple[str, str], Text] = {}
    for channel in (Channel.SMS, Channel.WECHAT):
        texts[channel, "zh-hans"], texts[channel, "en"] = Text("", zh), Text("", en)
    texts[Channel.EMAIL, "zh-hans"] = Text(subject_zh, f"您好！\n\n{zh}\n\n{{shop}} {{shop_phone}}")
    texts[Channel.EMAIL, "en"] = Text(subject_en, f"Hello,\n\n{en}\n\n{{shop}} {{shop_phone}}")
    return texts


def _order_ids(messages: list[Message]) -> dict[int, int]:
    return {message.pk: int(message.about.partition(":")[2]) for message in messages}


def _states(messages: list[Message]) -> dict[int, str]:
    """The state of each message's order. One query."""
    ids = _order_ids(messages)
    found = dict(WorkOrder.objects.filter(pk__in=ids.values()).values_list("pk", "state"))
    return {pk: found[order] for pk, order in ids.items() if order in found}


def _ended(messages: list[Message]) -> dict[int, str]:
    """Nobody is told of an order that was cancelled or that has left the shop meanwhile."""
    gone = (State.CANCELLED, State.DECLINED, State.LEFT, State.RELEASED)
    return {pk: NotSent.MOOT for pk, state in _states(messages).items() if state in gone}


def _answered(messages: list[Message]) -> dict[int, str]:
    """Nothing is offered any more. One query."""
    ids = _order_ids(messages)
    offered = Line.objects.filter(order__in=ids.values(), state=LineState.OFFERED)
    asked = set(offered.values_list("order", flat=True))
    return {pk: NotSent.ANSWERED for pk, order in ids.items() if order not in asked}


def shown_mark(lines: Iterable[tuple[int, int]]) -> str:
    """A short mark of what is offered: line and price version; any answer, price or line makes another one."""
    return f"{crc32(repr(sorted(lines)).encode()):08x}"


def _estimate_over(messages: list[Message]) -> dict[int, str]:
    """Signed, ended, run out, answered, or not what it was: another price, one more line. Two queries."""
    ids = _order_ids(messages)
    orders = WorkOrder.objects.select_related("branch").in_bulk(list(ids.values()))
    offered: dict[int, list[tuple[int, int]]] = {}
    rows = Line.objects.filter(order__in=ids.values(), state=LineState.OFFERED)
    for pk, line, version in rows.values_list("order", "pk", "price_version"):
        offered.setdefault(pk, []).append((line, version))
    found: dict[int, str] = {}
    for message in messages:
        order = orders.get(ids[message.pk])
        if order is None or order.state not in ON_FORM:
            found[message.pk] = NotSent.MOOT
        elif ids[message.pk] not in offered:
            found[message.pk] = NotSent.ANSWERED
        elif shown_mark(offered[order.pk]) != message.subject_key.rpartition(":")[2]:
            found[message.pk] = NotSent.MOOT
        elif message.context["until"] < branch_day(order.branch).isoformat():
            found[message.pk] = NotSent.TOO_LATE
    return found


def _not_ready(messages: list[Message]) -> dict[int, str]:
    """Back to work, or at the counter already."""
    return {pk: NotSent.MOOT for pk, state in _states(messages).items() if state != State.READY}


def _not_settled(messages: list[Message]) -> dict[int, str]:
    """A reversed bill; a car that has left keeps its message, since the papers are still read."""
    paid = (State.SETTLED, State.RELEASED)
    return {pk: NotSent.MOOT for pk, state in _states(messages).items() if state not in paid}


_CAR = {"plate": "粤B12345", "number": "WO-2603-0017", "code": "7KQ4MWPX"}
KINDS = (
    MessageKind(
        ESTIMATE, MessageClass.TRANSACTIONAL, _("Estimate to decide on"), {**_CAR, "until": "2026-03-09"},
        same_everywhere(
            "请确认维修估价",
            "您的爱车{plate}的估价单已出，有效期至{until}，请逐项确认，未经您同意不会施工。" + _WHERE_ZH,
            "Your estimate is ready",
            "The estimate for your car {plate} is ready and valid until {until}. Nothing is done before you agree. "
            + _WHERE_EN,
        ),
        _estimate_over,
    ),
    MessageKind(
        RECEIVED, MessageClass.TRANSACTIONAL, _("Car received"), {**_CAR, "promised": "03-02 17:30"},
        same_everywhere(
            "您的爱车已接车", "您的爱车{plate}已接车，工单{number}，预计{promised}交车。" + _WHERE_ZH,
            "Your car is with us",
            "Your car {plate} is with us, order {number}, promised for {promised}. " + _WHERE_EN,
        ),
        _ended,
    ),
    MessageKind(
        EXTRA, MessageClass.TRANSACTIONAL, _("Extra work to approve"), {**_CAR, "items": "2"},
        same_everywhere(
            "有增项待您确认", "您的爱车{plate}检查发现{items}项建议维修，未经您同意不会施工，请确认。" + _WHERE_ZH,
            "Please decide on extra work",
            "We found {items} further item(s) on your car {plate}. Nothing is done before you agree. " + _WHERE_EN,
        ),
        _answered,
    ),
    MessageKind(
        READY, MessageClass.TRANSACTIONAL, _("Car ready"), _CAR,
        same_everywhere(
            "您的爱车可以提车了", "您的爱车{plate}已完工并通过检验，可以提车。" + _WHERE_ZH,
            "Your car is ready", "Your car {plate} is done and checked: it can be picked up. " + _WHERE_EN,
        ),
        _not_ready,
    ),
    MessageKind(
        SETTLED, MessageClass.TRANSACTIONAL, _("Bill settled"), _CAR,
        same_everywhere(
            "结算完成", "您的爱车{plate}（工单{number}）已结算，感谢光临。结算单：{status_address} 查询码{code}。",
            "Your bill is settled",
            "Thank you! The bill of your car {plate} (order {number}) is settled. " + _WHERE_EN,
        ),
        _not_settled,
    ),
)  # fmt: skip


def register_kinds() -> None:
    """Called from `AppConfig.ready()`."""
    for kind in KINDS:
        register(kind)


def _tell(branch: Branch, order: WorkOrder, kind: str, subject: str, **more: str) -> None:
    context = {"plate": order.vehicle.plate, "number": order.number, "code": order.status_code, **more}
    # By ids: the contact is not read here.
    row = (order.contact_id, order.vehicle_id, f"{order.subject_key}:{subject}", context, None)
    plan_many(kind, branch, [row])


def moved(branch: Branch, order: WorkOrder, action: str) -> None:
    """Signed, ready or settled. A car that is ready a second time is told of a second time: the key has the version."""
    if action == "authorise":
        promised = local(branch, order.promised_at).strftime("%m-%d %H:%M") if order.promised_at else ""
        _tell(branch, order, RECEIVED, "received", promised=promised)
    elif order.state == State.READY:
        _tell(branch, order, READY, f"ready:{order.version}")
    elif order.state == State.SETTLED:
        _tell(branch, order, SETTLED, f"settled:{order.version}")


def offered(branch: Branch, order: WorkOrder, lines: Sequence[Line]) -> None:
    """Lines of a signed order were shown to the customer: one message for all that were shown together."""
    last = max(line.pk for line in lines)
    _tell(branch, order, EXTRA, f"extra:{last}", items=str(len(lines)))


def estimated(branch: Branch, order: WorkOrder, paper: int, until: str) -> None:
    """The estimate was sent to the customer's page: one message for this version of the paper and what it offers."""
    rows = order.lines.filter(state=LineState.OFFERED).values_list("pk", "price_version")
    _tell(branch, order, ESTIMATE, f"estimate:{paper}:{shown_mark(rows)}", until=until)
