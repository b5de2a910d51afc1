"""How log lines are written: as JSON or for a person's eyes, always without credentials.

Everything goes to standard error, through one chain, whether it comes from Django, a library or
the hub. A line carries what is bound to the context: request, account, submission, shard. What is
logged is up to the code that logs it.
"""

import re
from collections.abc import Mapping

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from valhub.texts import cut

_SECRET_KEYS = re.compile(r"passw|secret|token|authorization|cookie|credential|session", re.I)
_NAMED = r"""(?:passw|secret|token)[\w-]*["']?\s*[=:]\s*"""
# Credentials inside a text: what stays before them, what they are, what stays after them.
_SECRET_TEXTS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"""({_NAMED}(?P<quote>["']))(?:.*?)((?P=quote))""",
        rf"""({_NAMED})[^\s"'&,;}}]+()""",
        r"""((?:cookie|authorization)["']?\s*[=:]\s*["']?)[^"'\n]+()""",
        r"""(://[^/\s:@]*:)[^/\s@]+(@)""",
    )
)
HIDDEN = "[hidden]"
# Lines quote what strangers sent: it neither fills the log nor acts on the terminal that shows it.
_LONGEST = 20_000
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def hide_credentials(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank out what looks like a credential, by its key or within a text."""
    return {key: _hidden(key, value) for key, value in event.items()}


def _hidden(key: str, value: object) -> object:
    if _SECRET_KEYS.search(key):
        return HIDDEN
    if isinstance(value, str):
        return _without_credentials(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", cut(value, _LONGEST)))
    if isinstance(value, Mapping):
        return {name: _hidden(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden("", inner) for inner in value]
    return value


def _without_credentials(text: str) -> str:
    for pattern in _SECRET_TEXTS:
        text = pattern.sub(lambda found: f"{found[1]}{HIDDEN}{found[found.re.groups]}", text)
    return text


def on_one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep an event on its line: what it quotes could pass for a line of the hub's own."""
    return {**event, "event": str(event.get("event", "")).replace("\n", "\\n")}


# What is done to every line before it is drawn.
_CHAIN: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
)


def configure_structlog() -> None:
    """Send what the hub logs through Python's own logging, and so through the one chain."""
    structlog.configure(
        processors=[*_CHAIN, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def logging_settings(style: str, level: str) -> dict[str, object]:
    """Make Django's LOGGING.

    Parameters
    ----------
    style : {"json", "console"}
        One JSON object a line, or lines for a person's eyes.
    level : str
        The least level that is written, as `logging` names it.
    """
    renderers: list[Processor] = (
        [structlog.processors.JSONRenderer()]
        if style == "json"
        else [on_one_line, structlog.dev.ConsoleRenderer(colors=False)]
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": list(_CHAIN),
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            hide_credentials,
            *renderers,
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"hub": formatter},
        "handlers": {
            "hub": {"class": "logging.StreamHandler", "formatter": "hub"},
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["hub"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # Every request has its own line already; the hub's own faults bring their traceback.
            "django.request": {"level": "ERROR"},
            # The development server writes the whole address, in which a documented sign-in may
            # carry a password; the hub logs every request itself.
            "django.server": {"handlers": ["nowhere"], "propagate": False},
            # Its debugging lines contain session tokens and what is signed.
            "botocore": {"level": "ERROR" if level == "ERROR" else "WARNING"},
        },
    }
