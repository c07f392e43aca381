"""Every process sends its tasks by our own Celery application; which of them was imported before plays no part."""

import subprocess
import sys

import pytest
from django.conf import settings

ASK = """
import django
django.setup()
from records.tasks import render_waiting
from retention.tasks import hourly
for task in (render_waiting, hourly):
    conf, route = task.app.conf, task.app.amqp.router.route({}, task.name)
    print(task.app.main, route["queue"].name if "queue" in route else "-", conf.broker_url, conf.task_serializer)
"""


def test_a_process_that_only_sets_django_up_sends_to_our_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    # As the web process and management commands do; this one has imported dms.celery long ago.
    monkeypatch.setenv("REDIS_URL", "redis://broker.example:6379/3")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "dms.settings")
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    done = subprocess.run([sys.executable, "-c", ASK], cwd=settings.BASE_DIR, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "dms papers redis://broker.example:6379/3 json",
        "dms celery redis://broker.example:6379/3 json",
    ], done.stderr


WORKER = """
import sys
from dms.celery import app
import dms.pdf
dms.pdf.warm = lambda: print("warm")
app.WorkController(queues=sys.argv[1] or None, pool="solo")
"""


@pytest.mark.parametrize(("queues", "printed"), [("papers", "warm\n"), ("", "")])
def test_only_the_papers_worker_begins_with_the_library(queues: str, printed: str) -> None:
    command = [sys.executable, "-c", WORKER, queues]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True)
    assert (done.returncode, done.stdout, "Error" in done.stderr) == (0, printed, False), done.stderr
