"""Imports, exports and merges by the API: the whole way, once for a key, and only for whom it is."""

import io
from typing import Any

import pytest

from customers.imports import runs
from customers.models import Customer, ImportRun, NotSame
from records.models import AuditEntry

pytestmark = pytest.mark.django_db
LIST = "姓名,手机,车牌\n王建国,13800001234,粤B12345\n周敏,12,粤B1\n".encode("gbk")


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def send(bot: Any, key: str, content: bytes = LIST, kind: str = "cars") -> Any:
    file = io.BytesIO(content)
    file.name = "客户.csv"
    headers = {"Idempotency-Key": key} if key else {}
    return bot.client.post("/api/v1/imports/", {"kind": kind, "file": file}, headers=headers)


def works(run_id: int) -> None:
    while runs.work(run_id):
        pass


def test_the_whole_way_of_a_list(program: Any) -> None:
    bot = program("manager")
    assert send(bot, "").status_code == 400  # a token must send a key
    sent = send(bot, "k1")
    assert (sent.status_code, sent.json()["state"]) == (201, "mapping")
    assert sent.json()["mapping"] == ["name", "phone", "plate"]
    assert {"key": "name", "label": "车主姓名"} in sent.json()["fields_known"]
    assert send(bot, "k1").json() == sent.json()
    assert (send(bot, "k1", LIST + b"\n1,2,3").status_code, ImportRun.objects.count()) == (409, 1)
    number = sent.json()["id"]
    path = f"imports/{number}/"
    assert bot.post(f"{path}columns/", {"mapping": ["name"]}).status_code == 422
    assert bot.post(f"{path}start/", {}).status_code == 409
    assert bot.does(f"{path}columns/", {"mapping": ["name", "phone", "plate"]})["state"] == "checking"
    works(number)
    shown = bot.get(path).json()
    assert (shown["state"], shown["total_rows"], shown["bad_rows"], shown["counts"]["good"]) == ("checked", 2, 1, 1)
    (bad,) = bot.get(f"{path}bad-rows/").json()["items"]
    assert (bad["line"], bad["cells"]) == (3, ["周敏", "12", "粤B1"])
    assert bad["problems"]
    assert bot.does(f"{path}columns/again/")["state"] == "mapping"
    bot.does(f"{path}columns/", {"mapping": ["name", "phone", "plate"]})
    works(number)
    assert bot.does(f"{path}start/")["state"] == "running"
    works(number)
    assert (bot.get(path).json()["state"], Customer.objects.get().name) == ("done", "王建国")
    assert bot.post(f"{path}cancel/", {}).status_code == 409
    other = send(bot, "k2").json()["id"]
    assert bot.does(f"imports/{other}/cancel/")["state"] == "cancelled"
    page = bot.get("imports/?size=1").json()
    assert ([row["id"] for row in page["items"]], page["next"]) == ([other], str(other))
    assert [row["id"] for row in bot.get(f"imports/?after={page['next']}").json()["items"]] == [number]


def test_an_import_is_of_its_branch_and_of_who_may(program: Any, other_branch: Any) -> None:
    number = send(program("manager"), "k").json()["id"]
    stranger, advisor = program("manager", other_branch), program("technician")
    assert (stranger.get(f"imports/{number}/").status_code, advisor.get("imports/").status_code) == (404, 403)
    assert stranger.post(f"imports/{number}/cancel/", {}).status_code == 404
    assert program("manager", scopes=("read",)).get("imports/").status_code == 403


def test_a_table_is_taken_out_and_that_is_kept(program: Any, signed: Any) -> None:
    signed()
    bot = program("manager")
    tables = {row["key"]: row["columns"] for row in bot.get("exports/").json()["items"]}
    assert "电话" in tables["customers"]
    answer = bot.post("exports/customers/", {"form": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert "王建国" in text
    assert AuditEntry.objects.filter(act="export").count() == 1
    assert bot.post("exports/customers/", {"form": "pdf"}).status_code == 422
    assert bot.post("exports/nothing/", {}).status_code == 404
    assert program("technician").get("exports/").status_code == 403


def test_two_are_proposed_merged_and_taken_apart(program: Any, branch: Any, other_branch: Any) -> None:
    first, second = (Customer.objects.create(branch=branch, name=name, phone="+8613800001234") for name in ("甲", "乙"))
    bot = program("manager")
    (pair,) = bot.get("duplicates/").json()["items"]
    assert (pair["what"], pair["first"]["id"], pair["second"]["label"]) == ("customer", first.pk, str(second))
    body = {"what": "customer", "kept": second.pk, "lost": first.pk}
    run = bot.does("merges/", body, 201)
    assert (run["kept"], run["names"]) == (second.pk, [str(second), str(first)])
    assert bot.get("duplicates/").json()["items"] == []
    assert bot.post("merges/", body).status_code == 409
    assert program("manager", other_branch).post(f"merges/{run['id']}/undo/", {}).status_code == 404
    assert bot.does(f"merges/{run['id']}/undo/")["undone_at"]
    assert bot.post(f"merges/{run['id']}/undo/", {}).status_code == 409
    assert [row["id"] for row in bot.get("merges/").json()["items"]] == [run["id"]]
    bot.does("duplicates/apart/", {"what": "customer", "first": first.pk, "second": second.pk})
    assert (NotSame.objects.count(), bot.get("duplicates/").json()["items"]) == (1, [])
    assert bot.post("merges/", {"what": "customer", "kept": 1, "lost": 1}).status_code == 422
    assert program("cashier").get("merges/").status_code == 403
