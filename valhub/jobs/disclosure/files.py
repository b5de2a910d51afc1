"""The result of each file as a reader sees it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.disclosure.rounding import COST_DIGITS, rounded, rounded_number
from valhub.jobs.disclosure.rules import COST_METRICS, Rules
from valhub.jobs.models import FileResult


@dataclass(frozen=True)
class ShownCosts:
    """What a call took; times are None where they were not measured."""

    run_time_s: float | None
    processor_s: float | None
    memory_bytes: float | None


@dataclass(frozen=True)
class ShownFile:
    """One file's result.

    Attributes
    ----------
    values : mapping of str to float
        Its scores, by metric; those that are withheld are left out, and so are costs.
    coverage : float or None
        None when it is withheld, like a score: an algorithm chooses it.
    costs : ShownCosts or None
        None when they are withheld.
    lines, output : str
        The lines that raised, and what was printed; empty for readers who may not see them.
    """

    name: str
    part: str
    on_leaderboard: bool
    verdict: str
    message: str
    values: Mapping[str, float]
    coverage: float | None
    costs: ShownCosts | None
    lines: str
    output: str


def shown_files(results: Iterable[FileResult], rules: Rules, reader: Reader) -> list[ShownFile]:
    """Show the results of a run's files, in their order; some readers see fewer files."""
    return [
        _shown(one, rules, reader) for one in results if rules.shows_results(reader, one.file.part)
    ]


def _shown(one: FileResult, rules: Rules, reader: Reader) -> ShownFile:
    part = one.file.part
    digits = None if rules.shows_all_of(reader, part) else rules.digits(reader)
    values = {
        name: rounded_number(value, digits)
        for name, value in one.metrics.items()
        if name not in COST_METRICS and rules.shows_metric(reader, part, name)
    }
    covers = rules.shows_metric(reader, part, "coverage")
    output = rules.shows_output(reader)
    return ShownFile(
        name=one.file.name,
        part=part,
        on_leaderboard=one.file.on_leaderboard,
        verdict=one.verdict,
        message=one.message,
        values=values,
        coverage=rounded(one.coverage, digits) if covers else None,
        costs=_costs(one, digits and COST_DIGITS) if rules.shows_costs(reader, part) else None,
        lines=one.traceback if output else "",
        output=one.logs if output else "",
    )


def _costs(one: FileResult, digits: int | None) -> ShownCosts:
    return ShownCosts(
        run_time_s=rounded(one.elapsed_s, digits),
        processor_s=rounded(one.cpu_time_s, digits),
        memory_bytes=rounded(one.peak_memory_bytes, digits),
    )
