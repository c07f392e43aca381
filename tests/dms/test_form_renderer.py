"""Inputs come out as Django's own templates would write them, character by character."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from dms.form_renderer import QuickInputs

NASTY = "\"><b>&'冷车"


class Everything(forms.Form):
    """One of each that the product uses, with attributes of every kind."""

    text = forms.CharField(
        max_length=9, widget=forms.TextInput(attrs={"autofocus": True, "hidden": False, "title": NASTY, NASTY: 1})
    )
    safe = forms.CharField(widget=forms.TextInput(attrs={"title": mark_safe("a&amp;b")}))
    number = forms.DecimalField(min_value=Decimal("0.1"), widget=forms.NumberInput(attrs={"step": 0.1}))
    mail = forms.EmailField()
    secret = forms.CharField(widget=forms.PasswordInput)
    key = forms.CharField(widget=forms.HiddenInput)
    tick = forms.BooleanField(required=False)
    day = forms.DateField()
    at = forms.DateTimeField(widget=forms.DateTimeInput)
    one = forms.ChoiceField(choices=[("a", NASTY), ("", "none"), (3, "three")], widget=forms.RadioSelect)
    many = forms.MultipleChoiceField(choices=[("a", "A"), ("b", NASTY)], widget=forms.CheckboxSelectMultiple)
    chosen = forms.ChoiceField(choices=[("a", NASTY)])
    long = forms.CharField(widget=forms.Textarea)


FILLED: dict[str, Any] = {
    "text": NASTY, "safe": mark_safe("x&amp;y"), "number": Decimal("1234567.50"), "mail": "a@b.cn", "key": NASTY,
    "tick": True, "day": date(2026, 11, 25), "one": "a", "many": ["b"], "chosen": "a", "long": NASTY,
}  # fmt: skip


@pytest.mark.parametrize("initial", [{}, FILLED])
@pytest.mark.parametrize("bound", [False, True])
def test_the_same_markup(initial: dict[str, Any], *, bound: bool) -> None:
    ours, theirs = (
        Everything(initial if bound else None, initial=initial, renderer=renderer())
        for renderer in (QuickInputs, DjangoTemplates)
    )
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.as_widget() == other.as_widget(), mine.name
        assert mine.as_widget(attrs={"aria-describedby": "a b", "aria-invalid": "true"}) == other.as_widget(
            attrs={"aria-describedby": "a b", "aria-invalid": "true"}
        )
        assert [option.tag() for option in mine] == [option.tag() for option in other], mine.name
    assert NASTY not in str(ours)


def test_the_product_uses_it() -> None:
    from django.forms.renderers import get_default_renderer

    assert isinstance(get_default_renderer(), QuickInputs)
