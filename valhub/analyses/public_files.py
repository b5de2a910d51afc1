"""A file that participants can download, with its truth, as a version's public part stores it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

FOLDER = "public_files"


class Keys:
    """Keys for the files of one public part, which nothing else has."""

    def __init__(self) -> None:
        self._part = f"{FOLDER}/{uuid4().hex}"

    def of(self, what: str, name: str) -> str:
        """Give a key with the ending of a file's name."""
        return f"{self._part}-{what}{PurePosixPath(name).suffix.lower()}"


def part_of_key(key: str) -> str:
    """Say of which part a key is: all of one part begin alike."""
    return key.partition("-")[0]


@dataclass(frozen=True)
class StoredCopy:
    """A stored file, and what it is called when it is sent."""

    key: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class PublicFile:
    """One public file.

    Attributes
    ----------
    metadata : mapping of str to value
        What algorithms learn about it, with its system.
    """

    name: str
    metadata: Mapping[str, str | float | int | bool | None]
    data: StoredCopy
    truth: StoredCopy

    def document(self) -> dict[str, Any]:
        """The form in which a public part stores it."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "PublicFile":
        """Read what a public part stores."""
        data, truth = (StoredCopy(**document[one]) for one in ("data", "truth"))
        return cls(document["name"], document["metadata"], data, truth)
