"""Why an environment could not be made, and who is at fault.

`InvalidRequirements` and its subclasses are the algorithm's fault; every other error raised while
making an environment is this machine's. uv's messages are shortened here for their reader.
"""

import re

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.execution.environments.resolution_hints import hints

_LONGEST = 1200
_PREAMBLE = re.compile(r"^(error: )?(No solution found when resolving dependencies:? )?(cause: )?")
_BUILD_HINT = re.compile(
    r" ?hint: Wheels are required for \S+ because [^()]*\([^()]*--no-build`\)\.?"
)
_DRAWING = " \t\u00d7\u251c\u2570\u2500\u25b6\u2502"  # what uv draws its explanations with


class InvalidRequirements(EvaluationError):
    """The algorithm's requirements cannot be installed."""

    code = "invalid-requirements"


class UnresolvableRequirements(InvalidRequirements):
    """No set of wheels satisfies the requirements. Loosen them, or choose other versions."""

    code = "unresolvable-requirements"


class EnvironmentTooLarge(InvalidRequirements):
    """The required packages exceed the disk limit of an environment. Require fewer packages."""

    code = "environment-too-large"


class InstallFailed(EvaluationError):
    """The installer failed. This is not the algorithm's fault; try again."""

    code = "install-failed"


class NoRoom(InstallFailed):
    """The disk of this machine is full. Make room on it, and try again."""

    code = "no-room"


class InstallTimeout(EvaluationError):
    """Making the environment took too long. Require fewer packages, or pin versions with ==."""

    code = "install-timeout"

    @classmethod
    def after(cls, seconds: float) -> "InstallTimeout":
        """Build the error of a step that was ended after so many seconds."""
        return cls(
            f"Making the environment was stopped, as one step of it took longer than {seconds:g} "
            "s. Require fewer packages, or pin versions with ==. If the package index was slow, "
            "submit the algorithm again."
        )


class InstallCancelled(EvaluationError):
    """Making the environment was cancelled."""

    code = "install-cancelled"


class EnvironmentNotReady(EvaluationError):
    """The environment is not made yet, and this process does not make any.

    Attributes
    ----------
    name : str
        Hash of what is to be made; the same for everybody who waits for the same.
    """

    code = "environment-not-ready"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def unresolvable(said: str, exclude_newer: str | None = None) -> UnresolvableRequirements:
    """Build the participant's explanation from what uv said on standard error.

    Parameters
    ----------
    exclude_newer : str, optional
        The day or time after which uploads did not count.
    """
    newest = (
        f" Only versions uploaded until {exclude_newer} count; require a newer one with ==, and"
        " each newer package that it needs."
    )
    reason = shortened(said)
    plain = _BUILD_HINT.sub("", reason)  # people cannot set uv's option, and the hints say it
    return UnresolvableRequirements(
        f"requirements.txt cannot be satisfied with wheels: {plain}{hints(reason)}"
        " Loosen the versions, or require packages that publish wheels for this Python."
        f"{newest if exclude_newer else ''}"
    )


def shortened(said: str) -> str:
    """Shorten what uv said, without box drawing and without this machine's addresses and paths.

    Parameters
    ----------
    said : str
        uv's standard error.
    """
    lines = (line.strip(_DRAWING) for line in said.splitlines())
    kept = (line for line in lines if line and not line.startswith(("warning:", "DEBUG", "Using")))
    text = re.sub(r"\s+", " ", " ".join(kept))
    text = re.sub(r"\(?https?://\S+", "the package index", text)
    text = re.sub(r"`?(?<![\w.])/(?:[\w.@+-]+/)+[\w.@+-]*`?", "a file", text)
    text = _PREAMBLE.sub("", text).strip().rstrip(".")
    return f"{text}." if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
