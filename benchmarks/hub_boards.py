"""How the leaderboard's speed depends on its length, as ratios within this one run.

Boards of 1 k, 100 k and 1 M entries lie in databases of their own, each in a process of its own;
the measurements take turns, so that what else the machine does hits all of them alike. Exit code 1
when a figure does not hold.
"""

import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import django
import numpy as np
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from processes import (
    MeasuringProcess,
    Timings,
    environment_with,
    python,
    serve_measurements,
    timed,
)

SIZES = (1_000, 100_000, 1_000_000)
TURNS = 12
CALLS = 25
GROWTH = 1.5
TOP_PAGE_MS = 10.0

# Entry i is account i's; values are spread evenly, 1 in 50 is incomplete, ties are common.
FILL = """
PRAGMA synchronous=OFF;
CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n})
    SELECT i, (i * 7919) % {n} / 10 * 10.0 / {n} AS x,
           CASE WHEN i % 50 THEN 1.0 ELSE (i % 97) / 100.0 END AS coverage FROM n;
INSERT INTO accounts_account (id, password, is_superuser, username, email, username_folded,
    email_folded, first_name, last_name, is_organiser, is_staff, is_active, date_joined)
    SELECT printf('%032x', i), '', 0, 'p' || i, i || '@example.org', 'p' || i,
           i || '@example.org', '', '', 0, 0, 1, '2024-01-01 00:00:00' FROM n;
INSERT INTO leaderboards_entry (id, board_id, account_id, submission_id, run_id, display_name,
    is_baseline, coverage, submitted_at)
    SELECT i, {board}, printf('%032x', i), printf('%032x', i), i, '', 0, coverage,
           datetime(1700000000 + i, 'unixepoch') FROM n;
INSERT INTO leaderboards_score (board_id, entry_id, "column", value, low, high, standing,
    sort_value, submitted_at)
    SELECT {board}, i, name, x, x - 0.1, x + 0.1, 1.0 - coverage, x * sign,
           datetime(1700000000 + i, 'unixepoch')
    FROM n, (SELECT 'error' AS name, 1 AS sign UNION ALL SELECT 'share', -1) ORDER BY 3, 7, 8, 9;
UPDATE leaderboards_board SET number = {n}, entries_count = {n};
DROP TABLE n;
PRAGMA synchronous=FULL;
PRAGMA wal_checkpoint(TRUNCATE);
"""

COLUMNS = [
    {"name": "error", "label": "Error", "unit": "min", "best": "lowest", "shown": True},
    {"name": "share", "label": "Share", "unit": "", "best": "highest", "shown": True},
]


def serve(size: int) -> None:
    """Fill a database, then measure for every line that comes in."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "valhub.settings"
    django.setup()
    board_id = fill(size)
    serve_measurements(partial(turn, board_id, count(size + 1)))


def fill(size: int) -> int:
    """Make a board of so many entries by bulk SQL, and give its key."""
    from valhub.accounts.models import Account
    from valhub.analyses.models import Analysis, AnalysisVersion
    from valhub.leaderboards.models import Board

    call_command("migrate", verbosity=0)
    creator = Account.objects.create(username="creator", email="creator@example.org")
    analysis = Analysis.objects.create(analysis_name="Boards", creator=creator)
    version = AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind="task", content_hash="0" * 64, columns=COLUMNS
    )
    board = Board.objects.create(version=version)
    connection.ensure_connection()
    connection.connection.executescript(FILL.format(n=size, board=board.pk))
    return board.pk


def turn(board_id: int, numbers: Iterator[int]) -> Timings:
    """Read the first page and place scores of new and of known accounts, a few times each."""
    from valhub.accounts.models import Account
    from valhub.leaderboards.models import Board, Entry
    from valhub.leaderboards.selectors.pages import board_page
    from valhub.leaderboards.services.entries import ScoredValue, place_run

    board = Board.objects.select_related("version").get(pk=board_id)
    chance = np.random.default_rng(board.number)

    def place(account: Account, number: int, error: float) -> None:
        place_run(
            version=board.version,
            account=account,
            submission_id=uuid.uuid4(),
            run_id=number,
            display_name="",
            is_baseline=False,
            coverage=1.0,
            values={"error": ScoredValue(error), "share": ScoredValue(error)},
            submitted_at=timezone.now(),
        )

    timings: Timings = {"top page": [], "placing": []}
    for _ in range(CALLS):
        number = next(numbers)
        fresh = Account.objects.create(username=f"n{number}", email=f"n{number}@example.org")
        entry = Entry.objects.select_related("account").get(pk=int(chance.integers(1, 1000)))
        timings["top page"].append(timed(lambda: board_page(board=board)))
        timings["placing"].append(timed(partial(place, fresh, number, chance.random() * 10)))
        timings["placing"].append(
            timed(partial(place, entry.account, -number, chance.random() / number))
        )
    return timings


def hub_of(size: int, folder: Path) -> MeasuringProcess:
    """Start a hub with a board of so many entries."""
    environment = environment_with(VALHUB_DATA=str(folder), DATABASE_URL="")
    return MeasuringProcess(python(__file__, "serve", str(size)), environment)


def main() -> int:
    """Measure, print, and say whether the figures hold."""
    with tempfile.TemporaryDirectory(prefix="valhub-boards-") as folder:
        hubs = {size: hub_of(size, Path(folder, str(size))) for size in SIZES}
        for hub in hubs.values():
            hub.wait()
        for _ in range(TURNS):
            for hub in hubs.values():
                hub.measure()
        for hub in hubs.values():
            hub.stop()
    return report(hubs)


def report(hubs: dict[int, MeasuringProcess]) -> int:
    """Print the medians and how they grow."""
    print("leaderboard (medians)")
    holds = hubs[SIZES[-1]].median_ms("top page") <= TOP_PAGE_MS
    for name in ("top page", "placing"):
        medians = {size: hub.median_ms(name) for size, hub in hubs.items()}
        growth = medians[SIZES[-1]] / medians[SIZES[0]]
        holds = holds and growth < GROWTH
        each = ", ".join(f"{value:.2f} ms at {size:,}" for size, value in medians.items())
        print(f"  {name}: {each} entries; grows {growth:.2f} times (less than {GROWTH} wanted)")
    print(f"  top page at {SIZES[-1]:,}: at most {TOP_PAGE_MS:.0f} ms wanted")
    return 0 if holds else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
    else:
        sys.exit(main())
