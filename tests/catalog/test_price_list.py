"""A branch's price list from CSV files, in the encodings that spreadsheets write."""

import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.services.branches import make_skills
from catalog.models import LabourOperation, LabourRate, Part, PartPrice, Stock, VehicleModel
from catalog.selectors import labour_rate, part_price
from dms.clock import as_of, branch_day, now

pytestmark = pytest.mark.django_db

PARTS = "code,name,price,tax_percent,unit,cost,on_hand\nOIL-1,机油,80.5,13,升,50,12\nF-2,机滤,45,13,,,\n"
OPERATIONS = "code,name,name_en,hours,kind,skill\nOIL,更换机油机滤,Change oil and filter,0.6,maintenance,maintenance\n"


@pytest.fixture
def loaded(branch: Any, tmp_path: Path) -> Any:
    """`loaded(table, text, encoding)`: what the command says."""
    make_skills()

    def run(table: str, text: str, encoding: str = "utf-8") -> str:
        file, out = tmp_path / f"{table}.csv", io.StringIO()
        file.write_bytes(text.encode(encoding))
        call_command("price_list", "--branch", branch.code, f"--{table}", str(file), stdout=out)
        return out.getvalue()

    return run


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_same_parts_from_each_encoding(loaded: Any, branch: Any, encoding: str) -> None:
    assert loaded("parts", PARTS, encoding) == "parts: 2 rows\n"
    oil = Part.objects.get(code="OIL-1")
    price = part_price(branch, oil, branch_day(branch))
    assert price is not None
    assert (oil.name, oil.unit) == ("机油", "升")
    assert (price.price, price.cost, price.tax_rate) == (Decimal("80.50"), Decimal(50), Decimal("0.13"))
    assert Stock.objects.get(part=oil).on_hand == 12
    assert not Stock.objects.filter(part__code="F-2").exists()


def test_operations_models_and_the_hour(loaded: Any, branch: Any) -> None:
    loaded("operations", OPERATIONS)
    loaded("models", "brand,model,model_en,energy\n大众,迈腾,Magotan,petrol\n大众,ID.4,,electric\n")
    loaded("labour", "hour,tax_percent\n380,13\n")
    operation = LabourOperation.objects.get()
    assert (operation.standard_hours, operation.kind, operation.skill.key) == (
        Decimal("0.6"), "maintenance", "maintenance",
    )  # fmt: skip
    assert sorted(VehicleModel.objects.values_list("name", "energy")) == [("ID.4", "electric"), ("迈腾", "petrol")]
    rate = labour_rate(branch, branch_day(branch))
    assert rate is not None
    assert rate.price == 380


def test_a_second_load_changes_only_what_is_new_and_only_from_today_on(loaded: Any, branch: Any) -> None:
    with as_of(now() - timedelta(days=10)):
        loaded("parts", PARTS)
        loaded("labour", "hour,tax_percent\n360,13\n")
    loaded("parts", PARTS.replace("80.5", "88"))
    loaded("labour", "hour,tax_percent\n360,13\n")
    oil = PartPrice.objects.filter(part__code="OIL-1").order_by("valid_from")
    assert [row.price for row in oil] == [Decimal("80.50"), Decimal("88.00")]
    assert PartPrice.objects.filter(part__code="F-2").count() == 1
    assert LabourRate.objects.count() == 1


@pytest.mark.parametrize(
    ("table", "text", "sentence"),
    [
        ("parts", "code,name\nA,b\n", "Missing columns: price, tax_percent. Unknown columns: –."),
        ("parts", "code,name,price,tax_percent,colour\n", "Unknown columns: colour."),
        ("parts", 'code,name,price,tax_percent\nA,油,"1,286",13\n', "Row 2: price: “1,286” is not a number from 0 up."),
        ("parts", "code,name,price,tax_percent\nA,油,NaN,13\n", "Row 2: price: “NaN” is not a number"),
        ("parts", "code,name,price,tax_percent\nA,油,1.38E+10,13\n", "Row 2: price: “1.38E+10” is not a number"),
        ("parts", "code,name,price,tax_percent\nA,油,5,100\n", "Row 2: tax_percent is below 100."),
        ("parts", "code,name,price,tax_percent\n,油,5,13\n", "Row 2: code is empty."),
        ("parts", "code,name,price,tax_percent\nA,\x00,5,13\n", "cannot be printed"),
        ("operations", "code,name,hours,skill\nA,油,1,magic\n", "Row 2: skill: there is no “magic”."),
        ("models", "brand,model,energy\n大众,迈腾,steam\n", "energy: “steam” is none of petrol, hybrid, electric."),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_loaded(loaded: Any, table: str, text: str, sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        loaded(table, text)
    assert sentence in str(refused.value)
    assert (Part.objects.count(), LabourOperation.objects.count(), VehicleModel.objects.count()) == (0, 0, 0)


def test_good_rows_before_a_wrong_one_are_not_kept(loaded: Any) -> None:
    with pytest.raises(CommandError, match="Row 4: price"):
        loaded("parts", PARTS + "X-9,刹车片,abc,13,,,\n")
    assert Part.objects.count() == 0


def test_no_such_branch(loaded: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no branch 'NO'"):
        call_command("price_list", "--branch", "NO")
