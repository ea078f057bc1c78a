"""Django settings. Each one that a person may set is in docs/settings.md."""

from __future__ import annotations

import sys
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from . import conf, paths

BASE_DIR = paths.BASE_DIR
ENV_FILE = conf.env_file(BASE_DIR / ".env")
conf.read_env_file(ENV_FILE)
VAR_DIR = paths.var_dir()

# --- what a person may set -------------------------------------------------------------------
SECRET_KEY = conf.secret_key("SECRET_KEY", VAR_DIR / "secret_key")
FIELD_KEYS = conf.keys("FIELD_KEY", VAR_DIR / "field_key")  # a function: made when first needed
DEBUG = conf.setting("DEBUG", conf.boolean, False, expects="true or false")
WEB_BIND = conf.setting(
    "WEB_BIND", conf.host_and_port, "0.0.0.0:8000", expects="ADDRESS:PORT, such as 0.0.0.0:8000"
)
EXTRA_HOSTS: list[str] = conf.setting(
    "ALLOWED_HOSTS", conf.word_list, [], expects="names between commas"
)
PUBLIC_URL = conf.setting(
    "PUBLIC_URL", conf.origin, "", expects="the site's address, such as https://marstek.example.org"
)
TRUSTED_PROXIES: list[str] = conf.setting(
    "TRUSTED_PROXIES", conf.address_list, [], expects="IP addresses between commas"
)
GATEWAY_BIND_ADDRESS = conf.setting(
    "GATEWAY_BIND_ADDRESS",
    conf.ipv4_address,
    "0.0.0.0",  # noqa: S104  the devices answer on the local network
    expects="an IPv4 address of this machine",
)
GATEWAY_EPHEMERAL_PORTS = conf.setting(
    "GATEWAY_EPHEMERAL_PORTS", conf.boolean, False, expects="true or false"
)
DISCOVERY_PORTS: list[int] = conf.setting(
    "DISCOVERY_PORTS",
    conf.port_list,
    [30000, 30001, 30002, 30003, 28416, 34000, 49200],
    expects="UDP ports between commas, such as 30000-30003,28416",
)
DEVICES_QUEUE = conf.setting(
    "DEVICES_QUEUE", conf.devices_queue, "devices", expects="a queue's name other than default"
)
HISTORY_DAYS = conf.setting(
    "HISTORY_DAYS", conf.whole_number(7, 36500), 730, expects="a number of days, 7 to 36500"
)
LOG_LEVEL = conf.setting(
    "LOG_LEVEL",
    conf.one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    "INFO",
    expects="DEBUG, INFO, WARNING or ERROR",
)
LANGUAGE_CODE = conf.setting("LANGUAGE", conf.language, "fr", expects="fr or en")
TELEGRAM_API_URL = conf.setting(
    "TELEGRAM_API_URL", conf.origin, "https://api.telegram.org", expects="http(s)://NAME"
)
HEARTBEAT_URL: str = conf.setting(
    "HEARTBEAT_URL",
    conf.web_address,
    "",
    expects="an address such as https://hc-ping.com/...",
    is_secret=True,
)
HEARTBEAT_DIR: Path | None = conf.setting(
    "HEARTBEAT_DIR", conf.folder, None, expects="the full path of a folder"
)

# --- Tempo colours ---------------------------------------------------------------------------
RTE_CLIENT_ID = conf.environment("RTE_CLIENT_ID")
RTE_CLIENT_SECRET = conf.environment("RTE_CLIENT_SECRET")
_expects_source = "an address such as https://example.org/api, or no"
RTE_API_URL, RTE_SITE_URL, EDF_URL, COULEUR_TEMPO_URL = (
    conf.setting(name, conf.source_url, usual, expects=_expects_source)
    for name, usual in (
        ("RTE_API_URL", "https://digital.iservices.rte-france.com"),
        ("RTE_SITE_URL", "https://www.services-rte.com"),
        ("EDF_URL", "https://api-commerce.edf.fr"),
        ("COULEUR_TEMPO_URL", "https://www.api-couleur-tempo.fr/api"),
    )
)

# --- servers ---------------------------------------------------------------------------------
DATABASE_URL = conf.server_url(
    "DATABASE_URL", paths.embedded_database_url(), {"postgres", "postgresql"}
)
REDIS_URL = conf.server_url("REDIS_URL", paths.embedded_redis_url(), {"redis", "rediss", "unix"})
_database = conf.database(DATABASE_URL)
_database["CONN_MAX_AGE"] = 60
_database["CONN_HEALTH_CHECKS"] = True
_database.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DATABASES = {"default": _database}

CELERY_BROKER_URL = conf.celery_broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "scheduling.tend_batteries": {"queue": DEVICES_QUEUE},
    "scheduling.carry_out_orders": {"queue": DEVICES_QUEUE},
    "batteries.poll_batteries": {"queue": DEVICES_QUEUE},
    "batteries.discover_batteries": {"queue": DEVICES_QUEUE},
}
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BEAT_SCHEDULER = "marstek_site.ticking:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_TIMEZONE = "Europe/Paris"
CELERY_ENABLE_UTC = True

# --- the application -------------------------------------------------------------------------
INSTALLED_APPS = [
    "marstek_site.apps.SiteConfig",
    "scheduling.apps.SchedulingConfig",
    "batteries.apps.BatteriesConfig",
    "tempo.apps.TempoConfig",
    "notifications.apps.NotificationsConfig",
    "marstek_site.apps.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_celery_beat",
    "axes",
]
MIDDLEWARE = [
    "marstek_site.middleware.ContentSecurityPolicyMiddleware",
    "marstek_site.middleware.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "marstek_site.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "marstek_site.urls"
WSGI_APPLICATION = "marstek_site.wsgi.application"
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
            ],
        },
    },
]

# --- people ----------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "site:login"
LOGIN_REDIRECT_URL = "site:home"
LOGOUT_REDIRECT_URL = "site:login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "site/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
LOGIN_LINK_VALID_S = 3600

# --- safety ----------------------------------------------------------------------------------
ALLOWED_HOSTS = [
    "*"
]  # HostMiddleware decides: addresses and this machine's names, plus EXTRA_HOSTS
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {  # the name that Django 6 gives it
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}

# --- words, time, files ----------------------------------------------------------------------
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Europe/Paris"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = conf.setting(
    "STATIC_ROOT", conf.folder, VAR_DIR / "static", expects="the full path of a folder"
)
STATICFILES_DIRS = [BASE_DIR / "static"]
TESTING = "pytest" in sys.modules
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "marstek_site.logs.Discreet",
            "format": "%(levelname)s %(name)s: %(message)s",
        }
    },
    "filters": {"one_line": {"()": "marstek_site.logs.OneLine"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["one_line"]}
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # each login in four lines, with the address of a one-time link among them
        "axes": {"level": "WARNING"},
        # once a minute each, and the journal of polls is the database
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.worker.consumer": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "py.warnings": {"level": "ERROR"},  # for developers: the tests make errors of them
        # what they say may hold the address of a channel, token and all
        "apprise": {"level": "CRITICAL", "propagate": False},
        "urllib3": {"level": "ERROR"},
        "django_celery_beat": {"level": "WARNING"},
    },
}
