"""What docker-compose.yml promises, as far as no engine is needed: its form is checked by `run.py lint`."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from ruamel.yaml import YAML

ROOT = Path(settings.BASE_DIR)
APPLICATION = ("prepare", "web", "worker", "papers", "beat")
#: Not read by `dms/settings.py`: Django's and Python's own, and those of the font library.
OTHERS = {"DJANGO_SETTINGS_MODULE", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "XDG_CACHE_HOME"}


@pytest.fixture(scope="module")
def compose() -> Any:
    """The file, with its anchors and merges resolved."""
    return YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())


def known_settings() -> set[str]:
    return set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "dms" / "settings.py").read_text()))


@pytest.mark.parametrize("name", APPLICATION)
def test_the_application_is_no_root_and_writes_only_where_it_must(compose: Any, name: str) -> None:
    service = compose["services"][name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["state:/var/lib/dms"]


def test_only_the_preparation_may_define_tables(compose: Any) -> None:
    owners = [name for name, one in compose["services"].items() if "dms_owner:" in str(one.get("environment"))]
    assert owners == ["prepare"]


@pytest.mark.parametrize("name", ["web", "worker", "papers", "beat"])
def test_nothing_starts_before_the_tables_are_ready(compose: Any, name: str) -> None:
    waits = compose["services"][name]["depends_on"]
    assert waits["prepare"] == {"condition": "service_completed_successfully"}


def test_every_service_that_stays_has_a_health_check(compose: Any) -> None:
    staying = {name for name, one in compose["services"].items() if one["restart"] != "no"}
    assert staying == {"db", "redis", "web", "worker", "papers", "beat", "proxy"}
    assert {name for name in staying if "healthcheck" not in compose["services"][name]} == set()


def test_only_the_proxy_is_reached_from_outside(compose: Any) -> None:
    assert [name for name, one in compose["services"].items() if "ports" in one] == ["proxy"]


@pytest.mark.parametrize("name", APPLICATION)
def test_each_variable_is_one_that_the_settings_read(compose: Any, name: str) -> None:
    assert set(compose["services"][name]["environment"]) - known_settings() == set()


def test_the_images_variables_are_known() -> None:
    block = re.search(r"^ENV (.*?)^WORKDIR", (ROOT / "Dockerfile").read_text(), re.DOTALL | re.MULTILINE)
    assert block is not None
    assert set(re.findall(r"(\w+)=", block[1])) - known_settings() - OTHERS == set()


def test_no_secret_stands_in_the_file_and_each_is_in_the_example(compose: Any) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", text))
    example = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked - example == set()
    assert {name for name in asked if "PASSWORD" in name or name == "SECRET_KEY"} == {
        "SECRET_KEY", "POSTGRES_PASSWORD", "DMS_OWNER_PASSWORD", "DMS_APP_PASSWORD",
    }  # fmt: skip
    assert not re.search(r"^(SECRET_KEY|\w*PASSWORD)=.", (ROOT / ".env.example").read_text(), re.MULTILINE)


def test_locale_keeps_chinese_characters_searchable(compose: Any) -> None:
    assert compose["services"]["db"]["environment"]["POSTGRES_INITDB_ARGS"] == "--locale=C.UTF-8 --encoding=UTF8"


@pytest.mark.parametrize("name", ["worker", "papers", "beat"])
def test_commands_name_modules_that_are_there(compose: Any, name: str) -> None:
    command = compose["services"][name]["command"]
    assert command[:2] == ["python", "-m"]
    assert find_spec(command[2]) is not None
    assert find_spec(command[command.index("-A") + 1]) is not None


def test_every_file_of_the_host_that_is_mounted_is_there(compose: Any) -> None:
    volumes = [volume for one in compose["services"].values() for volume in one.get("volumes", [])]
    mounted = {volume.split(":")[0] for volume in volumes if volume.startswith("./")}
    assert mounted == {"./deploy", "./deploy/Caddyfile", "./deploy/roles.sh"}
    assert [path for path in mounted if not (ROOT / path).exists()] == []
