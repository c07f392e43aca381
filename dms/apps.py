"""The kernel: no tables."""

from django.apps import AppConfig


class DmsConfig(AppConfig):
    """Start of the road."""

    name = "dms"

    def ready(self) -> None:
        """Make our Celery application the one that sends tasks, in the web process and in commands too.

        Without it `shared_task` falls back to Celery's default application, which knows neither our broker nor the
        queues: what the web process asked for came half a minute late by the sweep, or to the wrong worker.
        """
        import dms.celery  # noqa: F401  # importing it makes it current
