"""The Celery application. Redis may be wiped at any moment: beat only nudges sweeps whose truth is in PostgreSQL."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dms.settings")

app = Celery("dms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # Every branch has its own night: the sweep runs hourly and does what is due there.
    "due-and-lapse": {"task": "retention.tasks.nightly", "schedule": crontab(minute=7)},
    "forget-answers": {"task": "records.tasks.forget_old_answers", "schedule": crontab(minute=37, hour="*/6")},
    "render-papers": {"task": "records.tasks.render_waiting", "schedule": 30.0},
}
