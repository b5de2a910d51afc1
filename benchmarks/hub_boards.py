"""How the leaderboard's speed depends on its length, as ratios within this one run.

Boards of 1 k, 100 k and 1 M entries lie in databases of their own, each in a process of its own;
the measurements take turns, so that what else the machine does hits all of them alike. Exit code 1
when a figure does not hold.
"""

import logging
import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from unittest.mock import patch

import django
import numpy as np
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from processes import (
    MeasuringProcess,
    Timings,
    environment_with,
    processor_timed,
    python,
    serve_measurements,
    timed,
)

SIZES = (1_000, 100_000, 1_000_000)
# Nearly as many entries on as many systems as are compared; each turn adds a few.
COMPARED = 9_600
SYSTEMS = 50
TURNS = 12
CALLS = 25
GROWTH = {"top page": 1.5, "placing": 1.3}
TOP_PAGE_MS = 10.0
# A page with possible ranks / without: where they are kept, and where the board is too large.
RANKS_GROWTH = 1.3
UNCACHED_MS = 100.0

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
INSERT INTO leaderboards_runlosses (board_id, "column", account_id, run_id, systems, files, losses,
    missing, digest)
    SELECT {board}, 'error', printf('%032x', i), i, {systems}, {systems},
           {losses}, X'', i FROM n;
UPDATE leaderboards_board SET number = {n}, entries_count = {n};
DROP TABLE n;
PRAGMA synchronous=FULL;
PRAGMA wal_checkpoint(TRUNCATE);
"""

CHANCE = np.random.default_rng(20_261_127)

COLUMNS = [
    {"name": "error", "label": "Error", "unit": "min", "best": "lowest", "shown": True},
    {"name": "share", "label": "Share", "unit": "", "best": "highest", "shown": True},
]


def serve(size: int) -> None:
    """Fill a database, then measure for every line that comes in."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "valhub.settings"
    django.setup()
    logging.disable()
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
    analysis.current_version = version
    analysis.save()
    board = Board.objects.create(version=version)
    connection.ensure_connection()
    # Where nothing is compared, a few are enough.
    systems = SYSTEMS if size == COMPARED else 6
    connection.connection.create_function("random_losses", 0, partial(random_losses, systems))
    connection.connection.executescript(
        FILL.format(n=size, board=board.pk, systems=systems, losses="random_losses()")
    )
    return board.pk


def random_losses(systems: int) -> bytes:
    """Draw one run's losses."""
    return CHANCE.lognormal(size=systems).astype("<f8").tobytes()


def turn(board_id: int, numbers: Iterator[int]) -> Timings:
    """Read the first page and place scores of new and of known accounts, a few times each."""
    from django.test import Client

    from valhub.accounts.models import Account
    from valhub.evaluation.scoring.losses import Losses
    from valhub.leaderboards.models import Board, Entry, RunLosses
    from valhub.leaderboards.selectors.pages import board_page
    from valhub.leaderboards.selectors.possible_ranks import Compared, compared_entries
    from valhub.leaderboards.services.entries import ScoredValue, place_run
    from valhub.leaderboards.services.run_losses import keep_losses
    from valhub.web.views import analyses

    board = Board.objects.select_related("version").get(pk=board_id)
    chance = np.random.default_rng(board.number)

    def place(account: Account, number: int, error: float) -> None:
        placed = place_run(
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
        keep_losses(
            version=board.version, account=account, run_id=number, losses=lost, placed=placed
        )

    def page_of_ranks() -> None:
        page = board_page(board=board)
        compared = compared_entries(board, page)
        for row in page.rows:
            compared.possible_ranks(row.entry_id)

    def page_without_ranks() -> None:
        with (
            patch.object(analyses, "compared_entries", return_value=Compared()),
            patch.object(analyses, "tries_on_page", return_value={}),
        ):
            show_page()

    def show_page() -> None:
        assert client.get(address).status_code == 200

    systems = RunLosses.objects.values_list("systems", flat=True)[0]
    cells = chance.lognormal(size=(1, systems))
    lost = Losses(cells, np.zeros(cells.shape, dtype=np.int64), systems).pack()[0]
    client = Client(headers={"host": "localhost"})
    address = f"/analyses/{board.version.analysis_id}"
    show_page()
    names = ("top page", "placing", "uncached ranks", "page", "page without ranks")
    timings: Timings = {name: [] for name in names}
    for _ in range(CALLS):
        number = next(numbers)
        fresh = Account.objects.create(username=f"n{number}", email=f"n{number}@example.org")
        entry = Entry.objects.select_related("account").get(pk=int(chance.integers(1, 1000)))
        timings["top page"].append(timed(lambda: board_page(board=board)))
        timings["placing"].append(timed(partial(place, fresh, number, chance.random() * 10)))
        timings["placing"].append(
            timed(partial(place, entry.account, -number, chance.random() / number))
        )
        timings["uncached ranks"].append(processor_timed(page_of_ranks))
        timings["page without ranks"].append(timed(page_without_ranks))
        timings["page"].append(timed(show_page))
    return timings


def hub_of(size: int, folder: Path) -> MeasuringProcess:
    """Start a hub with a board of so many entries."""
    environment = environment_with(VALHUB_DATA=str(folder), DATABASE_URL="")
    return MeasuringProcess(python(__file__, "serve", str(size)), environment)


def main() -> int:
    """Measure, print, and say whether the figures hold."""
    with tempfile.TemporaryDirectory(prefix="valhub-boards-") as folder:
        hubs = {size: hub_of(size, Path(folder, str(size))) for size in (*SIZES, COMPARED)}
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
    for name, most in GROWTH.items():
        medians = {size: hubs[size].median_ms(name) for size in SIZES}
        growth = medians[SIZES[-1]] / medians[SIZES[0]]
        holds = holds and growth < most
        each = ", ".join(f"{value:.2f} ms at {size:,}" for size, value in medians.items())
        print(f"  {name}: {each} entries; grows {growth:.2f} times (less than {most} wanted)")
    print(f"  top page at {SIZES[-1]:,}: at most {TOP_PAGE_MS:.0f} ms wanted")
    return 0 if report_ranks(hubs) and holds else 1


def report_ranks(hubs: dict[int, MeasuringProcess]) -> bool:
    """Print what possible ranks cost; gives whether that holds."""
    uncached = hubs[COMPARED].median_ms("uncached ranks")
    print(
        f"  page of 50 possible ranks among {COMPARED:,} entries on {SYSTEMS} systems, nothing "
        f"kept: {uncached:.0f} ms of a processor (at most {UNCACHED_MS:.0f} ms wanted)"
    )
    holds = uncached <= UNCACHED_MS
    for size in (COMPARED, SIZES[-1]):
        page, before = (hubs[size].median_ms(name) for name in ("page", "page without ranks"))
        holds = holds and page / before <= RANKS_GROWTH
        print(
            f"  page at {size:,} with possible ranks / without: {page / before:.2f} "
            f"({page:.1f} ms / {before:.1f} ms; at most {RANKS_GROWTH} wanted)"
        )
    return holds


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
    else:
        sys.exit(main())
