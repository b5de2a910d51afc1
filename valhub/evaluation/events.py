"""What an evaluation reports while it runs."""

from dataclasses import dataclass

from valhub.evaluation.results import FileOutcome


@dataclass(frozen=True)
class Preparing:
    """Something is being prepared; `what` says it as a sentence."""

    what: str


@dataclass(frozen=True)
class Notice:
    """Something that the user should know, and that stays on the screen; `what` is a sentence."""

    what: str


@dataclass(frozen=True)
class Started:
    """The first files are about to run."""

    files: int


@dataclass(frozen=True)
class FileDone:
    """One more file has its result."""

    result: FileOutcome
    done: int
    total: int


@dataclass(frozen=True)
class Finished:
    """Every file has its result."""


Event = Preparing | Notice | Started | FileDone | Finished
