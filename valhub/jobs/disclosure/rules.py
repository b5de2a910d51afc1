"""What each reader may see of the results on one version: every decision is made here.

The decisions are on plain values: who reads, which part a file is in, what the version declares,
and of how many files and systems a number is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db.models import Count, Q

from valhub.analyses.disclosure import policy_of
from valhub.analyses.models import AnalysisVersion, DataFile
from valhub.evaluation.packages.tasks.disclosure_policy import (
    LEAST_FILES,
    Declared,
    DisclosurePolicy,
)
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.results import Best
from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.models import Run, Status

# A slice of a single system is that system's own score.
LEAST_SYSTEMS = 2

NOT_SHOWN = "not shown"
FEW_SIGNED = f"not shown: signed errors of fewer than {LEAST_FILES} hidden files"
FEW_IN_SLICE = f"not shown: fewer than {LEAST_FILES} scored hidden files or {LEAST_SYSTEMS} systems"
# Costs are shown as costs, whatever a package has computed from them.
COST_METRICS = frozenset({"runtime", "cpu_time", "peak_memory"})
# Of one file, their sign gives away on which side its truth lies.
SIGNED_METRICS = ("angular_error", "error", "mean_bias_error")


@dataclass(frozen=True)
class Rules:
    """What readers may see of the results on one version.

    Attributes
    ----------
    revealed : bool
        Whether the organiser has revealed the final part.
    released : bool
        Whether the run in question shows its results at all; see `rules_of_run`.
    known_files : int
        How many files that count on the board are public: their scores are known in full, so a
        number over them and hidden files is a number over the hidden ones.
    board_files, final_files : int
        How many files count on the board outside the final part, and in it.
    """

    declared: Declared = field(default_factory=Declared)
    revealed: bool = False
    released: bool = True
    known_files: int = 0
    board_files: int = 0
    final_files: int = 0

    @property
    def policy(self) -> DisclosurePolicy:
        """What the version declares about its hidden files."""
        return self.declared.policy

    def in_full(self, reader: Reader) -> bool:
        """Whether a reader has the data and its truth anyway."""
        return reader in (Reader.ORGANISER, Reader.STAFF)

    def digits(self, reader: Reader) -> int | None:
        """How many significant digits a reader sees of hidden files; None for all."""
        return None if self.in_full(reader) else self.policy.digits

    def shows_results(self, reader: Reader, part: str) -> bool:
        """Whether a reader sees the verdict of a file in a part."""
        if self.in_full(reader):
            return True
        shown = part == Part.PUBLIC or (self.released and self.counts_files(reader, part))
        return reader is Reader.AUTHOR and shown

    def counts_files(self, reader: Reader, part: str) -> bool:
        """Whether a reader may know how many files of a part are done."""
        return self.in_full(reader) or part != Part.FINAL or self.revealed

    def shows_scores(self, reader: Reader, part: str) -> bool:
        """Whether a reader sees scores over all files of a part; a board has released runs."""
        return self.in_full(reader) or (self.released and self.counts_files(reader, part))

    def of_final_part(self) -> "Rules":
        """The same rules for numbers over the final part, where no file is public."""
        return replace(self, known_files=0)

    def shows_all_of(self, reader: Reader, part: str) -> bool:
        """Whether nothing of a file's numbers is held back."""
        return self.in_full(reader) or (reader is Reader.AUTHOR and part == Part.PUBLIC)

    def shows_metric(self, reader: Reader, part: str, name: str) -> bool:
        """Whether a reader sees one metric of a file, rounded unless `shows_all_of` holds."""
        if self.shows_all_of(reader, part):
            return True
        columns = self.declared.private_results_columns
        listed = columns is None or name in columns
        allowed = listed and (self.policy.signed or not is_signed(name))
        return self.shows_results(reader, part) and self.policy.scores == "files" and allowed

    def shows_costs(self, reader: Reader, part: str) -> bool:
        """Whether a reader sees the run time, CPU time and memory of a file."""
        if self.shows_all_of(reader, part):
            return True
        return self.shows_results(reader, part) and self.policy.costs == "files"

    def shows_output(self, reader: Reader) -> bool:
        """Whether a reader sees an algorithm's prints, and the lines that raised."""
        return reader in (Reader.AUTHOR, Reader.STAFF)

    def shows_slices(self, reader: Reader) -> bool:
        """Whether a reader sees slices at all."""
        return self.in_full(reader) or (
            reader is Reader.AUTHOR and self.released and self.policy.scores != "aggregates"
        )

    def withheld_score(self, reader: Reader, best: Best, files: int) -> str:
        """Say why an aggregate of so many scored files is withheld; empty when it is shown."""
        signed = best is Best.ZERO and not self.policy.signed
        few = files - self.known_files < LEAST_FILES
        return FEW_SIGNED if signed and few and not self.in_full(reader) else ""

    def withholds_slice(self, reader: Reader, files: int, systems: int) -> bool:
        """Whether a slice, or some of them together, is of too little to be shown."""
        few = files - self.known_files < LEAST_FILES or systems < LEAST_SYSTEMS
        return few and not self.in_full(reader)


def is_signed(column: str) -> bool:
    """Whether a per-file column is of a signed metric; its name is `<metric>_<reference>`."""
    return any(column == name or column.startswith(f"{name}_") for name in SIGNED_METRICS)


def rules_of(version: AnalysisVersion) -> Rules:
    """Read the rules of one version."""
    return rules_by_version([version])[version.pk]


def rules_by_version(versions: Iterable[AnalysisVersion]) -> Mapping[int, Rules]:
    """Read the rules of some versions, by key, in one query."""
    found = {version.pk: version for version in versions}
    counted = DataFile.objects.filter(version__in=list(found), on_leaderboard=True)
    rows = counted.exclude(part=Part.FINAL).order_by().values_list("version")
    counts = rows.annotate(known=Count("pk", filter=Q(part=Part.PUBLIC)), files=Count("pk"))
    files = {pk: (known, every) for pk, known, every in counts}
    return {pk: _rules(version, *files.get(pk, (0, 0))) for pk, version in found.items()}


def _rules(version: AnalysisVersion, known_files: int, board_files: int) -> Rules:
    return Rules(
        declared=policy_of(version),
        revealed=version.revealed_at is not None,
        known_files=known_files,
        board_files=board_files,
        final_files=version.final_files,
    )


def rules_of_run(run: Run, rules: Rules) -> Rules:
    """Apply a version's rules to one of its runs.

    Where improvements alone are released, a run shows nothing of hidden files before it is known
    to be one: otherwise it would be cancelled as soon as enough had been seen.
    """
    every = rules.policy.release == "every"
    return replace(rules, released=every or (run.status == Status.FINISHED and run.released))
