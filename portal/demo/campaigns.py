"""A campaign that has run for a while, with visits that came of it or not, and a draft."""

from datetime import date, timedelta
from typing import Any

from dms.clock import as_of, branch_day
from portal.demo.customers import midday
from portal.demo.people import Staff
from retention.models import Campaign
from retention.services import campaigns

#: Days ago on which the campaign began, and how many days its waves took.
BEGAN, WAVES = 40, 4
OFFER = "空调清洗八折"


def _values(today: date, **changes: Any) -> dict[str, Any]:
    return {
        "name": "秋季空调护理", "way": "call", "offer": OFFER, "until_on": today + timedelta(days=20), "segment": {},
        "holdout_percent": 20, "wave_size": 30, "window_days": 45, **changes,
    }  # fmt: skip


def make_campaigns(staff: Staff, today: date) -> None:
    """One by phone whose waves went out weeks ago; visits since then are the demo's own. One that was not started."""
    actor = staff.actor("crm")
    began = today - timedelta(days=BEGAN)
    with as_of(midday(began)):
        draft = campaigns.draft(actor=actor, **_values(today, segment={"km_from": 20_000}))
        running: Campaign = campaigns.start(actor=actor, campaign_id=draft.pk)
    for number in range(WAVES):
        with as_of(midday(began + timedelta(days=number))):
            campaigns.send_waves(running.branch, branch_day(running.branch))
    segment = {"lapsed": "any", "away_from": 6}
    campaigns.draft(actor=actor, **_values(today, name="老客户回店礼", way="message", segment=segment))
