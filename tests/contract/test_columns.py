"""Every table of ours keeps the rules for columns; a new model is found by itself."""

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.test.utils import isolate_apps
from pghistory.models import Event

from dms.fields import MoneyField, Row

ROAD = [place.name for place in settings.LOCALE_PATHS]
#: A history's columns are copies of a table that is looked at itself, without its constraints; a proxy has no table.
MODELS = sorted(
    (
        model
        for app in ROAD
        for model in apps.get_app_config(app).get_models()
        if not issubclass(model, Event) and not model._meta.proxy
    ),
    key=lambda model: model._meta.label,
)
MONEY = {"price", "prices", "amount", "gross", "net", "tax", "cost", "costs"}
#: Pairs of which the time is always known and the person need not be, with the reason.
WITHOUT_PERSON = {
    ("records.Photo", "taken"): "the system files photos too, and is no user",
    ("delivery.Pickup", "agreed"): "customers agree a time on the status page, and are no users",
    ("delivery.Pickup", "cancelled"): "as agreed",
}

every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)


def columns(model):
    """Column's field by name."""
    return {field.name: field for field in model._meta.concrete_fields}


def leaves(condition):
    """The (lookup, value) pairs of a condition."""
    for child in getattr(condition, "children", ()):
        if isinstance(child, tuple):
            yield child
        else:
            yield from leaves(child)


def checks(model):
    """The (lookup, value) pairs of each check constraint."""
    found = [constraint for constraint in model._meta.constraints if isinstance(constraint, models.CheckConstraint)]
    return [list(leaves(constraint.condition)) for constraint in found]


def unbound_pairs(model):
    """Stems of `<stem>_at`/`<stem>_by` of which one may stand without the other."""
    fields = columns(model)
    stems = [name.removesuffix("_at") for name in fields if name.endswith("_at")]
    for stem in stems:
        by = fields.get(f"{stem}_by")
        if by is None or not (by.null or fields[f"{stem}_at"].null):
            continue
        wanted = {(f"{stem}_{end}__isnull", null) for end in ("at", "by") for null in (True, False)}
        if not any(wanted <= {(name, value) for name, value in check if "isnull" in name} for check in checks(model)):
            yield stem


def wrong_money(model):
    """Numbers named like money that are no MoneyField, and floats, whatever their name."""
    for name, field in columns(model).items():
        words = set(name.split("_"))
        number = isinstance(field, (models.IntegerField, models.DecimalField))
        money = bool(words & MONEY) and not words & {"rate", "version"}
        if isinstance(field, models.FloatField) or (number and money and not isinstance(field, MoneyField)):
            yield name


def values_of(field):
    """The choices of a field, or of an array's elements."""
    chosen = field.base_field if isinstance(field, ArrayField) else field
    return {value for value, _label in chosen.flatchoices}


def unguarded(model):
    """Columns with choices, or named `state`, that the database lets have any value."""
    for name, field in columns(model).items():
        if not values_of(field) and name != "state":
            continue
        lookups = (f"{name}__in", f"{name}__contained_by")
        named = [set(value) for check in checks(model) for lookup, value in check if lookup in lookups]
        if not values_of(field) or values_of(field) not in named:
            yield name


def backward(model):
    """Foreign keys to an app that the car visits later."""
    here = ROAD.index(model._meta.app_label)
    for name, field in columns(model).items():
        target = field.related_model._meta.app_label if field.is_relation else ""
        if target in ROAD and ROAD.index(target) > here:
            yield name


def test_models_are_found():
    assert {"accounts.User", "records.IssuedPaper"} <= {model._meta.label for model in MODELS}


@every_model
def test_every_row_knows_when_it_came(model):
    assert "created_at" in columns(model)
    assert not columns(model)["created_at"].null


@every_model
def test_acts_have_a_time_and_a_person_or_neither(model):
    known = {stem for label, stem in WITHOUT_PERSON if label == model._meta.label}
    assert set(unbound_pairs(model)) == known


@every_model
def test_money_is_a_money_field(model):
    assert list(wrong_money(model)) == []


@every_model
def test_choices_are_kept_by_the_database(model):
    assert list(unguarded(model)) == []


@every_model
def test_foreign_keys_point_back_along_the_road(model):
    assert list(backward(model)) == []


@isolate_apps("dms")
def test_the_rules_find_a_model_that_breaks_them_all():
    class Bad(models.Model):  # noqa: DJ008 - never shown
        done_at = models.DateTimeField(null=True)
        done_by = models.ForeignKey("accounts.User", models.PROTECT, null=True)
        net_price = models.DecimalField(max_digits=9, decimal_places=3)
        tax_rate = models.DecimalField(max_digits=5, decimal_places=4)
        weight = models.FloatField()
        state = models.CharField(max_length=9)
        kind = models.CharField(max_length=9, choices=[("a", "A"), ("b", "B")])

        class Meta:
            app_label = "dms"
            constraints = [models.CheckConstraint(condition=models.Q(kind__in=["a"]), name="half")]

    assert "created_at" not in columns(Bad)
    assert list(unbound_pairs(Bad)) == ["done"]
    assert list(wrong_money(Bad)) == ["net_price", "weight"]
    assert list(unguarded(Bad)) == ["state", "kind"]


@isolate_apps("dms", "accounts")
def test_the_rules_find_a_key_that_points_forward():
    class Later(Row):
        class Meta:
            app_label = "accounts"

    class Earlier(Row):
        later = models.ForeignKey(Later, models.PROTECT)

        class Meta:
            app_label = "dms"

    assert list(backward(Earlier)) == ["later"]
