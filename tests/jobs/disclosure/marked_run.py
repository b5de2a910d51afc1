"""A run whose numbers and texts are all recognisable, written by the services that write runs."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion, DataFile, PackageKind, PublicPart
from valhub.analyses.public_files import PublicFile, StoredCopy
from valhub.cloud.storage import store_file
from valhub.evaluation.packages.tasks.task_contract import TaskContract
from valhub.evaluation.results import Aggregate, Best, FileOutcome, PartSummary, Slice, Verdict
from valhub.jobs.models import Preparation, Run, Shard, Status, Submission, Work
from valhub.jobs.services.board_entries import enter_on_board, prepare_board
from valhub.jobs.services.leasing import Claim
from valhub.jobs.services.recording import record_file_result
from valhub.jobs.services.run_ends import end_run
from valhub.jobs.services.run_summary import RunSummary

ERROR, SIGNED = "mean_absolute_error_x", "error_x"
MIB = 2**20
FILE_COLUMNS = [{"name": ERROR, "unit": "min"}, {"name": SIGNED, "unit": "min"}]
COLUMNS = [
    {"name": "mean_mae", "label": "MAE", "unit": "min", "best": "lowest", "shown": True}
    | {"operation": "mean", "column": ERROR},
    {"name": "mean_bias", "label": "Bias", "unit": "min", "best": "zero", "shown": True}
    | {"operation": "mean", "column": SIGNED},
]
CONTRACT = TaskContract(
    data_columns=(), arguments=(), by_position=False, answer="time_series", references=("x",),
    alignment="date", fill_missing=None, timeout_s=60.0, memory_bytes=2**30, output_bytes=2**20,
)  # fmt: skip
# Sizes of the slices: of `wide` all can be shown, of `mixed` one, of `narrow` none, since what it
# hides is a single file.
FINAL_SCORED = 5
SLICES = {"wide": (6, 6), "mixed": (5, 4, 3), "narrow": (6, 5, 1)}


@dataclass(frozen=True)
class MarkedFile:
    """A file whose result has numbers that nothing else has."""

    name: str
    part: str
    number: int
    failed: bool = False

    @property
    def error(self) -> float:
        return 211.4357913 + 6.49 * self.number

    @property
    def signed(self) -> float:
        return 511.3246813 + 6.49 * self.number

    @property
    def coverage(self) -> float:
        return 0.6012 + 0.012 * self.number

    @property
    def wall_s(self) -> float:
        return 31.134 + 1.25 * self.number

    @property
    def memory_bytes(self) -> int:
        return (566 + 15 * self.number) * MIB

    def outcome(self) -> FileOutcome:
        """What the worker records of it."""
        costs = {
            "wall_s": self.wall_s,
            "cpu_s": self.wall_s,
            "peak_memory_bytes": self.memory_bytes,
        }
        if self.failed:
            texts = {one: f"{one}-of-{self.name}" for one in ("message", "traceback", "logs")}
            return FileOutcome(self.name, Verdict.ERROR, **texts, **costs)
        metrics = {ERROR: self.error, SIGNED: self.signed, "runtime": self.wall_s}
        return FileOutcome(
            self.name, Verdict.SCORED, metrics=metrics, coverage=self.coverage, **costs
        )


def marked_files(hidden: int) -> list[MarkedFile]:
    """Two public files, some hidden and some final ones; the last of each part fails."""
    sizes = {"public": 2, "hidden": hidden + 1, "final": FINAL_SCORED + 1}
    parts = [part for part, size in sizes.items() for _ in range(size)]
    return [
        MarkedFile(f"{part}-{number}.csv", part, number, part != (*parts, "")[number + 1])
        for number, part in enumerate(parts)
    ]


def aggregate(number: float, best: str, files: int, systems: int = 4) -> Aggregate:
    """An aggregate whose value and interval begin with four digits of their own."""
    low, value, high = (number + step + 0.1232123 for step in (-1.2, 0.0, 1.2))
    of = ("min", "MAE", "mean", ERROR) if best == "lowest" else ("min", "Bias", "mean", SIGNED)
    return Aggregate(value, low, high, *of, Best(best), files, systems)


def summary(hidden: int, *, released: bool = True) -> RunSummary:
    """What the run was summed up to."""
    whole = {
        "mean_mae": aggregate(811.2, "lowest", hidden),
        "mean_bias": aggregate(831.2, "zero", hidden),
    }
    slices = [
        Slice(column, f"{column}-{number}", size, size, {
            "mean_mae": aggregate(841.2 + 10 * place + 3 * number, "lowest", size),
        })
        for place, (column, sizes) in enumerate(SLICES.items())
        for number, size in enumerate(sizes)
    ]  # fmt: skip
    coverage = hidden / (hidden + 1)
    return RunSummary(
        Verdict.ERROR, "1 file has no score.", coverage, whole, tuple(slices),
        final=final_summary(), released=released,
    )  # fmt: skip


def final_summary() -> PartSummary:
    """What its final part was summed up to: five files, so that both aggregates are shown."""
    whole = {
        "mean_mae": aggregate(871.2, "lowest", FINAL_SCORED),
        "mean_bias": aggregate(881.2, "zero", FINAL_SCORED),
    }
    part = {"mean_mae": aggregate(891.2, "lowest", FINAL_SCORED)}
    sliced = Slice("final-wide", "final-wide-0", FINAL_SCORED, FINAL_SCORED, part)
    return PartSummary(Verdict.ERROR, FINAL_SCORED / (FINAL_SCORED + 1), whole, (sliced,))


def make_version(organiser: Account, disclosure: dict[str, Any], hidden: int) -> AnalysisVersion:
    """A prepared version with the marked files."""
    analysis = Analysis.objects.create(analysis_name="Marked", creator=organiser)
    version = AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind=PackageKind.TASK, content_hash="0" * 64,
        archive="evaluation_scripts/marked.zip", columns=COLUMNS, file_columns=FILE_COLUMNS,
        disclosure=disclosure, final_files=FINAL_SCORED + 1, contract=CONTRACT.document(),
    )  # fmt: skip
    for file in marked_files(hidden):
        DataFile.objects.create(
            version=version, ordinal=file.number, name=file.name, size=1, part=file.part,
            on_leaderboard=file.part != "public",
        )  # fmt: skip
    offer_public_files(version)
    Analysis.objects.filter(pk=analysis.pk).update(current_version=version)
    Preparation.objects.create(version=version, state=Work.DONE)
    return version


def offer_public_files(version: AnalysisVersion) -> None:
    """Store what a worker stores of a version's public files."""

    def stored(key: str, name: str) -> StoredCopy:
        content = f"content-of-{name}".encode()
        key = store_file(f"public_files/{version.pk}-{key}", ContentFile(content))
        return StoredCopy(key, name, len(content), sha256(content).hexdigest())

    names = [file.name for file in marked_files(1) if file.part == "public"]
    files = [
        PublicFile(
            one, {"system_id": "7"}, stored(one, one), stored(f"truth-{one}", f"truth-{one}")
        )
        for one in names
    ]
    archive = stored("all.zip", "starter.zip")
    PublicPart.objects.create(
        version=version, archive=archive.key, archive_sha256=archive.sha256,
        archive_size=archive.size, files=[one.document() for one in files],
    )  # fmt: skip


def finish_run(version: AnalysisVersion, account: Account, summed: RunSummary, hidden: int) -> Run:
    """Evaluate a submission, as a worker records it."""
    submission = Submission.objects.create(
        analysis=version.analysis, created_by=account, algorithm="submission_files/a.zip",
        content_hash="1" * 64, status=Status.RUNNING,
    )  # fmt: skip
    run = Run.objects.create(submission=submission, version=version, status=Status.RUNNING)
    shard = Shard.objects.create(run=run, ordinal=0, state=Work.LEASED, attempt=1)
    files = {file.name: file.pk for file in version.files.all()}
    for file in marked_files(hidden):
        record_file_result(Claim(shard, 1), files[file.name], file.outcome())
    with transaction.atomic():
        prepare_board(run, summed)
        end_run(run, Status.FINISHED, reason=summed.message, our_fault=False, summed=summed)
        enter_on_board(run, summed)
    return Run.objects.get(pk=run.pk)
