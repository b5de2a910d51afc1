"""What one place of this machine's pip or uv configuration says about package indexes.

Each place (the environment, a uv.toml, a pip.conf) becomes one `IndexSettings`. Which place
takes precedence is decided in `package_index`, not here.
"""

import configparser
import shlex
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from valhub.evaluation.errors import EvaluationError

_TRUE = {"1", "true", "yes", "on", "y", "t"}


class InvalidIndexSettings(EvaluationError):
    """A pip or uv configuration file on this machine cannot be read. Correct that file."""

    code = "invalid-index-settings"


@dataclass(frozen=True)
class IndexSettings:
    """What one place says; None or empty where it says nothing.

    Attributes
    ----------
    tool : str
        Whose configuration this is, `uv` or `pip`.
    default, extra : str or None, tuple of str
        Index addresses or folders, as written.
    find_links : tuple of str
        Folders or pages with wheels, as written.
    strategy : str or None
        uv's word for how several indexes are read together.
    """

    tool: str
    default: str | None = None
    extra: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool | None = None
    ca_bundle: str | None = None
    strategy: str | None = None


def uv_environment(environ: Mapping[str, str]) -> IndexSettings:
    """Read uv's environment variables."""
    indexes = environ.get("UV_INDEX", "").split() or environ.get("UV_EXTRA_INDEX_URL", "").split()
    return IndexSettings(
        "uv",
        default=_unnamed(environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL")),
        extra=tuple(_unnamed(index) or "" for index in indexes),
        find_links=tuple(environ.get("UV_FIND_LINKS", "").replace(",", " ").split()),
        no_index=_flag(environ.get("UV_NO_INDEX")),
        ca_bundle=environ.get("SSL_CERT_FILE") or None,
        strategy=environ.get("UV_INDEX_STRATEGY") or None,
    )


def uv_file(path: Path) -> IndexSettings:
    """Read a uv.toml; one that does not exist says nothing.

    Raises
    ------
    InvalidIndexSettings
        When the file is not TOML or cannot be read.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return IndexSettings("uv")
    except (OSError, ValueError) as error:
        raise InvalidIndexSettings(f"{path} cannot be read ({error}). Correct it.") from error
    try:
        return _uv_table({**document, **document.get("pip", {})})
    except (TypeError, KeyError, AttributeError) as error:
        raise InvalidIndexSettings(
            f"The indexes in {path} are malformed. Correct that file."
        ) from error


def _uv_table(table: Mapping[str, Any]) -> IndexSettings:
    # An index marked explicit serves only packages pinned to it by a project, so not ours.
    listed = [index for index in table.get("index", []) if not index.get("explicit")]
    defaults = [index["url"] for index in listed if index.get("default")]
    extra = [index["url"] for index in listed if not index.get("default")]
    return IndexSettings(
        "uv",
        default=defaults[0] if defaults else table.get("index-url"),
        extra=tuple(extra or table.get("extra-index-url", ())),
        find_links=tuple(table.get("find-links", ())),
        no_index=table.get("no-index"),
        strategy=table.get("index-strategy"),
    )


def pip_environment(environ: Mapping[str, str]) -> IndexSettings:
    """Read pip's environment variables and the certificate variables that pip honours."""
    bundles = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    return IndexSettings(
        "pip",
        default=environ.get("PIP_INDEX_URL") or None,
        extra=tuple(environ.get("PIP_EXTRA_INDEX_URL", "").split()),
        find_links=tuple(environ.get("PIP_FIND_LINKS", "").split()),
        no_index=_flag(environ.get("PIP_NO_INDEX")),
        ca_bundle=next((environ[name] for name in bundles if environ.get(name)), None),
    )


def pip_file(path: Path) -> IndexSettings:
    """Read a pip.conf; its `[install]` section counts more than `[global]`.

    Raises
    ------
    InvalidIndexSettings
        When the file cannot be read as pip's configuration.
    """
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return IndexSettings("pip")
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise InvalidIndexSettings(f"{path} cannot be read. Correct it.") from error
    sections = [parser[name] for name in ("global", "install") if parser.has_section(name)]
    return _pip_table({key: value for section in sections for key, value in section.items()})


def _pip_table(table: Mapping[str, str]) -> IndexSettings:
    # pip accepts both spellings of a key, index-url and index_url.
    values = {key.replace("_", "-"): value.strip() for key, value in table.items()}
    return IndexSettings(
        "pip",
        default=values.get("index-url") or None,
        extra=_words(values.get("extra-index-url", "")),
        find_links=_words(values.get("find-links", "")),
        no_index=_flag(values.get("no-index")),
        ca_bundle=values.get("cert") or None,
    )


def _words(value: str) -> tuple[str, ...]:
    """Split a value that may run over several lines; a folder with a space may be quoted."""
    lines: Iterable[str] = (line.strip() for line in value.splitlines())
    return tuple(word for line in lines for word in shlex.split(line, comments=False))


def _unnamed(index: str | None) -> str | None:
    """Drop the name that uv allows before an address (`name=https://…`)."""
    if not index:
        return None
    name, equals, address = index.partition("=")
    return address if equals and name.replace("-", "").replace("_", "").isalnum() else index


def _flag(value: str | None) -> bool | None:
    return None if not value else value.strip().lower() in _TRUE
