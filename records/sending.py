"""Rules of when and how often customers are written to."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from records.setting import DAYS, MESSAGES, SENDING, TIME, Rule


def _window(default: str, means: str | Promise) -> Rule:
    return Rule(default, means, form=(f"{TIME}-{TIME}", _("Write it like this: 09:00-19:30.")), group=SENDING)


def of_messages() -> dict[str, Rule]:
    """When and how often customers are written to (DOMAIN.md, Messages)."""
    return {
        "messages.window.transactional": _window("08:00-20:30", _("When messages about an order are sent.")),
        "messages.window.reminder": _window("09:00-19:30", _("When service reminders are sent.")),
        "messages.window.marketing": _window("10:00-19:00", _("When offers are sent.")),
        "messages.window.care": _window("10:00-19:00", _("When follow-up messages are sent.")),
        "messages.order_most": Rule(6, _("Most messages about one order."), MESSAGES, 1, 30, group=SENDING),
        "messages.due_most": Rule(2, _("Most reminders of one due service."), MESSAGES, 1, 10, group=SENDING),
        "messages.marketing_days": Rule(
            30, _("For how many days a customer gets no second offer."), DAYS, 1, 365, group=SENDING
        ),
        "messages.daily_most": Rule(
            2000, _("Most messages of this branch in a day; the others wait for the next."), MESSAGES, 1, 100_000,
            group=SENDING,
        ),
        "messages.test_mode": Rule(
            default=False, means=_("Test mode: only addresses of the list below get messages."), group=SENDING
        ),
        "messages.test_allowed": Rule(
            "",
            _("Test mode: phone numbers (+86…) and e-mail addresses that get messages, with commas between them."),
            form=("[A-Za-z0-9@+._, -]{0,200}", _("Write phone numbers and addresses with commas between them.")),
            group=SENDING,
        ),
    }  # fmt: skip
