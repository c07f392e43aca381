"""Settings of the floor: a bare Django application on the same tables (its views stand in `floor_urls`)."""

from dms.settings import *  # noqa: F403

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "onebox.bench.floor_urls"
