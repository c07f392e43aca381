"""The Celery application. Redis may be wiped at any moment: beat only nudges sweeps whose truth is in PostgreSQL."""

import logging
import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dms.settings")

app = Celery("dms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="import_tasks")
app.conf.beat_schedule = {
    # Every branch has its own night: the nudge comes hourly, and what is due there is done.
    "sweeps": {"task": "retention.tasks.hourly", "schedule": crontab(minute=7)},
    "forget-answers": {"task": "records.tasks.forget_old_answers", "schedule": crontab(minute=37, hour="*/6")},
    "send-messages": {"task": "customers.tasks.send_waiting", "schedule": 60.0},
    "close-messages": {"task": "customers.tasks.close_old_messages", "schedule": crontab(minute=17)},
    "carry-on-imports": {"task": "customers.import_tasks.carry_on_imports", "schedule": 60.0},
    "send-health-records": {"task": "delivery.tasks.send_records", "schedule": 120.0},
    "send-invoices": {"task": "delivery.tasks.send_invoices", "schedule": 60.0},
    "look-after-scans": {"task": "delivery.tasks.look_after_scans", "schedule": 10.0, "options": {"expires": 10}},
    "fetch-scan-bills": {"task": "delivery.tasks.fetch_scan_bills", "schedule": crontab(minute=27)},
    "mail-lists": {"task": "records.tasks.mail_lists", "schedule": 60.0, "options": {"expires": 60}},
    "render-papers": {"task": "records.tasks.render_waiting", "schedule": 30.0},
}


@worker_init.connect
def warm_up(sender: Any, **_signal: Any) -> None:
    """The papers' worker, before its pool is forked: the children that draw begin with library and fonts."""
    if "papers" not in sender.app.amqp.queues.consume_from:
        return
    from dms.pdf import PdfUnavailable, warm

    try:
        warm()
    except PdfUnavailable as error:
        logging.getLogger(__name__).warning("%s", error)
