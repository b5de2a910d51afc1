"""What an operation consists of: requests, and pauses between them.

An operation is a generator. It yields what is to be done, is sent what came of it, and returns its
value, so that the same code runs in a program that waits and in one that awaits.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

V1 = "/api/v1"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A request to the hub.

    Attributes
    ----------
    document : object, optional
        What is sent as JSON.
    fields, files : mapping, optional
        What is sent as a form, with files by the name of their field.
    into : Path, optional
        Where the body of a good answer is written; it is then not in the answer.
    """

    method: str = "GET"
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    document: object = None
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    accept: str = "application/json"
    into: Path | None = None


@dataclass(frozen=True)
class Pause:
    """A time in which nothing is done."""

    seconds: float


@dataclass(frozen=True)
class Answer:
    """What the hub answered, or something in its place; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def media_type(self) -> str:
        """What the body is, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class NoAnswer:
    """Why there is none, as the end of a sentence."""

    reason: str


Steps: TypeAlias = Generator[Ask | Pause, Any, T]


def answer_to(request: Ask) -> Steps[Answer | NoAnswer]:
    """Take the step of a request."""
    answer: Answer | NoAnswer = yield request
    return answer


def pause(seconds: float) -> Steps[None]:
    """Take the step of a pause."""
    yield Pause(seconds)
