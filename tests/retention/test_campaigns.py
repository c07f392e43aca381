"""Campaigns: whom a segment means, who is drawn, what goes out on which day, and what came of it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.policies import system
from catalog.models import PackageItem, PackageTemplate
from customers.message_kinds import kind_of
from customers.models import Message, Vehicle
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused, Stale
from reception.models import Package, PackageUnits
from reception.services.packages import sell_package
from retention.models import CallTask, Campaign, CampaignMember
from retention.scripts import why
from retention.segments import Segment, cars, sentence
from retention.selectors.campaigns import STAGES, campaigns_of, member_page, members, result_of
from retention.services import campaigns, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def values(today: date) -> Any:
    """`values(brand=…, way=…)`: of a draft that means every car."""

    def make(**changes: Any) -> dict[str, Any]:
        return {
            "name": "冬季检测", "way": "message", "offer": "空调清洗八折", "until_on": today + timedelta(days=30),
            "segment": {}, "holdout_percent": 20, "wave_size": 3, "window_days": 30, **changes,
        }  # fmt: skip

    return make


@pytest.fixture
def drafted(actor: Any, values: Any) -> Any:
    return lambda **changes: campaigns.draft(actor=actor("crm"), **values(**changes))


@pytest.fixture
def started(actor: Any, drafted: Any, car: Any) -> Any:
    """`started(owners, …)`: so many cars with an owner each, and a running campaign to them all."""

    def make(owners: int, **changes: Any) -> Campaign:
        for _one in range(owners):
            car((10, 1_000))
        return campaigns.start(actor=actor("crm"), campaign_id=drafted(**changes).pk)

    return make


def plates(branch: Any, today: date, **criteria: Any) -> set[str]:
    return set(cars(branch, Segment(**criteria), today).values_list("plate", flat=True))


# --- Whom ------------------------------------------------------------------------------------------------------------


def test_each_criterion_by_itself_and_all_together(
    branch: Any, today: date, car: Any, visited: Any, model: Any
) -> None:
    old = visited(car((400, 1_000), (300, 60_000), year=today.year - 8), today - timedelta(days=300))
    new = visited(car((20, 5_000), year=today.year - 1), today - timedelta(days=20))
    Vehicle.objects.filter(pk=old.pk).update(next_due_on=today - timedelta(days=60))
    both = {old.plate, new.plate}
    assert plates(branch, today) == both
    assert plates(branch, today, brand=model.brand_id) == both
    assert plates(branch, today, brand=model.brand_id + 1) == set()
    assert plates(branch, today, model=model.pk) == both
    assert plates(branch, today, age_from=5) == {old.plate}
    assert plates(branch, today, age_to=1) == {new.plate}
    assert plates(branch, today, age_from=1, age_to=8) == both
    assert plates(branch, today, km_from=60_000) == {old.plate}
    assert plates(branch, today, km_to=59_999) == {new.plate}
    assert plates(branch, today, due_within=0) == {old.plate}
    assert plates(branch, today, away_from=6) == {old.plate}
    assert plates(branch, today, away_to=6) == {new.plate}
    assert plates(branch, today, plate_start=old.plate[:2]) == both
    assert plates(branch, today, plate_start="京") == set()
    run(actor=system(branch), only="lapse")
    assert plates(branch, today, lapsed="any") == {old.plate}
    assert plates(branch, today, lapsed="predicted") == {old.plate}
    assert plates(branch, today, lapsed="none") == {new.plate}
    assert plates(branch, today, age_from=5, km_from=60_000, away_from=6, lapsed="fixed", brand=model.brand_id) == {
        old.plate
    }


def test_the_package_of_a_car(branch: Any, actor: Any, today: date, car: Any, visited: Any) -> None:
    """By its last day and, at 50 km a day, by its last kilometre; a used up or ended one is none."""
    who = actor("service_advisor")
    yearly = PackageTemplate.objects.create(name="一年", months=12, price=600, tax_rate=0)
    short = PackageTemplate.objects.create(name="千里", km=1_000, price=100, tax_rate=0)
    for template in (yearly, short):
        PackageItem.objects.create(template=template, units=2)
    whole, last, over, pace, bare = (car((10, 1_000)) for _one in range(5))
    sold = {one.pk: sell_package(actor=who, vehicle=one, template=yearly).pk for one in (whole, last, over)}
    sell_package(actor=who, vehicle=pace, template=short)
    PackageUnits.objects.filter(package=sold[last.pk]).update(used=1)
    Package.objects.filter(pk=sold[over.pk]).update(sold_on=today - timedelta(400), ends_on=today - timedelta(1))
    Package.objects.filter(pk=sold[last.pk]).update(ends_on=today + timedelta(30))
    Vehicle.objects.filter(pk=pace.pk).update(km_per_day=50)
    assert plates(branch, today, package="running") == {whole.plate, last.plate, pace.plate}
    assert plates(branch, today, package="last") == {last.plate}
    assert plates(branch, today, package="none") == {over.plate, bare.plate}
    assert plates(branch, today, package_within=29) == {pace.plate}
    assert plates(branch, today, package_within=30) == {last.plate, pace.plate}
    assert plates(branch, today, package_within=20) == set(), "1,000 km are driven after 20 days, and then still inside"
    assert plates(branch, today, package_within=21) == {pace.plate}
    PackageUnits.objects.update(used=2)
    assert plates(branch, today, package="running") == set()
    assert sentence(Segment(package="last", package_within=1)) == (
        "has a package with its last unit · package ends within 1 day"
    )


def test_a_car_in_the_shop_and_another_branchs_are_not_meant(
    branch: Any, other_branch: Any, today: date, car: Any, in_shop: Any, operation: Any
) -> None:
    operation("OIL")
    here, elsewhere = car((10, 1_000)), car((10, 1_000), at=other_branch)
    in_shop(here, "OIL")
    assert plates(branch, today) == set()
    assert plates(other_branch, today) == {elsewhere.plate}


def test_a_car_that_was_merged_into_another_is_not_meant(branch: Any, today: date, car: Any) -> None:
    kept, double = car((10, 1_000)), car((10, 1_000))
    Vehicle.objects.filter(pk=double.pk).update(merged_into=kept)
    assert plates(branch, today) == {kept.plate}


def test_the_age_is_of_the_sale_where_the_year_is_not_known(branch: Any, today: date, car: Any) -> None:
    vehicle = car((10, 1_000), warranty_start_on=date(today.year - 4, 5, 1))
    assert plates(branch, today, age_from=4, age_to=4) == {vehicle.plate}
    assert plates(branch, today, age_from=5) == set()


def test_a_segment_reads_as_a_sentence(model: Any) -> None:
    assert sentence(Segment()) == "All cars"
    segment = Segment(brand=model.brand_id, age_from=3, age_to=6, km_from=60_000, due_within=30, lapsed="any",
                      away_from=6, plate_start="粤B")  # fmt: skip
    assert sentence(segment) == (
        "大众 · 3 to 6 years old · from 60,000 km · overdue or due within 30 days · lapsed by either definition · "
        "last visit 6 months ago or earlier · plate begins with 粤B"
    )
    assert Segment.of(segment.data() | {"gone": 1}) == segment


# --- Draft and start -------------------------------------------------------------------------------------------------


def test_a_draft_is_refused_where_it_makes_no_sense(drafted: Any, today: date) -> None:
    with pytest.raises(Invalid, match="must end after today"):
        drafted(until_on=today)
    with pytest.raises(Invalid, match="must not be smaller"):
        drafted(segment={"km_from": 2, "km_to": 1})
    assert not Campaign.objects.exists()


def test_two_at_one_draft_see_both_values(actor: Any, drafted: Any, values: Any) -> None:
    draft, crm = drafted(), actor("crm")
    campaigns.change(actor=crm, campaign_id=draft.pk, version=1, **values(name="春季检测"))
    with pytest.raises(Stale) as refused:
        campaigns.change(actor=crm, campaign_id=draft.pk, version=1, **values(name="夏季检测"))
    assert refused.value.values == {"Name": ("春季检测", "夏季检测")}


def test_a_start_draws_each_owner_once_and_holds_the_share_out(actor: Any, drafted: Any, car: Any, today: date) -> None:
    first = car((10, 1_000))
    owner = first.ownerships.get().customer
    second = car((10, 1_000))
    second.ownerships.update(customer=owner)
    Vehicle.objects.filter(pk=second.pk).update(next_due_on=today)
    for _one in range(9):
        car((10, 1_000))
    draft = drafted(holdout_percent=25)
    seen = campaigns.preview(draft)
    # 25 % of ten owners is 2.5: half is rounded up.
    assert (seen.cars, seen.contacted, seen.held_out, seen.days) == (11, 7, 3, 3)
    campaign = campaigns.start(actor=actor("crm"), campaign_id=draft.pk)
    assert (campaign.state, campaign.drawn) == ("running", 10)
    drawn = CampaignMember.objects.filter(campaign=campaign)
    assert sorted(drawn.values_list("place", flat=True)) == list(range(1, 11))
    assert (drawn.filter(held_out=True).count(), drawn.filter(wave_on__isnull=True).count()) == (3, 10)
    assert drawn.get(customer=owner).vehicle == second  # the car that is due first


def test_what_is_refused_at_the_start(actor: Any, drafted: Any, values: Any, started: Any, today: date) -> None:
    crm, nobody = actor("crm"), drafted()
    with pytest.raises(Refused, match="Nobody is meant"):
        campaigns.start(actor=crm, campaign_id=nobody.pk)
    Campaign.objects.filter(pk=nobody.pk).update(until_on=today)
    with pytest.raises(Refused, match="has ended already"):
        campaigns.start(actor=crm, campaign_id=nobody.pk)
    running = started(1)
    with pytest.raises(Refused, match="can only be stopped"):
        campaigns.start(actor=crm, campaign_id=running.pk)
    with pytest.raises(Refused, match="can only be stopped"):
        campaigns.change(actor=crm, campaign_id=running.pk, version=2, **values())


# --- Waves -----------------------------------------------------------------------------------------------------------


def waves(campaign: Campaign) -> list[tuple[date, int, int]]:
    """(day, contacted, held out) of each wave."""
    days: dict[date, list[bool]] = {}
    for row in CampaignMember.objects.filter(campaign=campaign, wave_on__isnull=False):
        days.setdefault(row.wave_on, []).append(row.held_out)
    return [(day, rows.count(False), rows.count(True)) for day, rows in sorted(days.items())]


def test_a_wave_a_day_however_often_it_runs_and_the_held_out_hear_nothing(
    branch: Any, started: Any, today: date
) -> None:
    campaign = started(10)  # two held out, eight contacted, three a day
    days = [today + timedelta(days=number) for number in range(4)]
    assert campaigns.send_waves(branch, days[0]) == 3
    assert campaigns.send_waves(branch, days[0]) == 0
    assert [campaigns.send_waves(branch, day) for day in days[1:]] == [3, 2, 0]
    assert [(day, contacted) for day, contacted, _held in waves(campaign)] == list(zip(days, (3, 3, 2), strict=False))
    assert sum(held for _day, _contacted, held in waves(campaign)) == 2
    told = set(Message.objects.values_list("customer", flat=True))
    assert told == set(members(campaign).filter(held_out=False).values_list("customer", flat=True))
    message = Message.objects.order_by("id")[0]
    assert message.context == {"offer": "空调清洗八折", "until": campaign.until_on.isoformat()}
    assert (message.message_class, message.kind) == ("marketing", "campaign")


def test_after_three_days_without_a_run_one_wave_goes_out(branch: Any, started: Any, today: date) -> None:
    campaign = started(10, holdout_percent=0)
    campaigns.send_waves(branch, today)
    assert campaigns.send_waves(branch, today + timedelta(days=4)) == 3
    assert [contacted for _day, contacted, _held in waves(campaign)] == [3, 3]


def test_a_campaign_by_phone_opens_calls(branch: Any, started: Any, today: date) -> None:
    campaign = started(3, way="call", holdout_percent=0)
    assert campaigns.send_waves(branch, today) == 3
    calls = CallTask.objects.filter(kind="campaign")
    assert calls.count() == 3
    assert calls[0].reason == {"campaign": "冬季检测", "offer": "空调清洗八折", "until": campaign.until_on.isoformat()}
    assert why(calls[0]).startswith("空调清洗八折, until ")
    assert not Message.objects.exists()


def test_stopped_means_that_nothing_goes_out_any_more(actor: Any, branch: Any, started: Any, today: date) -> None:
    crm = actor("crm")
    by_mail, by_phone = started(4, holdout_percent=0), started(1, way="call", holdout_percent=0)
    campaigns.send_waves(branch, today)
    with pytest.raises(Invalid, match="Say why"):
        campaigns.stop(actor=crm, campaign_id=by_mail.pk, why="  ")
    for campaign in (by_mail, by_phone):
        campaigns.stop(actor=crm, campaign_id=campaign.pk, why="价格有误")
    assert campaigns.send_waves(branch, today + timedelta(days=1)) == 0
    planned = list(Message.objects.filter(subject_key__startswith=f"campaign:{by_mail.pk}:"))
    assert set(kind_of("campaign").relevant(planned).values()) == {"stopped"}
    assert set(CallTask.objects.values_list("state", "dropped_why")) == {("dropped", "moot")}
    with pytest.raises(Refused, match="does not run"):
        campaigns.stop(actor=crm, campaign_id=by_mail.pk, why="again")


def test_it_finishes_when_the_last_window_is_over(branch: Any, started: Any, today: date) -> None:
    campaign = started(2, holdout_percent=0, until_on=today + timedelta(days=5))
    campaigns.send_waves(branch, today)
    campaigns.send_waves(branch, today + timedelta(days=30))
    campaign.refresh_from_db()
    assert campaign.state == "running"  # a visit of that day still counts
    campaigns.send_waves(branch, today + timedelta(days=31))
    campaign.refresh_from_db()
    assert campaign.state == "finished"


def test_a_message_loses_its_point_when_the_customer_comes_or_the_offer_ends(
    at: Any, branch: Any, started: Any, in_shop: Any, today: date
) -> None:
    started(2, holdout_percent=0)
    campaigns.send_waves(branch, today)
    first, second = Message.objects.order_by("id")
    in_shop(first.vehicle)
    relevant = kind_of("campaign").relevant
    assert relevant([first, second]) == {first.pk: "came_in"}
    Campaign.objects.update(until_on=today - timedelta(days=1))
    assert relevant([second]) == {second.pk: "too_late"}
    assert relevant([]) == {}


# --- What came of it -------------------------------------------------------------------------------------------------


def test_from_contact_to_revenue_for_both_groups_alike(
    branch: Any, started: Any, in_shop: Any, release: Any, operation: Any, today: date
) -> None:
    operation("OIL")
    campaign = started(10, wave_size=100)
    campaigns.send_waves(branch, today)
    contacted = list(members(campaign).filter(held_out=False).order_by("place"))
    held_out = list(members(campaign).filter(held_out=True).order_by("place"))
    told = Message.objects.filter(customer__in=[row.customer_id for row in contacted[:6]])
    told.update(
        state="claimed", claimed_at=now(), channel="email", language="en", address="a@example.org", body="x",
        provider="smtp",
    )  # fmt: skip
    told.update(state="sent")
    for row in (*contacted[:4], held_out[0]):
        release(in_shop(row.vehicle, "OIL"))
    cancelled = in_shop(contacted[5].vehicle)
    type(cancelled).objects.filter(pk=cancelled.pk).update(arrived_at="2020-01-01T00:00Z")  # long before its wave
    found = result_of(campaign)
    assert (found.contacted.of, found.contacted.reached, found.contacted.came) == (8, 6, 4)
    assert (found.held_out.of, found.held_out.came) == (2, 1)
    assert (found.contacted.revenue, found.contacted.each) == (Decimal("452.00"), Decimal("56.50"))
    assert (found.held_out.revenue, found.held_out.share) == (Decimal("113.00"), 0.5)
    assert found.uplift is not None
    assert (found.uplift.difference, found.uplift.certain, found.mature) == (0.0, False, False)
    rows, _next = member_page(campaign, "came")
    assert [row.pk for row in rows] == [row.pk for row in contacted[:4]]
    assert [row.revenue for row in member_page(campaign, "held_came")[0]] == [Decimal("113.00")]


def test_a_visit_before_the_wave_or_after_the_window_does_not_count(
    branch: Any, started: Any, in_shop: Any, today: date
) -> None:
    campaign = started(1, holdout_percent=0, window_days=10)
    campaigns.send_waves(branch, today)
    in_shop(CampaignMember.objects.get().vehicle)
    wave = CampaignMember.objects.filter(campaign=campaign)
    for days, came in ((0, 1), (10, 1), (11, 0), (-1, 0)):
        wave.update(wave_on=today - timedelta(days=days))
        assert result_of(campaign).contacted.came == came, days


def test_a_result_is_mature_when_every_window_is_over(branch: Any, started: Any, today: date) -> None:
    campaign = started(5, window_days=10, wave_size=10)
    assert result_of(campaign).uplift is None
    campaigns.send_waves(branch, today)
    assert not result_of(campaign).mature
    CampaignMember.objects.update(wave_on=today - timedelta(days=11))
    assert result_of(campaign).mature


# --- Pages -----------------------------------------------------------------------------------------------------------

LIST, NEW = reverse("retention:campaigns"), reverse("retention:campaign_new")


@pytest.fixture
def crm(login: Any) -> Any:
    client = login("crm")
    type(client.membership.user).objects.update(language="en")
    return client


def posted(values: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "segment"} | changes


def test_from_the_draft_to_the_stop_on_the_pages(crm: Any, car: Any, values: Any, branch: Any, today: date) -> None:
    for _one in range(5):
        car((10, 70_000))
    assert "No campaign yet" in crm.get(LIST).content.decode()
    answer = crm.post(NEW, posted(values(), km_from="60000", plate_start="粤b"), follow=True)
    campaign = Campaign.objects.get()
    assert campaign.segment == {"km_from": 60_000, "plate_start": "粤B"}
    page = answer.content.decode()
    assert "from 60,000 km · plate begins with 粤B" in page
    assert "5 cars; 4 owners would be contacted on 2 days, 1 held out" in page
    page = crm.post(reverse("retention:campaign_start", args=[campaign.pk]), follow=True).content.decode()
    assert "Started: 5 customers were drawn." in page
    assert "There is nothing to compare with yet." in page
    campaigns.send_waves(branch, today)
    page = crm.get(reverse("retention:campaign", args=[campaign.pk])).content.decode()
    assert "it may as well be chance" in page or "nothing to compare" in page
    refused = crm.post(reverse("retention:campaign_stop", args=[campaign.pk]), {"why": ""})
    assert (refused.status_code, "Say why it is stopped." in refused.content.decode()) == (422, True)
    page = crm.post(reverse("retention:campaign_stop", args=[campaign.pk]), {"why": "价格有误"}, follow=True)
    assert "Stopped: nothing of it goes out any more." in page.content.decode()
    assert "价格有误" in page.content.decode()


def test_bad_input_is_named_and_nothing_typed_is_lost(crm: Any, values: Any, today: date) -> None:
    answer = crm.post(NEW, posted(values(until_on=today), km_from="9", km_to="8"))
    page = answer.content.decode()
    assert (answer.status_code, "The offer must end after today." in page) == (422, True)
    assert 'value="空调清洗八折"' in page
    answer = crm.post(NEW, posted(values(), km_from="9", km_to="8"))
    assert (answer.status_code, "must not be smaller" in answer.content.decode()) == (422, True)
    answer = crm.post(NEW, posted(values(), wave_size="0", holdout_percent="99", km_from="NaN", brand="7\x00"))
    assert answer.status_code == 422
    assert not Campaign.objects.exists()


def test_a_stale_save_shows_both_values_and_saves_when_meant(crm: Any, drafted: Any, actor: Any, values: Any) -> None:
    draft = drafted()
    campaigns.change(actor=actor("manager"), campaign_id=draft.pk, version=1, **values(name="春季检测"))
    url = reverse("retention:campaign_edit", args=[draft.pk])
    answer = crm.post(url, posted(values(name="夏季检测"), version=1))
    assert answer.status_code == 409
    assert "春季检测" in answer.content.decode()
    version = answer.context["form"].data["version"]
    assert crm.post(url, posted(values(name="夏季检测"), version=version)).status_code == 302
    draft.refresh_from_db()
    assert draft.name == "夏季检测"


def test_another_branchs_campaign_does_not_exist(login: Any, other_branch: Any, drafted: Any) -> None:
    draft, client = drafted(), login("manager", other_branch)
    for name in ("campaign", "campaign_edit"):
        assert client.get(reverse(f"retention:{name}", args=[draft.pk])).status_code == 404
    for name in ("campaign_start", "campaign_stop"):
        assert client.post(reverse(f"retention:{name}", args=[draft.pk])).status_code == 404
    assert campaigns_of(other_branch) == ([], None)


@pytest.mark.parametrize("stage", STAGES)
def test_one_and_three_rows_ask_the_same_queries(crm: Any, started: Any, branch: Any, today: date, stage: str) -> None:
    counts = []
    for owners in (1, 3):
        Vehicle.objects.update(plate="")
        campaign = started(owners, holdout_percent=0, segment={"plate_start": "粤B"})
        if stage != "waiting":
            campaigns.send_waves(branch, today)
        with CaptureQueriesContext(connection) as queries:
            page = crm.get(reverse("retention:campaign_members", args=[campaign.pk, stage])).content.decode()
            crm.get(reverse("retention:campaign", args=[campaign.pk]))
            crm.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    if stage in ("drawn", "contacted"):
        assert page.count('class="l2"') == 3


def test_the_day_of_a_wave_is_the_branchs(at: Any, other_branch: Any, car: Any, actor: Any, values: Any) -> None:
    with at(2026, 3, 1):
        car((10, 1_000), at=other_branch)
        boss = actor("manager", other_branch)
        draft = campaigns.draft(actor=boss, **values(until_on=date(2026, 4, 1)))
        campaign = campaigns.start(actor=boss, campaign_id=draft.pk)
    with at(2026, 3, 1, 23, 30):  # half past midnight of the 2nd in Berlin
        assert campaigns.send_waves(other_branch, branch_day(other_branch)) in (0, 1)
        assert CampaignMember.objects.get(campaign=campaign).wave_on == date(2026, 3, 2)
