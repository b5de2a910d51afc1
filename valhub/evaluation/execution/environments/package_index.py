"""The package index of this machine, as its pip and uv configuration name it.

No index is written into this code: without any configuration, uv itself names the default. How to
read an index is up to `index_sources`.
"""

import functools
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import uv

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.execution.environments.index_settings import (
    IndexSettings,
    pip_environment,
    pip_file,
    uv_environment,
    uv_file,
)

Said = TypeVar("Said")


class NoPackageIndex(EvaluationError):
    """No package index can be reached. Check the network and this machine's pip configuration."""

    code = "no-package-index"


@dataclass(frozen=True)
class PackageIndex:
    """Where this machine takes its packages from.

    Attributes
    ----------
    urls : tuple of str
        Indexes (https, http, file), the most preferred first. May hold credentials: show them
        through `index_name` only.
    find_links : tuple of str
        Folders or pages that hold wheels of any project.
    ca_bundle : Path or None
        Certificates to trust; None means the system's.
    merged : bool
        True when every index is searched for the best version, as pip does; False when the
        first index that has a project is the only one asked for it, as uv does.
    """

    urls: tuple[str, ...]
    find_links: tuple[str, ...] = ()
    ca_bundle: Path | None = None
    merged: bool = True

    @property
    def fingerprint(self) -> str:
        """Hash of where packages come from, free of credentials."""
        places = [*map(_without_credentials, self.urls), "", *self.find_links, str(self.merged)]
        return hashlib.sha256("\n".join(places).encode()).hexdigest()


def configured_package_index(
    environ: Mapping[str, str] | None = None, *, system: Path = Path("/etc")
) -> PackageIndex:
    """Read the package index that this machine's pip and uv configuration name.

    For each key the first place that names it wins: uv's environment variables, its user file,
    its system file, then pip's in the same order.

    Parameters
    ----------
    environ : mapping, optional
        The environment; this process's by default.
    system : Path, optional
        Folder with the system-wide configuration.

    Raises
    ------
    InvalidIndexSettings
        When a configuration file cannot be read.
    NoPackageIndex
        When nothing is configured and uv names no default.
    """
    environ = os.environ if environ is None else environ
    settings = [*_uv_settings(environ, system), *_pip_settings(environ, system)]
    ca_bundle = _first(place.ca_bundle for place in settings)
    return PackageIndex(
        urls=_urls(settings),
        find_links=tuple(map(_address, _first(place.find_links for place in settings) or ())),
        ca_bundle=Path(ca_bundle) if ca_bundle else None,
        merged=_is_merged(settings),
    )


def index_name(url: str) -> str:
    """Name an index for people and logs: its host or folder, never its credentials."""
    parts = urlsplit(url)
    return parts.hostname or parts.path


def without_credentials(text: str) -> str:
    """Blank out user names, passwords and query strings of every address in a text."""
    text = re.sub(r"(?<=://)[^/\s@]+@", "", text)
    return re.sub(r"(\w+://[^\s?]+)\?\S+", r"\1", text)


def _without_credentials(url: str) -> str:
    return without_credentials(url).rstrip("/")


def _uv_settings(environ: Mapping[str, str], system: Path) -> list[IndexSettings]:
    if environ.get("UV_NO_CONFIG"):
        return [uv_environment(environ)]
    if chosen := environ.get("UV_CONFIG_FILE"):
        return [uv_environment(environ), uv_file(Path(chosen))]
    files = [_config_home(environ) / "uv/uv.toml", system / "xdg/uv/uv.toml", system / "uv/uv.toml"]
    return [uv_environment(environ), *map(uv_file, files)]


def _pip_settings(environ: Mapping[str, str], system: Path) -> list[IndexSettings]:
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:  # pip's way of asking for no configuration file at all
        return [pip_environment(environ)]
    files = [Path(chosen)] if chosen else []
    files += [
        Path(sys.prefix) / "pip.conf",
        _config_home(environ) / "pip/pip.conf",
        _home(environ) / ".pip/pip.conf",
        system / "pip.conf",
        system / "xdg/pip/pip.conf",
    ]
    return [pip_environment(environ), *map(pip_file, files)]


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ["HOME"]) if environ.get("HOME") else Path("~").expanduser()


def _config_home(environ: Mapping[str, str]) -> Path:
    chosen = environ.get("XDG_CONFIG_HOME")
    return Path(chosen) if chosen else _home(environ) / ".config"


def _first(values: Iterable[Said | None]) -> Said | None:
    """Return what the first place that says anything says."""
    return next((value for value in values if value), None)


def _urls(settings: Sequence[IndexSettings]) -> tuple[str, ...]:
    said = (place.no_index for place in settings if place.no_index is not None)
    if next(said, False):
        return ()
    extra = _first(place.extra for place in settings) or ()
    default = _first(place.default for place in settings) or default_index_url()
    return tuple(dict.fromkeys(map(_address, (*extra, default))))


def _is_merged(settings: Sequence[IndexSettings]) -> bool:
    if strategy := _first(place.strategy for place in settings):
        return strategy != "first-index"
    return not any(place.tool == "uv" and (place.default or place.extra) for place in settings)


def _address(place: str) -> str:
    """Write a folder as the address it stands for; leave an address as it is."""
    return place if "://" in place else Path(place).expanduser().absolute().as_uri()


@functools.cache
def default_index_url() -> str:
    """Ask uv which index it uses when none is configured.

    Raises
    ------
    NoPackageIndex
        When uv does not say.
    """
    command = [uv.find_uv_bin(), "pip", "compile", "--help", "--no-config"]
    help_page = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    words = re.sub(r"\s+", " ", help_page.stdout)
    found = re.search(r"--default-index <DEFAULT_INDEX> [^<]*<(https?://[^>\s]+)>", words)
    if found is None:
        raise NoPackageIndex
    return found.group(1)
