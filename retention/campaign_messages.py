"""The message of a campaign, and when it has lost its point."""

from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from customers.message_kinds import MessageKind, Text
from customers.models import Message
from customers.states import Channel, MessageClass, NotSent
from dms.clock import branch_day
from reception.models import WorkOrder
from retention.campaign_states import CampaignState
from retention.models import Campaign


def _campaign_id(message: Message) -> int:
    """`campaign:<id>:<member>`."""
    return int(message.subject_key.split(":")[1])


def out_of_date(messages: list[Message]) -> dict[int, str]:
    """Messages that must not go out any more: stopped, offer over, or the customer came since. Two queries."""
    campaigns = Campaign.objects.select_related("branch").in_bulk({_campaign_id(message) for message in messages})
    visits = WorkOrder.objects.filter(owner__in={message.customer_id for message in messages})
    latest = dict(visits.order_by().values_list("owner").annotate(Max("arrived_at")))
    found = ((message.pk, _why_not(message, campaigns, latest)) for message in messages)
    return {key: why for key, why in found if why}


def _why_not(message: Message, campaigns: dict[int, Campaign], latest: dict[int, datetime]) -> str:
    campaign, visit = campaigns.get(_campaign_id(message)), latest.get(message.customer_id)
    if campaign is None or campaign.state != CampaignState.RUNNING:
        return NotSent.STOPPED
    if campaign.until_on < branch_day(campaign.branch):
        return NotSent.TOO_LATE
    return NotSent.CAME_IN if visit is not None and visit >= message.created_at else ""


#: No text message: providers of such refuse offers (DOMAIN.md, Messages).
CAMPAIGN = MessageKind(
    key="campaign",
    message_class=MessageClass.MARKETING,
    label=_("Offer of a campaign"),
    variables={"offer": "空调清洗八折", "until": "2026-12-31"},
    texts={
        (Channel.EMAIL, "zh-hans"): Text(
            "{shop}：{offer}", "您好！{shop}为您准备了专属优惠：{offer}，有效期至{until}。预约请致电{shop_phone}。"
        ),
        (Channel.EMAIL, "en"): Text(
            "{shop}: {offer}",
            "Hello, {shop} has an offer for you: {offer}, valid until {until}. To book, call {shop_phone}.",
        ),
        (Channel.WECHAT, "zh-hans"): Text(
            "", "您好！{shop}为您准备了专属优惠：{offer}，有效期至{until}。预约请致电{shop_phone}。"
        ),
        (Channel.WECHAT, "en"): Text(
            "", "{shop} has an offer for you: {offer}, valid until {until}. Call {shop_phone}."
        ),
    },
    relevant=out_of_date,
)
