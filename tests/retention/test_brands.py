"""Months and visits by brand and model, kept by the administrator for the whole house."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from catalog.models import Brand, VehicleModel
from records.models import AuditEntry
from retention.models import LapseCase

pytestmark = pytest.mark.django_db

BRANDS = reverse("retention:brands")


@pytest.fixture
def admin(login: Any) -> Any:
    client = login("admin")
    type(client.membership.user).objects.update(language="en")
    return client


def test_a_model_goes_before_its_brand_and_the_next_night_judges_by_it(
    admin: Any, brand: Any, model: Any, car: Any, visited: Any, sweep: Any, today: Any
) -> None:
    other = VehicleModel.objects.create(brand=brand, name="朗逸")
    heavy, light = (visited(car(model=one), today - timedelta(days=100)) for one in (model, other))
    sent = {f"months-{brand.pk}": "6", f"visits-{brand.pk}": "2", f"model-{model.pk}": "3", f"model-{other.pk}": ""}
    page = admin.post(BRANDS, sent, follow=True).content.decode()
    assert "Saved; the next night judges by it." in page
    brand.refresh_from_db()
    assert (brand.lapse_months, brand.retained_visits) == (6, 2)
    assert list(VehicleModel.objects.order_by("pk").values_list("lapse_months", flat=True)) == [3, None]
    sweep(only="lapse")
    assert LapseCase.objects.get(kind="fixed").vehicle == heavy != light
    acts = list(
        AuditEntry.objects.filter(act__startswith="limits.").order_by("pk").values_list("subject_key", "detail")
    )
    assert acts == [(f"brand:{brand.pk}", {"months": 6, "visits": 2}), (f"model:{model.pk}", {"months": 3})]
    assert "Nothing was changed." in admin.post(BRANDS, sent, follow=True).content.decode()
    admin.post(BRANDS, {**sent, f"model-{model.pk}": ""})
    assert not VehicleModel.objects.filter(lapse_months__isnull=False).exists()


@pytest.mark.parametrize("wrong", ["0", "61", "x", "-1", "1.5", "", "９９", "1" * 30])
def test_what_is_no_number_of_months_is_named_and_nothing_is_lost(
    admin: Any, brand: Any, model: Any, wrong: str
) -> None:
    sent = {f"months-{brand.pk}": wrong, f"visits-{brand.pk}": "3", f"model-{model.pk}": "4"}
    answer = admin.post(BRANDS, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "please." in page
    assert (f'value="{wrong}"' in page, 'value="4"' in page) == (True, True)
    assert (Brand.objects.get().retained_visits, VehicleModel.objects.get().lapse_months) == (1, None)


def test_who_keeps_no_rules_has_no_such_page(login: Any) -> None:
    assert login("manager").get(BRANDS).status_code == 403
