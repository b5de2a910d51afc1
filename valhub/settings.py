"""Every setting of the hub, read from the environment once; `docs/administrators.md` lists them.

A setting that is wrong stops the start with its name and how to fix it. Nothing is fetched here.
"""

import os
import re
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

from valhub.accounts.oidc.client import read_client
from valhub.accounts.trusted_proxy import read_header, read_networks
from valhub.cloud.databases import database_settings
from valhub.cloud.launchers import read_launcher
from valhub.cloud.mail import read_mail_server
from valhub.cloud.public_address import read_public_url
from valhub.cloud.queues.address import read_prefix, read_queue
from valhub.cloud.storage_address import storage_settings
from valhub.evaluation.packages.suggestions import did_you_mean
from valhub.evaluation.setting_values import (
    BYTES,
    COUNT,
    DAYS,
    MEMORY,
    MILLISECONDS,
    SECONDS,
    BadSetting,
    NumberKind,
    read_number,
)
from valhub.observing.logs import configure_structlog, logging_settings
from valhub.server.secret_key import stored_secret_key
from valhub.texts import cut

N = TypeVar("N", int, float)


# The names that have been read, those by which the hub's own processes know each other, and those
# that the command reads, by which a person is signed in at a hub.
_known = {
    "VALHUB_PARENT", "VALHUB_LAUNCHED_BY", "VALHUB_LAUNCHED_FOR", "VALHUB_LAUNCH",
    "VALHUB_HUB", "VALHUB_TOKEN",
}  # fmt: skip


def _exact(name: str) -> str:
    """A text in which spaces count."""
    _known.add(name)
    return os.environ.get(name, "")


def _text(name: str, default: str) -> str:
    return _exact(name).strip() or default


def _number(name: str, default: N, kind: NumberKind[N]) -> N:
    _known.add(name)
    try:
        return read_number(os.environ, name, kind, default)
    except BadSetting as error:
        raise ImproperlyConfigured(str(error)) from None


def _number_or_forever(name: str, default: int, kind: NumberKind[int]) -> int | None:
    """A number of days, or None for ever."""
    return None if _text(name, "").lower() == "forever" else _number(name, default, kind)


def _flag(name: str, *, default: bool) -> bool:
    text = _text(name, "yes" if default else "no").lower()
    if text not in ("yes", "no"):
        raise ImproperlyConfigured(f"{name} is {text!r}; set it to yes or no.")
    return text == "yes"


def _list(name: str, default: str) -> list[str]:
    return [part.strip() for part in _text(name, default).split(",") if part.strip()]


MOST_WEB_STREAMS = 12
_NAME = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]"
_HOST = rf"\*|\.?({_NAME})"
_ORIGIN = rf"https?://(\*\.)?({_NAME})(:[0-9]{{1,5}})?"


def _list_of(name: str, default: str, pattern: str, expected: str) -> list[str]:
    """Parts of one form: one of another form would match nothing, and say nothing."""
    parts = _list(name, default)
    for part in parts:
        if not re.fullmatch(pattern, part):
            raise ImproperlyConfigured(f"{name} is {cut(part, 40)!r}; set it to {expected}.")
    return parts


def _refuse_unknown() -> None:
    """Refuse names that nothing reads: a misspelt setting would have no effect, and say nothing."""
    for name in sorted(os.environ):
        if name.startswith("VALHUB_") and name not in _known:
            hint = did_you_mean(name, sorted(_known))
            raise ImproperlyConfigured(f"{name} is not a setting. Correct or remove it. {hint}")


def _choice(name: str, *allowed: str) -> str:
    """One of the allowed words; the first is the default."""
    text = _text(name, allowed[0])
    if text not in allowed:
        raise ImproperlyConfigured(f"{name} is {text!r}; set it to one of {', '.join(allowed)}.")
    return text


DATA = Path(_text("VALHUB_DATA", "valhub-data")).expanduser().absolute()
DEBUG = _flag("VALHUB_DEBUG", default=False)

