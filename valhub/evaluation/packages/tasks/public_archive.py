"""The archive of a package's public files: what goes into it, and how it is written.

What it may have is chosen in `public_part`; here are plain values and bytes, so that the web
server can read the choice.
"""

import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

STARTER = "starter.zip"
# The archive of one content is always the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16


@dataclass(frozen=True)
class Content:
    """A file's content: that of a file below the package's folder, or a text of our own.

    Attributes
    ----------
    member : str
        Its path inside the archive.
    path : str
        Where it is in the package; empty for a text.
    """

    member: str
    path: str = ""
    text: str = ""

    def below(self, folder: str) -> "Content":
        """Give the same, where the package is below another folder."""
        return (
            replace(self, path=(PurePosixPath(folder) / self.path).as_posix())
            if self.path
            else self
        )


@dataclass(frozen=True)
class OfferedFile:
    """A public file; `metadata` is its row in the table of files."""

    name: str
    metadata: Mapping[str, str | float | int | bool | None]
    data: Content
    truth: Content


@dataclass(frozen=True)
class PublicFiles:
    """All public files of a package, and the texts that make them one.

    Attributes
    ----------
    left_out : tuple of str
        Public files whose scalar truth may be that of a file of another part.
    """

    files: tuple[OfferedFile, ...] = ()
    texts: tuple[Content, ...] = ()
    left_out: tuple[str, ...] = field(default=())

    def below(self, folder: str) -> "PublicFiles":
        """Give the same, where the package is below another folder."""
        files = (
            replace(one, data=one.data.below(folder), truth=one.truth.below(folder))
            for one in self.files
        )
        return replace(self, files=tuple(files))

    def contents(self) -> Iterator[Content]:
        """Everything that is in the archive, in order."""
        yield from self.texts
        for one in self.files:
            yield one.data
            yield one.truth

    def document(self) -> dict[str, Any]:
        """The form in which a reader reports it."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "PublicFiles":
        """Read what a reader reported."""
        files = (
            OfferedFile(
                one["name"], one["metadata"], Content(**one["data"]), Content(**one["truth"])
            )
            for one in document["files"]
        )
        texts = (Content(**one) for one in document["texts"])
        return cls(tuple(files), tuple(texts), tuple(document["left_out"]))


def write_archive(public: PublicFiles, package: Path, target: Path) -> None:
    """Write the archive, with no file in memory as a whole."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for content in public.contents():
            member = zipfile.ZipInfo(content.member, _DATE)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, _MODE
            if not content.path:
                archive.writestr(member, content.text)
                continue
            source = package / content.path
            member.file_size = source.stat().st_size
            with source.open("rb") as data, archive.open(member, "w") as packed:
                shutil.copyfileobj(data, packed, 1024 * 1024)
