"""Two lists that a manager keeps."""

from portal.demo.people import Staff
from records.conditions import Condition
from records.services.lists import keep_list


def make_lists(staff: Staff) -> None:
    """Cars that have driven far, and what came in lately; neither is mailed, since a demo has no mail server."""
    who = staff.actor("manager")
    far = Condition("last_odometer", "from", "100000")
    keep_list(actor=who, table="vehicles", name="十万公里以上", form="xlsx", rhythm="", conditions=[far])
    lately = Condition("arrived_at", "days", "7")
    keep_list(actor=who, table="orders", name="近七天到店", form="csv", rhythm="", conditions=[lately])