# Made only when something is signed, so that reading the settings writes nothing.
SECRET_KEY = _exact("VALHUB_SECRET_KEY") or stored_secret_key(DATA)
ALLOWED_HOSTS = _list_of(
    "VALHUB_HOSTS",
    "127.0.0.1,localhost,[::1]",
    _HOST,
    "host names or addresses alone, such as hub.example or [::1], without https:// and port",
)
CSRF_TRUSTED_ORIGINS = _list_of(
    "VALHUB_TRUSTED_ORIGINS", "", _ORIGIN, "origins, such as https://lab.example"
)
SECURE = _flag("VALHUB_HTTPS", default=False)
# Links that people get outside of pages begin with it.
PUBLIC_URL = read_public_url(_text("VALHUB_URL", ""), hosts=ALLOWED_HOSTS, secure=SECURE)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # For the scripts and styles of the page that shows the API's document.
    "ninja",
    "valhub.accounts",
    "valhub.analyses",
    "valhub.leaderboards",
    "valhub.jobs",
    "valhub.web",
]

MIDDLEWARE = [
    "valhub.http.request_ids.RequestLog",
    "valhub.api.problem_details.ApiProblems",
    "valhub.http.stopping.refuse_while_stopping",
    "valhub.http.slow_bodies.refuse_slow_bodies",
    "valhub.http.security_headers.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "valhub.http.unread_bodies.refuse_unread_bodies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "valhub.urls"
WSGI_APPLICATION = "valhub.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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

DATABASES = {
    "default": database_settings(_text("DATABASE_URL", f"sqlite:///{DATA / 'hub.sqlite3'}"))
}
# Our longest unique text is well below what MySQL's indexes hold today.
SILENCED_SYSTEM_CHECKS = ["mysql.W003"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
# Served from where they are installed; there is nothing to collect.
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = DATA / "files"
STORAGES = {
    "default": storage_settings(_text("VALHUB_STORAGE", ""), folder=MEDIA_ROOT),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "valhub.cloud.incoming_files.UnnamedUploadHandler",
]
# Uploads above this go to disk as they arrive, never into memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# How large uploads may be, in bytes.
MAX_ALGORITHM_BYTES = _number("VALHUB_MAX_ALGORITHM_BYTES", 100 * 1024**2, BYTES)
MAX_PACKAGE_BYTES = _number("VALHUB_MAX_PACKAGE_BYTES", 20 * 1024**3, BYTES)
# Who may have an account; see `accounts.services.admission`.
REGISTRATION = _choice("VALHUB_REGISTRATION", "open", "approval", "invitation", "closed")
# The server for mails, if the hub sends any, and whether new accounts confirm their addresses.
MAIL_SERVER = read_mail_server(_text("VALHUB_EMAIL_URL", ""))
CONFIRM_EMAIL = _flag("VALHUB_CONFIRM_EMAIL", default=False)
if CONFIRM_EMAIL and MAIL_SERVER is None:
    raise ImproperlyConfigured(
        "VALHUB_CONFIRM_EMAIL is 'yes', and the hub sends no mails; set it to no, or set "
        "VALHUB_EMAIL_URL."
    )
# The proxy that says who somebody is, if there is one: its headers, and where it connects from.
PROXY_USER_HEADER = read_header("VALHUB_PROXY_USER_HEADER", _text("VALHUB_PROXY_USER_HEADER", ""))
PROXY_EMAIL_HEADER = read_header(
    "VALHUB_PROXY_EMAIL_HEADER", _text("VALHUB_PROXY_EMAIL_HEADER", "")
)
TRUSTED_PROXIES = read_networks("VALHUB_TRUSTED_PROXIES", _text("VALHUB_TRUSTED_PROXIES", ""))
if bool(PROXY_USER_HEADER) != bool(TRUSTED_PROXIES) or (
    PROXY_EMAIL_HEADER and not PROXY_USER_HEADER
):
    raise ImproperlyConfigured(
        "VALHUB_PROXY_USER_HEADER and VALHUB_TRUSTED_PROXIES need each other, and "
        "VALHUB_PROXY_EMAIL_HEADER needs both; set them together, or none of them."
    )
# The institute's own server that says who somebody is, if there is one.
OIDC = read_client(
    issuer=_text("VALHUB_OIDC_ISSUER", ""),
    client_id=_text("VALHUB_OIDC_CLIENT_ID", ""),
    secret=_text("VALHUB_OIDC_CLIENT_SECRET", ""),
    name=_text("VALHUB_OIDC_NAME", ""),
)
if OIDC and PROXY_USER_HEADER:
    raise ImproperlyConfigured(
        "VALHUB_OIDC_ISSUER and VALHUB_PROXY_USER_HEADER both say who signs people in; set one."
    )
# How long a link in a mail works, in seconds.
PASSWORD_RESET_TIMEOUT = 24 * 3600
# Whether everyone may publish analyses, or only organisers approved by staff.
EVERYONE_MAY_PUBLISH = _choice("VALHUB_ORGANISERS", "everyone", "approved") == "everyone"
# Runs of one account on one analysis; `jobs.selectors.quotas` says which count.
QUOTA_PER_DAY = _number("VALHUB_QUOTA_PER_DAY", 100, COUNT)
QUOTA_TOTAL = _number("VALHUB_QUOTA_TOTAL", 1000, COUNT)
# Of those that end before a hidden file is judged, which count in no other, within a day.
QUOTA_IN_VAIN = _number("VALHUB_QUOTA_IN_VAIN", 100, COUNT)
QUOTA_RUNNING = _number("VALHUB_QUOTA_RUNNING", 10, COUNT)
# Runs of one account over all analyses within a day, and what its archives may hold.
QUOTA_ACCOUNT_PER_DAY = _number("VALHUB_QUOTA_ACCOUNT_PER_DAY", 300, COUNT)
QUOTA_BYTES = _number("VALHUB_QUOTA_BYTES", 40 * 1024**3, BYTES)
QUOTA_REJECTED = _number("VALHUB_QUOTA_REJECTED", 30, COUNT)
# Failed sign-ins of one user name from one address within fifteen minutes.
SIGN_IN_ATTEMPTS = _number("VALHUB_SIGN_IN_ATTEMPTS", 10, COUNT)
# Of one user name from anywhere, and from one network, within a day; then they are slowed down.
SIGN_IN_ATTEMPTS_PER_NAME = _number("VALHUB_SIGN_IN_ATTEMPTS_PER_NAME", 50, COUNT)
SIGN_IN_ATTEMPTS_PER_NETWORK = _number("VALHUB_SIGN_IN_ATTEMPTS_PER_NETWORK", 100, COUNT)
# Attempts to register from one network within a day.
REGISTRATIONS_PER_NETWORK = _number("VALHUB_REGISTRATIONS_PER_NETWORK", 20, COUNT)

# How long a lease is, in seconds; it is renewed three times in that time.
LEASE_S = _number("VALHUB_LEASE_S", 60, SECONDS)
# Poll interval of a worker without work, and interval of the sweeps, in milliseconds.
POLL_MS = _number("VALHUB_POLL_MS", 250, MILLISECONDS)
SWEEP_MS = _number("VALHUB_SWEEP_MS", 2000, MILLISECONDS)
# How many workers a run may take down before it is given up; see `jobs.services.leasing`.
MAX_DEATHS = _number("VALHUB_MAX_DEATHS", 3, COUNT)
# How many streams of events one process serves at once: a web process, in which each takes one of
# its 16 threads, and one of `valhub events`.
WEB_STREAMS = _number("VALHUB_WEB_STREAMS", 8, COUNT)
if WEB_STREAMS > MOST_WEB_STREAMS:
    raise ImproperlyConfigured(
        f"VALHUB_WEB_STREAMS is {WEB_STREAMS}; set it to at most {MOST_WEB_STREAMS}, which leaves "
        "threads for other requests. For more streams, run `valhub events`."
    )
EVENT_STREAMS = _number("VALHUB_EVENT_STREAMS", 2000, COUNT)
# The broker whose queues wake workers, if there is one; after how many seconds a message for work
# that nobody has taken is sent again, and a worker without messages polls by itself.
QUEUE = read_queue(_text("VALHUB_QUEUE", ""))
WAKE_AGAIN_S = _number("VALHUB_WAKE_AGAIN_S", 5, SECONDS)
# Distinguishes this hub from others that use the same broker or AWS account.
QUEUE_PREFIX = read_prefix(_text("VALHUB_QUEUE_PREFIX", "valhub-"))
# How workers are launched, if they are; how many for one analysis, and how long one without work
# stays; how often the hub checks whether there are enough, in milliseconds, and how many seconds
# work may wait before there are more.
LAUNCHER = read_launcher(_text("VALHUB_LAUNCHER", ""))
# Workers that `valhub up` starts itself; by default none, when others are launched.
WORKERS = (
    0
    if LAUNCHER and not _text("VALHUB_WORKERS", "")
    else _number("VALHUB_WORKERS", len(os.sched_getaffinity(0)), COUNT)
)
# Into how many shards a submission is dealt at first: several for each worker, so that nobody waits
# long for the last one. How many workers there are elsewhere, nobody knows beforehand.
SHARDS = _number("VALHUB_SHARDS", 64 if QUEUE or LAUNCHER else 4 * WORKERS, COUNT)
MAX_INSTANCES = _number("VALHUB_MAX_INSTANCES", 10, COUNT)
INSTANCE_IDLE_S = _number("VALHUB_INSTANCE_IDLE_S", 600, SECONDS)
SCALE_MS = _number("VALHUB_SCALE_MS", 10_000, MILLISECONDS)
SCALE_PATIENCE_S = _number("VALHUB_SCALE_PATIENCE_S", 60, SECONDS)
ENGINE_CACHE = Path(_text("VALHUB_CACHE", str(DATA / "cache"))).expanduser().absolute()
# The most that a package may ask for, for each of its files.
MAX_TIMEOUT_S = _number("VALHUB_MAX_TIMEOUT_S", 4 * 3600, SECONDS)
MAX_MEMORY_BYTES = _number("VALHUB_MAX_MEMORY_BYTES", 8 * 1024**3, MEMORY)
# The most submissions of one analysis that are evaluated at once, whatever it asks for.
MAX_AT_ONCE = _number("VALHUB_MAX_AT_ONCE", 10_000, COUNT)
# What making one algorithm's environment may take: seconds for each step, and what is installed;
# how many a machine makes at once.
BUILD_STEP_S = _number("VALHUB_BUILD_STEP_S", 300, SECONDS)
BUILD_BYTES = _number("VALHUB_BUILD_BYTES", 8 * 1024**3, BYTES)
BUILD_FILES = _number("VALHUB_BUILD_FILES", 200_000, COUNT)
BUILDS_AT_ONCE = _number("VALHUB_BUILDS_AT_ONCE", 2, COUNT)
# How many seconds builders may work for one account within a day.
BUILD_DAY_S = _number("VALHUB_BUILD_DAY_S", 3600, SECONDS)
# What stays free on a machine's disk: below it, the hub takes neither uploads nor work.
RESERVED_BYTES = _number("VALHUB_RESERVED_BYTES", 1024**3, BYTES)
# What a machine's cache may grow to; what was used longest ago goes first.
CACHE_BYTES = _number("VALHUB_CACHE_BYTES", 50 * 1024**3, BYTES)

# After how many days what algorithms printed and raised is removed, and what the staff did.
KEEP_LOGS_DAYS = _number_or_forever("VALHUB_KEEP_LOGS_DAYS", 180, DAYS)
KEEP_AUDIT_DAYS = _number_or_forever("VALHUB_KEEP_AUDIT_DAYS", 730, DAYS)

# A client with this bearer token may read `/metrics`; staff need none.
METRICS_TOKEN = _text("VALHUB_METRICS_TOKEN", "")

# Log lines go to standard error, and never hold a credential; see `valhub.observing.logs`.
configure_structlog()
LOGGING = logging_settings(
    _choice("VALHUB_LOG", "json", "console"),
    _choice("VALHUB_LOG_LEVEL", "INFO", "DEBUG", "WARNING", "ERROR"),
)

_refuse_unknown()
