"""The result as tables on the terminal: scores with intervals, slices, failures."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from valhub.client.terminal import joined, safe
from valhub.evaluation.results import Aggregate, EvaluationResult, FileOutcome, Slice, Verdict
from valhub.evaluation.wording import (
    BETTER_WORDS,
    NOTHING,
    VERDICT_WORDS,
    count,
    duration,
    interval,
    interval_in_short,
    number,
    percent,
    quantity,
    remark,
)

FAILURES_SHOWN = 10
GOOD, BAD = "green", "red"


def print_result(
    console: Console, result: EvaluationResult, *, package: str, algorithm: str
) -> None:
    """Print everything a person wants to know first; the rest is in the report."""
    console.print(joined(safe(algorithm, "bold"), " on ", safe(package, "bold")))
    console.print(_summary(result))
    if result.message:
        console.print(safe(result.message))
    _print_scores(console, "Scores", result.aggregates, result.primary_metric)
    for column in dict.fromkeys(part.column for part in result.slices):
        console.print(_slice_table(console, result, column))
    if result.final:
        title = f"Scores of the final part: coverage {percent(result.final.coverage)}"
        _print_scores(console, title, result.final.aggregates, result.primary_metric)
    _print_failures(console, result.files)


def _summary(result: EvaluationResult) -> Text:
    scored = sum(one.verdict is Verdict.SCORED for one in result.files)
    style = GOOD if result.verdict is Verdict.SCORED else BAD
    parts: list[Text | str] = [safe(VERDICT_WORDS[result.verdict], f"bold {style}")]
    if result.files:
        parts.append(f": {scored} of {count(len(result.files), 'file')} scored")
        parts.append(f", coverage {percent(result.coverage)}")
    parts.append(f", {duration(result.wall_s)}")
    return joined(*parts)


def _table(title: str, first: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    table.add_column(first, overflow="fold")
    return table


def _print_scores(
    console: Console, title: str, aggregates: dict[str, Aggregate], primary: str
) -> None:
    if aggregates:
        console.print(_scores(title, aggregates, primary))
        if said := remark(aggregates.values()):
            console.print(said)


def _scores(title: str, aggregates: dict[str, Aggregate], primary: str) -> Table:
    table = _table(title, "aggregate")
    for name in ("value", "95 % interval"):
        table.add_column(name, justify="right")
    table.add_column("better", justify="left")
    for name, aggregate in ordered(aggregates, primary):
        style = "bold" if name == primary else ""
        table.add_row(
            safe(aggregate.label, style),
            safe(quantity(aggregate.value, aggregate.unit), style),
            interval(aggregate),
            BETTER_WORDS[aggregate.best],
        )
    return table


def ordered(aggregates: dict[str, Aggregate], primary: str) -> list[tuple[str, Aggregate]]:
    """List the aggregates with the primary one first, else as they come."""
    return sorted(aggregates.items(), key=lambda item: item[0] != primary)


def _slice_table(console: Console, result: EvaluationResult, column: str) -> Table:
    shown = ordered(result.aggregates, result.primary_metric)[: max(1, (console.width - 30) // 40)]
    table = _table(f"By {column}", column)
    table.add_column("scored", justify="right")
    for _, aggregate in shown:
        unit = f" ({aggregate.unit})" if aggregate.unit else ""
        table.add_column(f"{aggregate.label}{unit}", justify="right")
    for part in result.slices:
        if part.column == column:
            cells = [_cell(part, name) for name, _ in shown]
            table.add_row(safe(part.value), f"{part.scored}/{part.files}", *cells)
    return table


def _cell(part: Slice, name: str) -> str:
    aggregate = part.aggregates.get(name)
    if aggregate is None:
        return NOTHING
    short = interval_in_short(aggregate.low, aggregate.high, aggregate.systems, aggregate.sites)
    return f"{number(aggregate.value)} ({short})" if short else number(aggregate.value)


def _print_failures(console: Console, files: Sequence[FileOutcome]) -> None:
    failures = [one for one in files if one.verdict is not Verdict.SCORED]
    if not failures:
        return
    table = _table("Not scored", "file")
    table.add_column("verdict", style=BAD)
    table.add_column("why", overflow="fold")
    for one in failures[:FAILURES_SHOWN]:
        table.add_row(safe(one.file_name), VERDICT_WORDS[one.verdict], safe(one.message))
    console.print(table)
    if len(failures) > FAILURES_SHOWN:
        more = len(failures) - FAILURES_SHOWN
        console.print(f"and {more} more; --json and --report list all of them")
