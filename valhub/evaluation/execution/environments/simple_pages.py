"""Pages of the simple repository API (PEP 503 as HTML, PEP 691 as JSON): read and written.

Only the page and its links live here; fetching one is up to `index_sources`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.received_values import problem_of

JSON_PAGE = "application/vnd.pypi.simple.v1+json"
ACCEPTED_PAGES = f"{JSON_PAGE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


class UnreadablePage(EvaluationError):
    """The index answered with something that is not a page of the simple repository API."""

    code = "unreadable-page"


@dataclass(frozen=True)
class FileLink:
    """One distribution file as an index offers it.

    Attributes
    ----------
    url : str
        Where the index says the file is; absolute.
    hashes : mapping of str to str
        Hexadecimal digests by algorithm; may be empty.
    core_metadata : bool or mapping of str to str
        Whether `url` + `.metadata` exists (PEP 658), with its digests where the index gives them.
    """

    filename: str
    url: str
    hashes: Mapping[str, str] = field(default_factory=dict)
    requires_python: str | None = None
    yanked: bool | str = False
    core_metadata: bool | Mapping[str, str] = False
    size: int | None = None
    upload_time: str | None = None

    @property
    def is_wheel(self) -> bool:
        """Return whether the file installs without running code of its own."""
        return self.filename.endswith(".whl")


def read_page(body: bytes, content_type: str, url: str) -> tuple[FileLink, ...]:
    """Read the links of an index page.

    Parameters
    ----------
    body : bytes
        The page, JSON or HTML by `content_type`.
    url : str
        Address the page came from; relative links are resolved against it.

    Raises
    ------
    UnreadablePage
        When the page is neither.
    """
    text = body.decode("utf-8", errors="replace")
    try:
        if "json" not in content_type:
            return _read_html(text, url)
        page = json.loads(text)
        if problem_of(page):
            raise ValueError(problem_of(page))
        return tuple(_from_json(entry, url) for entry in page["files"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadablePage("it is not a page of the simple repository API") from error


def write_page(project: str, links: Iterable[tuple[FileLink, str]]) -> bytes:
    """Write a PEP 691 page in which each link has the given address instead of its own."""
    files = [_to_json(link, address) for link, address in links]
    return json.dumps({"meta": {"api-version": "1.0"}, "name": project, "files": files}).encode()


def project_of(filename: str) -> str | None:
    """Return the canonical project name of a distribution file, None when it is not one."""
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[0]
        return parse_sdist_filename(filename)[0]
    except InvalidWheelFilename:
        # Old wheels with unusual versions are still offered under their project.
        return canonicalize_name(filename.partition("-")[0])
    except InvalidSdistFilename:
        return None


def version_of(filename: str) -> Version | None:
    """Return the version of a distribution file, None when its name does not show one."""
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1]
        return parse_sdist_filename(filename)[1]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def _from_json(entry: Mapping[str, Any], page_url: str) -> FileLink:
    metadata = entry.get("core-metadata", entry.get("dist-info-metadata", False))
    uploaded = entry.get("upload-time")
    return FileLink(
        filename=str(entry["filename"]),
        url=urljoin(page_url, str(entry["url"])),
        hashes=dict(entry.get("hashes") or {}),
        requires_python=entry.get("requires-python"),
        yanked=entry.get("yanked", False),
        core_metadata=metadata,
        size=entry.get("size"),
        upload_time=uploaded if isinstance(uploaded, str) else None,
    )


def _to_json(link: FileLink, address: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "filename": link.filename,
        "url": address,
        "hashes": dict(link.hashes),
        "yanked": link.yanked,
        "core-metadata": link.core_metadata,
    }
    optional = {
        "requires-python": link.requires_python,
        "size": link.size,
        "upload-time": link.upload_time,
    }
    return entry | {key: value for key, value in optional.items() if value is not None}


def _read_html(text: str, url: str) -> tuple[FileLink, ...]:
    anchors = _Anchors(url)
    anchors.feed(text)
    anchors.close()
    return tuple(_from_anchor(href, attributes) for href, attributes in anchors.found)


class _Anchors(HTMLParser):
    """Collects the links of a PEP 503 page with their attributes."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.base = url
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        href = attributes.get("href")
        if tag == "base" and href:
            self.base = urljoin(self.base, href)
        elif tag == "a" and href:
            self.found.append((urljoin(self.base, href), attributes))


def _from_anchor(href: str, attributes: Mapping[str, str | None]) -> FileLink:
    url, fragment = urldefrag(href)
    metadata = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata"))
    has_metadata = "data-core-metadata" in attributes or "data-dist-info-metadata" in attributes
    return FileLink(
        filename=unquote(urlsplit(url).path.rpartition("/")[2]),
        url=url,
        hashes=_hashes(fragment),
        requires_python=attributes.get("data-requires-python"),
        yanked=(attributes["data-yanked"] or True) if "data-yanked" in attributes else False,
        core_metadata=_hashes(metadata or "") or has_metadata,
    )


def _hashes(text: str) -> dict[str, str]:
    """Read `sha256=…`, as a link's fragment or a metadata attribute writes it."""
    pairs = (part.partition("=") for part in text.split("&"))
    return {
        name: digest
        for name, _, digest in pairs
        if name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b")
    }
