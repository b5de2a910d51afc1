"""What an organiser writes about an analysis, and its limits."""

from collections.abc import Iterator
from dataclasses import dataclass

from valhub.errors import FieldFault, InvalidFields
from valhub.texts import name_problem, normal_name, text_problem

NAME_LENGTH = 200
TEXT_LENGTH = 200_000
MOST_AT_ONCE = 10_000
_NAMES = ("analysis_name", "annotation_file_name", "primary_metric")
_TEXTS = ("description", "short_description", "ruleset", "dataset_description")


@dataclass(frozen=True)
class AnalysisFields:
    """The texts and numbers that come with a package.

    Attributes
    ----------
    analysis_name : str
        The title.
    description, short_description, ruleset, dataset_description : str
        Markdown, for people.
    annotation_file_name : str
        The file of a script package that holds the truth.
    max_concurrent_submission_evaluation : int
        How many submissions may be evaluated at once.
    primary_metric : str
        What ranks a script package's board, as `split.metric`; empty for the first one it returns.
    lower_is_better : bool
        Whether less is better in a script package's metrics.
    """

    analysis_name: str
    description: str = ""
    short_description: str = ""
    ruleset: str = ""
    dataset_description: str = ""
    annotation_file_name: str = "test_annotation.txt"
    max_concurrent_submission_evaluation: int = 100
    primary_metric: str = ""
    lower_is_better: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "analysis_name", normal_name(self.analysis_name))

    def check(self) -> None:
        """Raise `InvalidFields` with everything that cannot be stored as it is."""
        faults = tuple(self._faults())
        if faults:
            raise InvalidFields(faults)

    def _faults(self) -> Iterator[FieldFault]:
        for name in _NAMES:
            yield from _fault(name, name_problem(getattr(self, name), NAME_LENGTH))
        for name in _TEXTS:
            text = getattr(self, name)
            yield from _fault(name, text_problem(text, TEXT_LENGTH, has_lines=True))
        if not self.analysis_name.strip():
            yield FieldFault("analysis_name", "It is empty. Give the analysis a name.")
        if not self.annotation_file_name or "/" in self.annotation_file_name:
            yield FieldFault(
                "annotation_file_name",
                "It must be the name of a file at the top of the package, without any folder.",
            )
        if not 1 <= self.max_concurrent_submission_evaluation <= MOST_AT_ONCE:
            yield FieldFault(
                "max_concurrent_submission_evaluation",
                f"It is out of range. Write a whole number from 1 to {MOST_AT_ONCE:,}.",
            )


def _fault(name: str, problem: tuple[str, str] | None) -> Iterator[FieldFault]:
    if problem:
        yield FieldFault(name, " ".join(problem))
