"""The demonstration: a hub on this machine, an analysis, three people and their algorithms.

It speaks to the hub over HTTP alone, by the documented routes, as anybody's program would.
"""

import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from valhub.client.exit_codes import ExitCode
from valhub.client.hub import Hub, HubSubmission
from valhub.client.local_hub import HubDidNotStart, running_hub
from valhub.client.tasks import build_task
from valhub.client.terminal import open_console, safe
from valhub.errors import ValhubError
from valhub.evaluation.wording import duration, heading, percent, quantity, span

FOLDER = Path("build/demo")
PORT = 8080
TASK = "time-shift-detection"
ORGANISER = "olivia"
PEOPLE = {"ada": "zero_shift", "ben": "solar_noon", "cleo": "change_point"}
WINNER = "change_point"
ANALYSIS = {
    "analysis_name": "Time shift detection",
    "short_description": "For each day of a series of AC power: how many minutes must be added to "
    "its time stamps?",
}
POLL_S = 0.5


@dataclass
class Entrant:
    """One person with an algorithm, and how far it is."""

    name: str
    algorithm: str
    hub: Hub
    submission: HubSubmission
    started: float
    took_s: float = 0.0

    def poll(self) -> None:
        """Ask the hub again, unless it has ended."""
        if not self.submission.has_ended:
            self.submission = self.hub.submission(self.submission.id)
            self.took_s = time.monotonic() - self.started


def main() -> int:
    """Run the demonstration; the exit code says whether it went as it should."""
    console = open_console()
    try:
        return _demonstrate(console)
    except HubDidNotStart as error:
        fix = "To use another port: DEMO_PORT=8081 make demo."
        open_console(stderr=True).print(safe(f"{error} {fix}"))
        return ExitCode.BAD_INPUT
    except ValhubError as error:
        open_console(stderr=True).print(safe(str(error)))
        return ExitCode.BAD_INPUT
    except KeyboardInterrupt:
        console.print("Interrupted; the hub is stopped.")
        return ExitCode.INTERRUPTED


def _demonstrate(console: Console) -> int:
    console.print(f"Building the analysis {TASK}")
    package = build_task(TASK, Path("build"))
    shutil.rmtree(FOLDER / "hub", ignore_errors=True)
    # Environments and prepared data are reused by the next demonstration.
    cache = {"VALHUB_CACHE": str((FOLDER / "cache").absolute())}
    console.print(f"Starting a hub that stores everything in {FOLDER / 'hub'}")
    with running_hub(FOLDER / "hub", port=_port(), environment=cache) as hub:
        password = secrets.token_urlsafe(9)
        analysis_id = _publish(hub.address, package, password)
        console.print(f"{ORGANISER} published it: {hub.address}analyses/{analysis_id}")
        entrants = [
            _enter(hub.address, name, algorithm, analysis_id, password)
            for name, algorithm in PEOPLE.items()
        ]
        _follow(console, entrants)
        ranked = entrants[0].hub.leaderboard(analysis_id)
        console.print(_board(ranked, {one.submission.id: one for one in entrants}))
        good = _went_well(console, entrants, ranked)
        if os.environ.get("DEMO_EXIT") != "1":
            _stay(console, hub.address, password)
    return ExitCode.SCORED if good else ExitCode.FAILED


def _port() -> int:
    wanted = os.environ.get("DEMO_PORT", "")
    return int(wanted) if wanted.isdecimal() else PORT


def _person(address: str, name: str, password: str) -> Hub:
    hub = Hub(address)
    hub.register(username=name, email=f"{name}@example.org", password=password)
    hub.sign_in(username=name, password=password)
    return hub


def _publish(address: str, package: Path, password: str) -> int:
    texts = {"description": "description", "dataset_description": "data", "ruleset": "ruleset"}
    fields = {field: _text(name) for field, name in texts.items()}
    return _person(address, ORGANISER, password).upload_analysis({**ANALYSIS, **fields}, package)


def _text(name: str) -> str:
    """One of the task's pages, without its heading: the hub's page has headings of its own."""
    path = Path("tasks") / TASK / "assets" / f"{name}.md"
    return path.read_text(encoding="utf-8").partition("\n")[2].strip()


def _enter(address: str, name: str, algorithm: str, analysis_id: int, password: str) -> Entrant:
    archive = shutil.make_archive(str(FOLDER / algorithm), "zip", Path("examples") / algorithm)
    hub = _person(address, name, password)
    submission = hub.submit(analysis_id, Path(archive), display_name=algorithm)
    return Entrant(name, algorithm, hub, submission, time.monotonic())


def _follow(console: Console, entrants: list[Entrant]) -> None:
    """Show the submissions' states until all have ended."""
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            for one in entrants:
                before = one.submission.status
                one.poll()
                if not console.is_terminal and one.submission.status != before:
                    console.print(f"{one.name}'s {one.algorithm}: {one.submission.status}")
            if console.is_terminal:
                live.update(_states(entrants), refresh=True)
            if all(one.submission.has_ended for one in entrants):
                return
            time.sleep(POLL_S)


def _states(entrants: Iterable[Entrant]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("person", "algorithm", "state", "files", "", "time"):
        table.add_column(name)
    for one in entrants:
        now = one.submission
        table.add_row(
            one.name,
            one.algorithm,
            now.status,
            f"{now.done}/{now.files}" if now.files else "",
            ProgressBar(total=now.files or 1, completed=now.done, width=30),
            duration(one.took_s),
        )
    return table


def _board(ranked: list[HubSubmission], entrants: Mapping[str, Entrant]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="Leaderboard", title_justify="left")
    table.add_column("rank", justify="right")
    table.add_column("algorithm")
    leading = ((ranked[0].result or {}).get("metrics") or {}) if ranked else {}
    metrics = list(leading)[:2]
    for name in metrics:
        table.add_column(leading[name].get("label") or heading(name), justify="right")
        table.add_column("95 % interval", justify="right")
    table.add_column("coverage", justify="right")
    table.add_column("total run time", justify="right")
    for place, submission in enumerate(ranked, start=1):
        entrant, result = entrants[submission.id], submission.result or {}
        cells: list[str] = []
        for name in metrics:
            one = result["metrics"].get(name, {})
            cells += [
                quantity(one.get("value"), one.get("unit", "")),
                span(one.get("low"), one.get("high")),
            ]
        who = f"{entrant.algorithm} ({entrant.name})"
        coverage = percent(result.get("coverage", 0.0))
        table.add_row(str(place), who, *cells, coverage, duration(entrant.took_s))
    return table


def _went_well(console: Console, entrants: list[Entrant], ranked: list[HubSubmission]) -> bool:
    failed = [one for one in entrants if one.submission.status != "finished"]
    for one in failed:
        console.print(f"{one.name}'s {one.algorithm} ended as {one.submission.status}.")
    winner = next(one for one in entrants if one.algorithm == WINNER)
    first = bool(ranked) and ranked[0].id == winner.submission.id
    if not first:
        console.print(f"{WINNER} should rank first, and does not.")
    return first and not failed


def _stay(console: Console, address: str, password: str) -> None:
    """Leave the hub up until Ctrl-C."""
    names = ", ".join((*PEOPLE, ORGANISER))
    console.print(
        f"The hub stays up: open {address} and sign in as any of {names} "
        f"with the password {password} to see more. Ctrl-C stops it."
    )
    try:
        while True:
            time.sleep(60)
    except KeyboardInterrupt:
        console.print("Stopping the hub.")


if __name__ == "__main__":
    sys.exit(main())
