"""The table that `valhub rank` prints."""

from rich import box
from rich.table import Table

from valhub.client.contest import Contest, Standing
from valhub.client.terminal import open_console, safe
from valhub.evaluation.wording import NOT_MEASURED, count, percent, quantity, span

COLUMNS = ("score", "95 % interval", "possible ranks", "better than the next", "coverage", "CPU")


def print_ranking(contest: Contest) -> None:
    """Print the results, best first, and below them what to know about their order."""
    standings = contest.standings()
    console = open_console()
    console.print(_table(contest, standings))
    for note in filter(None, [contest.rule(), *_notes(standings)]):
        console.print(safe(note))


def _table(contest: Contest, standings: list[Standing]) -> Table:
    title = f"{contest.label}, {contest.best.value} is best"
    table = Table(box=box.SIMPLE_HEAD, title=safe(title), title_justify="left", title_style="bold")
    table.add_column("rank", justify="right")
    table.add_column("algorithm", overflow="fold")
    for name in COLUMNS:
        table.add_column(name, justify="right")
    for one in standings:
        aggregate = contest.aggregate(one.algorithm)
        table.add_row(
            str(one.rank),
            safe(one.algorithm),
            quantity(aggregate.get("value"), contest.unit),
            span(aggregate.get("low"), aggregate.get("high")),
            span(one.possible.low, one.possible.high) if one.possible else "unknown",
            _wins(one),
            percent(contest.documents[one.algorithm]["coverage"]),
            _cpu(contest.cpu_s(one.algorithm)),
        )
    return table


def _cpu(seconds: float | None) -> str:
    return NOT_MEASURED if seconds is None else quantity(seconds, "s")


def _wins(standing: Standing) -> str:
    better = standing.better_than_next
    if better is None:
        return ""
    return f"on {better.won} of {count(better.systems, 'system')}"


def _notes(standings: list[Standing]) -> list[str]:
    """Say once what holds for all entries, and by name what holds for one."""
    notes = {one.note for one in standings}
    if len(notes) == 1:
        return [note for note in notes if note]
    return [f"{one.algorithm}: {one.note}" for one in standings if one.note]
