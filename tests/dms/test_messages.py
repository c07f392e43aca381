import gettext
import os

import pytest

from dms.management.commands import messages
from dms.management.commands.messages import HEADER, Used

ROAD = ["dms", "accounts", "records"]


@pytest.fixture
def put(tmp_path):
    """Writes a file below the temporary root."""

    def write(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.fixture
def po(put):
    """Writes an app's catalogue."""
    return lambda app, text: put(f"locale/{app}/zh_Hans/LC_MESSAGES/django.po", HEADER + "\n" + text)


def test_python_strings_with_plural_and_context():
    source = (
        '_("a" "b"); ngettext("one", "%d many", n); pgettext("ctx", "c"); npgettext_lazy("x", "s", "p", n); _(name)'
    )
    assert list(messages.strings_in(source)) == [
        Used("ab"),
        Used("one", "%d many"),
        Used("c", context="ctx"),
        Used("s", "p", "x"),
    ]


def test_template_strings_in_uneven_lines():
    source = """
<p>{% load i18n %}
        it's {% translate "It's here" %}
    {% blocktranslate with n=x.y trimmed %}
       Hello {{ n }},
       you{% endblocktranslate %}
  {% blocktranslate count n=2 %}{{ n }} car{% plural %}{{ n }} cars{% endblocktranslate %}
{% field form.a label=_("Label") %} {% translate "Open" context "verb" %} {% translate "%s left" %}
"""
    assert list(messages.strings_in_template(source, "x.html")) == [
        Used("It's here"),
        Used("Hello %(n)s, you"),
        Used("%(n)s car", "%(n)s cars"),
        Used("Label"),
        Used("Open", context="verb"),
        Used("%%s left"),
    ]


def test_a_string_stands_in_the_first_app_that_uses_it(tmp_path, put):
    put("records/a.py", '_("both"); _("records only")')
    put("templates/accounts/a.html", '{% load i18n %}{% translate "both" %}')
    put("templates/base.html", '{% load i18n %}{% translate "shell" %}')
    put("dms/migrations/0001.py", '_("never")')
    by_app = messages.used_on_the_road(tmp_path, ROAD)
    assert {app: [text for _, text in strings] for app, strings in by_app.items()} == {
        "dms": ["shell"],
        "accounts": ["both"],
        "records": ["records only"],
    }


def test_update_keeps_translations_that_stand_in_another_app(tmp_path, put, po):
    put("accounts/a.py", '_("Car"); _("Anew"); ngettext("one", "%(n)d many", 2)')
    file = po("records", 'msgid "Car"\nmsgstr "车"\n\nmsgid "Gone"\nmsgstr "没了"\n')
    messages.update(tmp_path, ROAD)
    text = messages.catalogue(tmp_path, "accounts").read_text()
    assert text.startswith(HEADER)
    assert text.index("Anew") < text.index("Car") < text.index("many")
    assert 'msgid "Car"\nmsgstr "车"' in text
    assert "#:" not in text
    assert "Date" not in text
    assert file.read_text() == HEADER
    assert messages.update(tmp_path, ROAD) == []


def test_update_prefers_the_own_translation_and_keeps_fuzzy_marks(tmp_path, put, po):
    put("accounts/a.py", '_("Car"); _("Bay")')
    po("accounts", 'msgid "Car"\nmsgstr "汽车"\n\n# asked the shop\n#, fuzzy\nmsgid "Bay"\nmsgstr "位"\n')
    po("dms", 'msgid "Car"\nmsgstr "车"\n')
    messages.update(tmp_path, ROAD)
    text = messages.catalogue(tmp_path, "accounts").read_text()
    assert 'msgid "Car"\nmsgstr "汽车"' in text
    assert '# asked the shop\n#, fuzzy\nmsgid "Bay"\nmsgstr "位"' in text


def test_compiled_catalogues_answer_and_are_made_once(tmp_path, po):
    file = po(
        "dms",
        'msgid "Car"\nmsgstr "车"\n\nmsgctxt "verb"\nmsgid "Open"\nmsgstr "打开"\n\n'
        'msgid "one"\nmsgid_plural "%(n)s many"\nmsgstr[0] "%(n)s 个"\n\n#, fuzzy\nmsgid "Bay"\nmsgstr "位"\n',
    )
    os.utime(file, (1, 1))
    (made,) = messages.compile_all(tmp_path)
    with made.open("rb") as lines:
        translated = gettext.GNUTranslations(lines)
    assert translated.gettext("Car") == "车"
    assert translated.pgettext("verb", "Open") == "打开"
    assert translated.ngettext("one", "%(n)s many", 1) == "%(n)s 个"
    assert translated.gettext("Bay") == "Bay"
    assert messages.compile_all(tmp_path) == []
    os.utime(made, (0, 0))
    assert messages.compile_all(tmp_path) == [made]


@pytest.mark.parametrize(
    ("source", "entries", "complaint"),
    [
        ('_("Car")', "", "not translated: 'Car'"),
        ('_("Car")', 'msgid "Car"\nmsgstr ""\n', "not translated: 'Car'"),
        ('_("Car")', '#, fuzzy\nmsgid "Car"\nmsgstr "车"\n', "not translated: 'Car'"),
        ('pgettext("verb", "Open")', 'msgid "Open"\nmsgstr "开"\n', "not translated: 'Open' (as 'verb')"),
        ("", 'msgid "Car"\nmsgstr "车"\n', "no longer used: 'Car'"),
        ('_("Car")', 'msgid "Car"\nmsgstr "车"\n\nmsgid "Car"\nmsgstr "汽车"\n', "two translations: 'Car': 汽车 / 车"),
        ('_("%(n)s left")', 'msgid "%(n)s left"\nmsgstr "剩 %(m)s"\n', "placeholders differ: '%(n)s left': 剩 %(m)s"),
        ('_("{n} left")', 'msgid "{n} left"\nmsgstr "剩"\n', "placeholders differ: '{n} left': 剩"),
        ('ngettext("a", "b", n)', 'msgid "a"\nmsgstr "甲"\n', "entry without its plural: 'a'"),
    ],
)
def test_check_complains(tmp_path, put, po, source, entries, complaint):
    put("accounts/a.py", source)
    po("accounts", entries)
    assert complaint in messages.complaints(tmp_path, ROAD)


def test_check_finds_two_translations_in_two_apps(tmp_path, put, po):
    put("accounts/a.py", '_("Car")')
    po("accounts", 'msgid "Car"\nmsgstr "车"\n')
    po("records", 'msgid "Car"\nmsgstr "汽车"\n')
    assert messages.complaints(tmp_path, ROAD) == ["two translations: 'Car': 汽车 / 车"]


def test_check_is_content(tmp_path, put, po):
    put("accounts/a.py", '_("Car"); ngettext("one car", "%(n)s cars", n); _("100 % done")')
    po(
        "accounts",
        'msgid "Car"\nmsgstr "车"\n\nmsgid "one car"\nmsgid_plural "%(n)s cars"\nmsgstr[0] "%(n)s 辆车"\n\n'
        'msgid "100 % done"\nmsgstr "100 % 完成"\n',
    )
    assert messages.complaints(tmp_path, ROAD) == []
