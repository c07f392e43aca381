"""What retention writes to customers: due services, an unreachable call, the survey, win-back and campaigns.

Chinese providers refuse win-back, survey and coupon texts as text messages, so those kinds have none: the survey stands
on the status page, and a lapsed customer becomes a call (DOMAIN.md, Messages).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from customers.message_kinds import MessageKind, Text, register
from customers.models import Message, Ownership
from customers.states import Channel, MessageClass, NotSent, OwnershipKind
from dms.clock import branch_day
from reception.models import WorkOrder
from reception.packages import running
from reception.states import OPEN_STATES
from retention.campaign_states import CampaignState
from retention.models import Campaign, LapseCase, Reminder
from retention.states import LapseState, ReminderState

DUE, UNREACHABLE, SURVEY, WIN_BACK, CAMPAIGN = "due_reminder", "unreachable", "survey", "win_back", "campaign"
BIRTHDAY, PACKAGE, CALL_US, WARRANTY = "birthday", "package_ending", "call_us", "warranty_ending"
_END = {"zh-hans": "\n\n{shop} {shop_phone}", "en": "\n\n{shop} {shop_phone}"}


def _texts(subjects: tuple[str, str], zh: str, en: str, *, sms: bool) -> dict[tuple[str, str], Text]:
    """The same words on every channel that may carry them; an e-mail has a subject, a greeting and the shop's name."""
    texts: dict[tuple[str, str], Text] = {}
    for channel in (Channel.SMS, Channel.WECHAT) if sms else (Channel.WECHAT,):
        texts[channel, "zh-hans"], texts[channel, "en"] = Text("", zh), Text("", en)
    texts[Channel.EMAIL, "zh-hans"] = Text(subjects[0], f"您好！\n\n{zh}{_END['zh-hans']}")
    texts[Channel.EMAIL, "en"] = Text(subjects[1], f"Hello,\n\n{en}{_END['en']}")
    return texts


def subject_of(message: Message) -> int:
    """The id in `reminder:17`, `reminder:17:2` or `package:17`."""
    return int(message.subject_key.split(":")[1])


def _cars(messages: list[Message]) -> set[int]:
    return {message.vehicle_id for message in messages if message.vehicle_id}


def _here(cars: set[int]) -> set[int]:
    """Of these, who stands in the shop."""
    return set(WorkOrder.objects.filter(vehicle__in=cars, state__in=OPEN_STATES).values_list("vehicle", flat=True))


def _owned(cars: set[int]) -> set[tuple[int, int]]:
    """Each of these with its present owner."""
    owners = Ownership.objects.filter(vehicle__in=cars, kind=OwnershipKind.OWNER, to_on__isnull=True)
    return set(owners.values_list("vehicle", "customer"))


def _not_here(messages: list[Message]) -> dict[int, str]:
    """The car is here just now, or it has another owner. Two queries."""
    cars = _cars(messages)
    here, owned = _here(cars), _owned(cars)
    found: dict[int, str] = {message.pk: NotSent.CAME_IN for message in messages if message.vehicle_id in here}
    sold = (message for message in messages if (message.vehicle_id, message.customer_id) not in owned)
    return {message.pk: NotSent.SOLD for message in sold} | found


def _due_moot(messages: list[Message]) -> dict[int, str]:
    """The service was done, else as `_not_here`. Three queries."""
    subjects = [subject_of(message) for message in messages]
    due = set(Reminder.objects.filter(pk__in=subjects, state=ReminderState.OPEN).values_list("pk", flat=True))
    return _not_here(messages) | _done(messages, due)


def _package_moot(messages: list[Message]) -> dict[int, str]:
    """The package is used up or over, else as `_not_here`. Four queries for a branch."""
    branches = Branch.objects.filter(pk__in={message.branch_id for message in messages})
    return _not_here(messages) | _done(messages, {key for branch in branches for key in _running(branch, messages)})


def _done(messages: list[Message], still: set[int]) -> dict[int, str]:
    """Those whose subject is not among what still matters."""
    return {message.pk: NotSent.DONE for message in messages if subject_of(message) not in still}


def _running(branch: Branch, messages: list[Message]) -> Iterable[int]:
    mine = [subject_of(message) for message in messages if message.branch_id == branch.pk]
    return running(branch_day(branch)).filter(pk__in=mine).values_list("pk", flat=True)


def _came_back(messages: list[Message]) -> dict[int, str]:
    """A car that has no open case of lapse any more. One query."""
    away = set(
        LapseCase.objects.filter(vehicle__in=_cars(messages), state=LapseState.OPEN).values_list("vehicle", flat=True)
    )
    return {message.pk: NotSent.CAME_IN for message in messages if message.vehicle_id not in away}


def _campaign_id(message: Message) -> int:
    """`campaign:<id>:<member>`."""
    return int(message.subject_key.split(":")[1])


def _offer_over(messages: list[Message]) -> dict[int, str]:
    """Messages that must not go out any more: stopped, offer over, or the customer came since. Two queries."""
    campaigns = Campaign.objects.select_related("branch").in_bulk({_campaign_id(message) for message in messages})
    visits = WorkOrder.objects.filter(owner__in={message.customer_id for message in messages})
    latest = dict(visits.order_by().values_list("owner").annotate(Max("arrived_at")))
    found = ((message.pk, _why_not(message, campaigns, latest)) for message in messages)
    return {key: why for key, why in found if why}


