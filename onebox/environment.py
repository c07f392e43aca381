"""The environment of the children: where the services are, and the secret of this machine."""

import os
import secrets

from onebox import fonts, native
from onebox.home import Home
from onebox.postgres import APP, OWNER, Postgres
from onebox.valkey import Valkey


def secret_key(home: Home) -> str:
    """This machine's secret, made once and readable by this user only."""
    file = home.state / "secret-key"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(60))
    return file.read_text()


def database_urls(postgres: Postgres | None) -> dict[str, str]:
    """The two roles of the embedded server, or what the person has set."""
    if postgres is None:
        app = os.environ["DATABASE_URL"]
        return {"DATABASE_URL": app, "MIGRATION_DATABASE_URL": os.environ.get("MIGRATION_DATABASE_URL") or app}
    return {"DATABASE_URL": postgres.url(APP), "MIGRATION_DATABASE_URL": postgres.url(OWNER)}


def broker_urls(valkey: Valkey | None) -> dict[str, str]:
    """redis-py and Celery spell a unix socket differently; Celery reads its own name first."""
    if valkey is None:
        return {"REDIS_URL": os.environ["REDIS_URL"]}
    return {"REDIS_URL": valkey.url, "CELERY_BROKER_URL": valkey.broker_url}


def compose(home: Home, postgres: Postgres | None, valkey: Valkey | None) -> dict[str, str]:
    """The environment for every Python process of the product."""
    port = os.environ.get("PORT") or "8000"
    composed = {
        "DJANGO_SETTINGS_MODULE": "dms.settings",
        "DMS_STATE_DIR": str(home.state),
        "DMS_DEMO": os.environ.get("DMS_DEMO") or "1",
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(home),
        "PUBLIC_URL": os.environ.get("PUBLIC_URL") or f"http://localhost:{port}",
        "FONTCONFIG_FILE": str(fonts.write_configuration(home)),
        "PYTHONUNBUFFERED": "1",
    }
    libraries = [str(place) for place in native.folders(home)]
    if libraries:
        libraries += [os.environ["LD_LIBRARY_PATH"]] if os.environ.get("LD_LIBRARY_PATH") else []
        composed["LD_LIBRARY_PATH"] = os.pathsep.join(libraries)
    return dict(os.environ) | composed | database_urls(postgres) | broker_urls(valkey)


def as_owner(environment: dict[str, str]) -> dict[str, str]:
    """The same, connected with the role that owns the tables: for migrations and grants."""
    return environment | {"DATABASE_URL": environment["MIGRATION_DATABASE_URL"]}
