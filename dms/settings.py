"""Settings, read from the environment (names in `.env.example`).

Nothing here is secret: without `SECRET_KEY` the process starts only in DEBUG, and `onebox` makes one per machine.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="only-for-debug-" + "0" * 50 if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. `python3 run.py` makes one; in production set it yourself.")

#: Where this machine keeps what it makes: uploads, rendered papers, logs.
STATE_DIR = Path(env.str("DMS_STATE_DIR", default=str(BASE_DIR / "var")))
#: Demo logins are shown on the sign-in page. Never in production.
DEMO = env.bool("DMS_DEMO", default=False)
#: Test-only: switches the row locks off so that a race test can show that it fails without them.
LOCKS_OFF = False

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
#: Address at which customers reach the status page; printed on papers.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000")
BEHIND_TLS = env.bool("BEHIND_TLS", default=False)
#: How many proxies of ours stand in front, each of which adds to X-Forwarded-For. 0: the header is not believed at all.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1 if BEHIND_TLS else 0)
#: Former secrets, after a change: sign-ins end, but what was encrypted or signed with them can still be read.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "template_partials",
    "csp",
    "pgtrigger",
    "pghistory",
    "lucide",
    "dms",
    "accounts",
    "records",
    "catalog",
    "customers",
    "reception",
    "workshop",
    "delivery",
    "retention",
    "portal",
]

MIDDLEWARE = [
    "dms.metrics.CountRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.Workplace",
    "accounts.watch.Watch",
    "pghistory.middleware.HistoryMiddleware",
    "dms.errors.RefusalMiddleware",
]

ROOT_URLCONF = "dms.urls"
WSGI_APPLICATION = "dms.wsgi.application"
FORM_RENDERER = "dms.form_renderer.QuickInputs"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.workplace",
            ],
            "builtins": ["dms.templatetags.dms", "dms.templatetags.charts", "template_partials.templatetags.partials"],
        },
    },
]

# The application connects with a role that owns no tables; migrations use MIGRATION_DATABASE_URL (docs/adr/0003).
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://dms_app@localhost/dms")}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {})
# No `server_side_binding`, which would let statements be prepared: pghistory and pgtrigger put a second command before
# the statement, and PostgreSQL prepares one command only (docs/benchmarks.md).
if env.bool("DB_POOL", default=False):  # the web process only: prefork workers must not share a pool
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 10, "timeout": 10}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
MIGRATION_DATABASE_URL = env.str("MIGRATION_DATABASE_URL", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: A GET changes nothing, so it needs no context.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CELERY_BROKER_URL = REDIS_URL
#: `shared` counts over all processes and may be away at any moment; whoever asks it goes on with `default` then.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "shared": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "dms",
        "OPTIONS": {"socket_connect_timeout": 0.25, "socket_timeout": 0.25},
    },
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
#: Papers have a worker of their own: somebody stands at the printer, and a sweep of the night may take minutes.
CELERY_TASK_ROUTES = {"records.tasks.render_waiting": {"queue": "papers"}}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
}
CELERY_TIMEZONE = "UTC"
#: What drawing one file of papers may take, of the clock and of memory beyond what the worker has already.
PDF_SECONDS = env.int("PDF_SECONDS", default=20)
PDF_MEGABYTES = env.int("PDF_MEGABYTES", default=512)

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "portal:home"
LOGOUT_REDIRECT_URL = "accounts:login"
SESSION_ENGINE = (
    "django.contrib.sessions.backends.cached_db"
    if env.bool("SESSION_CACHE", default=False)
    else "django.contrib.sessions.backends.db"
)
SESSION_COOKIE_AGE = 60 * 60 * 14  # a working day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
# One catalogue per app, in the order of the road; a string stands in the first app that uses it.
LOCALE_PATHS = [
    BASE_DIR / "locale" / app
    for app in (
        "dms",
        "accounts",
        "records",
        "catalog",
        "customers",
        "reception",
        "workshop",
        "delivery",
        "retention",
        "portal",
    )
]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(STATE_DIR / "static")))  # the image has them inside
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = STATE_DIR / "media"  # served only through views that ask who may see it
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if BEHIND_TLS:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

REST_FRAMEWORK = {
    # The token first: a stranger is told 401 and how to sign in. A session's unsafe requests want the CSRF token.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.tokens.TokenThrottle"],
    "DEFAULT_THROTTLE_RATES": {"token": env.str("API_TOKEN_RATE", default="600/minute")},
    "DEFAULT_SCHEMA_CLASS": "accounts.schema.Described",
    "UNAUTHENTICATED_USER": None,
    "EXCEPTION_HANDLER": "dms.problems.api_exception",
}
#: Providers of messages to customers, in the order of trying (docs/admin/messages.md). EMAIL_URL alone adds `mail:`.
MESSAGE_GATEWAYS = env.list("MESSAGE_GATEWAYS", default=[])
#: A channel without a provider goes to the local inbox: for trying out, never where real customers wait.
MESSAGE_INBOX = env.bool("MESSAGE_INBOX", default=DEMO)
#: Providers that do not sign show this in their receipts' address (`?secret=…`); empty: those receipts are refused.
MESSAGE_RECEIPT_SECRET = env.str("MESSAGE_RECEIPT_SECRET", default="")
#: Seconds: how long a provider may take; after which time a claim without an end becomes “not known whether sent”.
MESSAGE_TIMEOUT = env.int("MESSAGE_TIMEOUT", default=15)
#: What the register of health records knows us by; the address is a rule of each branch.
HEALTH_RECORD_TOKEN = env.str("HEALTH_RECORD_TOKEN", default="")
#: What the provider of e-invoices knows us by; the address is a rule of each branch.
EINVOICE_TOKEN = env.str("EINVOICE_TOKEN", default="")
#: Accounts at providers of scan-to-pay (docs/admin/scan-pay.md); their keys lie in files that only this process reads.
SCAN_PAY = env.list("SCAN_PAY", default=[])
MESSAGE_UNKNOWN_AFTER = env.int("MESSAGE_UNKNOWN_AFTER", default=300)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="webmaster@localhost")
#: Seconds. Without it a mail server that accepts and says nothing would hold a worker for ever.
EMAIL_TIMEOUT = 20
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
    if "mail:" not in MESSAGE_GATEWAYS:
        MESSAGE_GATEWAYS = [*MESSAGE_GATEWAYS, "mail:"]
#: A scraper that is not on this machine sends it as a bearer token; without one `/metrics` answers this machine only.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
SPECTACULAR_SETTINGS = {
    "TITLE": "DMS-lite",
    "VERSION": "1",
    "DESCRIPTION": "After-sales of a car dealer, from arrival to release. `docs/api.md` says how to begin.",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["accounts.schema.ours"],
    "POSTPROCESSING_HOOKS": ["accounts.schema.problems"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"fido2": {"level": "WARNING"}, "weasyprint": {"level": "ERROR"}, "fontTools": {"level": "ERROR"}},
}