def _why_not(message: Message, campaigns: dict[int, Campaign], latest: dict[int, datetime]) -> str:
    campaign, visit = campaigns.get(_campaign_id(message)), latest.get(message.customer_id or 0)
    if campaign is None or campaign.state != CampaignState.RUNNING:
        return NotSent.STOPPED
    if campaign.until_on < branch_day(campaign.branch):
        return NotSent.TOO_LATE
    return NotSent.CAME_IN if visit is not None and visit >= message.created_at else ""


KINDS = (
    MessageKind(
        DUE, MessageClass.REMINDER, _("Service due"),
        {"plate": "粤B12345", "service": "小保养", "due": "2026-03-20"},
        _texts(
            ("您的爱车该保养了", "Your car is due for service"),
            "您的爱车{plate}的{service}预计{due}到期，欢迎来店或致电{shop_phone}预约。退订回T",
            "{service} of your car {plate} is due by {due}. Call {shop_phone} for an appointment. "
            "Reply STOP to opt out.",
            sms=True,
        ),
        _due_moot,
    ),
    MessageKind(
        UNREACHABLE, MessageClass.CARE, _("We could not reach you"), {"plate": "粤B12345"},
        _texts(
            ("您的爱车用得还好吗？", "How is your car?"),
            "您的爱车{plate}维修后，我们多次致电未能联系到您。如有任何问题，请致电{shop_phone}。退订回T",
            "We tried to call you about your car {plate} after its service. If anything is wrong, call "
            "{shop_phone}. Reply STOP to opt out.",
            sms=True,
        ),
    ),
    MessageKind(
        CALL_US, MessageClass.REMINDER, _("Please call us"), {"plate": "粤B12345"},
        _texts(
            ("关于您的爱车", "About your car"),
            "关于您的爱车{plate}，我们多次致电未能联系到您，请您方便时致电{shop_phone}。退订回T",
            "We tried to call you about your car {plate}. Please call us when it suits you: {shop_phone}. "
            "Reply STOP to opt out.",
            sms=True,
        ),
    ),
    MessageKind(
        SURVEY, MessageClass.CARE, _("Survey"), {"plate": "粤B12345", "code": "7KQ4MWPX"},
        _texts(
            ("请评价我们的服务", "How did we do?"),
            "感谢您将爱车{plate}交给我们。请用一分钟评价本次服务：{status_address} 查询码{code}。",
            "Thank you for bringing your car {plate}. Tell us in a minute how we did: {status_address}, "
            "code {code}.",
            sms=False,
        ),
    ),
    MessageKind(
        WIN_BACK, MessageClass.MARKETING, _("Win-back"), {"plate": "粤B12345"},
        _texts(
            ("好久不见", "We have not seen you for a while"),
            "好久未见您的爱车{plate}，欢迎回店检查。预约电话：{shop_phone}。",
            "We have not seen your car {plate} for a while. Come in for a check: {shop_phone}.",
            sms=False,
        ),
        _came_back,
    ),
    MessageKind(
        CAMPAIGN, MessageClass.MARKETING, _("Campaign"),
        {"offer": "空调清洗八折", "until": "2026-03-31"},
        _texts(
            ("为您的爱车准备的优惠", "An offer for your car"),
            "您的爱车可享{offer}，有效期至{until}。预约电话：{shop_phone}。",
            "An offer for your car: {offer}, until {until}. Call {shop_phone}.",
            sms=False,
        ),
        _offer_over,
    ),
    MessageKind(
        PACKAGE, MessageClass.REMINDER, _("Package ends"),
        {"plate": "粤B12345", "package": "三年保养套餐", "left": "2", "ends": "2026-06-30"},
        _texts(
            ("您的套餐即将到期", "Your package ends soon"),
            "您的爱车{plate}的{package}还剩{left}次，有效期至{ends}，欢迎来店使用，预约电话{shop_phone}。退订回T",
            "Your {package} for {plate} has {left} left and is valid until {ends}. Call {shop_phone} to use it. "
            "Reply STOP to opt out.",
            sms=True,
        ),
        _package_moot,
    ),
    MessageKind(
        WARRANTY, MessageClass.REMINDER, _("Warranty ends"), {"plate": "粤B12345", "ends": "2026-06-30"},
        _texts(
            ("您的整车质保即将到期", "Your warranty ends soon"),
            "您的爱车{plate}整车质保有效期至{ends}，建议到期前来店检查，预约电话{shop_phone}。退订回T",
            "The maker's warranty of your car {plate} is valid until {ends}. Have it checked before: {shop_phone}. "
            "Reply STOP to opt out.",
            sms=True,
        ),
        _not_here,
    ),
    MessageKind(
        BIRTHDAY, MessageClass.MARKETING, _("Birthday"), {"name": "王建国"},
        _texts(
            ("生日快乐", "Happy birthday"),
            "{name}您好，{shop}祝您生日快乐，一路平安！",
            "Dear {name}, a happy birthday from all of us at {shop}.",
            sms=False,
        ),
        lasts=timedelta(days=1),
    ),
)  # fmt: skip


def register_kinds() -> None:
    """Called from `AppConfig.ready()`."""
    for kind in KINDS:
        register(kind)
