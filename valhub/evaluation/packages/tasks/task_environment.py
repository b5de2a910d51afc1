"""What a task package declares about the environment that algorithms run in.

It lets the same .zip score the same next year: which Python, which packages are there without being
required, and until when a package must have been uploaded to count.
"""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from valhub.evaluation.packages.requirements.requirements_txt import requirement_of
from valhub.evaluation.packages.requirements.upload_dates import read_upload_limit

EXAMPLE = '{"python": "3.11", "packages": ["pvlib==0.13.0"], "exclude_newer": "2026-01-31"}'
_PYTHON = re.compile(r"(3\.(?:9|[1-9]\d))(?:\.\d{1,3})?")  # the guest runs on 3.9 and newer
_MOST_PACKAGES = 200
# Data reaches an algorithm as these types, so it has them even when its author forgot.
ALWAYS_INSTALLED = ("numpy", "pandas", "tzdata")


def _python(text: str) -> str:
    found = _PYTHON.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text[:40]}" is not a Python version from 3.9 on, such as 3.11')
    return found[1]


def _requirement(text: str) -> str:
    requirement = requirement_of(text.strip())
    if isinstance(requirement, tuple):
        raise ValueError(" ".join(requirement).rstrip("."))
    return str(requirement)


def _read_by(read: Callable[[str], str]) -> AfterValidator:
    """Let pydantic report what `read` says, without words of its own."""

    def checked(text: str) -> str:
        try:
            return read(text)
        except ValueError as error:
            problem = {"problem": str(error)}
            raise PydanticCustomError("environment", "{problem}", problem) from error

    return AfterValidator(checked)


class TaskEnvironment(BaseModel):
    """A task's environment; None and empty leave the choice to algorithms and the hub.

    Attributes
    ----------
    python : str or None
        The Python of algorithms that ask for none, such as `3.11`.
    packages : tuple of str
        Requirements that hold for algorithms that do not name the same project.
    exclude_newer : str or None
        Packages uploaded later do not count; see `upload_dates`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    python: Annotated[str, _read_by(_python)] | None = None
    packages: tuple[Annotated[str, _read_by(_requirement)], ...] = Field(
        default=(), max_length=_MOST_PACKAGES
    )
    exclude_newer: Annotated[str, _read_by(read_upload_limit)] | None = None

    @property
    def provided(self) -> tuple[str, ...]:
        """Requirements that an algorithm need not name."""
        return (*self.packages, *ALWAYS_INSTALLED)
