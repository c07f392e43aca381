import socket
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from onebox import fonts, serve, stamp
from onebox.manage import environment_for
from onebox.progress import Trouble
from onebox.pytest_report import not_run_lines
from onebox.testing import pytest_command, with_browser


def test_fonts_configuration_names_the_folders_and_prefers_simplified_chinese():
    text = fonts.configuration([Path("/fonts & more")], Path("/cache"))
    tree = ET.fromstring(text)  # noqa: S314 - our own text
    assert "/fonts & more" in [place.text for place in tree.findall("dir")]
    assert [family.text for family in tree.findall("match/edit/string")] == ["Noto Sans SC", "Noto Sans CJK SC"]


def test_the_wheel_with_the_chinese_font_is_found():
    assert [file.name for file in fonts.font_folder().glob("NotoSansSC*")] == ["NotoSansSC-Regular.otf"]


def test_a_stamp_changes_with_content_and_name_and_not_with_order(tmp_path):
    one, two = tmp_path / "1", tmp_path / "2"
    one.write_text("a")
    two.write_text("b")
    before = stamp.digest([one, two])
    assert before == stamp.digest([two, one])
    assert before != stamp.digest([one])
    two.write_text("c")
    assert before != stamp.digest([one, two])


def test_a_step_is_current_only_after_it_was_done(tmp_path):
    mark = tmp_path / "stamps" / "tables"
    assert not stamp.is_current(mark, "x")
    stamp.done(mark, "x")
    assert (stamp.is_current(mark, "x"), stamp.is_current(mark, "y")) == (True, False)


def test_a_taken_port_gets_a_sentence_with_a_free_one(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        monkeypatch.delenv("HOST", raising=False)
        with pytest.raises(Trouble, match=rf"Port {port} is taken by another program.*PORT=\d+ python3 run.py"):
            serve.address()


@pytest.mark.parametrize("text", ["0", "70000", "web", "-1"])
def test_an_odd_port_gets_a_sentence(monkeypatch, text):
    monkeypatch.setenv("PORT", text)
    with pytest.raises(Trouble, match="is not a port number"):
        serve.address()


def test_only_commands_that_define_tables_connect_as_owner():
    urls = {"DATABASE_URL": "app", "MIGRATION_DATABASE_URL": "owner"}
    assert environment_for(["migrate"], urls)["DATABASE_URL"] == "owner"
    assert environment_for(["demo"], urls)["DATABASE_URL"] == "app"
    assert environment_for([], urls)["DATABASE_URL"] == "app"


def test_what_was_not_run_is_counted_and_named():
    assert not_run_lines([]) == ["Every collected test was run."]
    assert not_run_lines([("b", "no browser"), ("a", "slow")]) == ["2 not run:", "  a: slow", "  b: no browser"]


def test_two_processes_unless_a_person_says_otherwise():
    assert pytest_command(["-k", "promise"])[-6:] == ["-n", "2", "--dist", "loadgroup", "-k", "promise"]
    assert "loadgroup" not in pytest_command(["-n0"])


def test_a_required_browser_that_is_missing_is_a_refusal():
    with pytest.raises(Trouble, match="apt-get install -y chromium"):
        with_browser({}, None, required=True)
    assert with_browser({}, None, required=False) == {"DMS_NO_BROWSER": "no browser (apt-get install -y chromium)"}
    assert with_browser({}, "/usr/bin/chromium", required=True) == {"DMS_CHROMIUM": "/usr/bin/chromium"}


@pytest.mark.xdist_group("together")
def test_groups_of_tests_stay_on_one_worker(request):
    """pytest-xdist names the group in the id; where it does not, every shared fixture is made twice."""
    asked = hasattr(request.config, "workerinput") and request.config.getvalue("loadgroup")
    assert request.node.nodeid.endswith("@together") == bool(asked)
