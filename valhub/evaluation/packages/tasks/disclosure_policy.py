"""What a task package declares about showing results on its hidden files.

Only values live here: the hub stores them with a version, and its web server reads them without
loading what reads packages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE = '{"scores": "slices", "signed": false, "digits": 4}'
# What a file shares with the files before it: the sandbox of the whole run, or nothing.
Isolation = Literal["run", "file"]
# From so many hidden files on, a number over them says little about one of them.
LEAST_FILES = 5
_MOST_DIGITS = 17  # a float has no more


class DisclosurePolicy(BaseModel):
    """What participants see of hidden files; the key `disclosure` of `config.json`.

    Attributes
    ----------
    scores : str
        What scores are shown for: the whole alone, each slice too, or each file too.
    signed : bool
        Whether signed errors of fewer than five files are shown.
    digits : int
        How many significant digits are shown.
    release : str
        Whether every run shows its scores, or only one that improves on its author's best.
    costs : str
        Whether run time, CPU time and memory are shown for each file, or in sum.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scores: Literal["aggregates", "slices", "files"] = Field(
        default="slices", description='"aggregates", "slices" or "files"'
    )
    signed: bool = Field(default=False, strict=True, description="true or false")
    digits: Annotated[int, Field(strict=True, ge=1, le=_MOST_DIGITS)] = Field(
        default=4, description=f"a whole number from 1 to {_MOST_DIGITS}"
    )
    release: Literal["every", "improvement"] = Field(
        default="every", description='"every" or "improvement"'
    )
    costs: Literal["files", "aggregates"] = Field(
        default="aggregates", description='"files" or "aggregates"'
    )


@dataclass(frozen=True)
class Declared:
    """Everything that a package declares about showing and comparing results.

    Attributes
    ----------
    smallest_difference : float
        The smallest difference that matters, in the unit of the metric that ranks.
    private_results_columns : tuple of str or None
        The per-file columns that an author may see, by name; None for all of them. It has the names
        of metadata columns too, as the package wrote them.
    """

    policy: DisclosurePolicy = field(default_factory=DisclosurePolicy)
    smallest_difference: float = 0.0
    isolation: Isolation = "run"
    private_results_columns: tuple[str, ...] | None = None

    def document(self) -> dict[str, Any]:
        """The form in which a version stores it."""
        columns = self.private_results_columns
        return {
            "policy": self.policy.model_dump(mode="json"),
            "smallest_difference": self.smallest_difference,
            "isolation": self.isolation,
            "private_results_columns": None if columns is None else list(columns),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Declared":
        """Read what `document` gave; what it lacks has its default.

        It was checked when the package was read, and a later release may have added to it.
        """
        columns = document.get("private_results_columns")
        return cls(
            policy=DisclosurePolicy.model_construct(**document.get("policy", {})),
            smallest_difference=document.get("smallest_difference", 0.0),
            isolation=document.get("isolation", "run"),
            private_results_columns=None if columns is None else tuple(columns),
        )
