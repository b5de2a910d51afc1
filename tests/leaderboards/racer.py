"""One of several processes that place runs on one board at once; `test_racing.py` starts it.

`prepare` makes the database, `race SEED` waits for a line and then places a run of every account,
`report` tells what is on the board.
"""

import json
import random
import sys
import uuid
from datetime import UTC, datetime, timedelta

import django

ACCOUNTS = 30
START = datetime(2024, 3, 1, tzinfo=UTC)
COLUMNS = [
    {"name": "mae", "label": "MAE", "unit": "min", "best": "lowest", "shown": True},
    {"name": "share", "label": "Share", "unit": "", "best": "highest", "shown": True},
]


def tell(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def prepare():
    from django.core.management import call_command

    from valhub.accounts.models import Account
    from valhub.analyses.models import Analysis, AnalysisVersion

    call_command("migrate", verbosity=0)
    for number in range(ACCOUNTS):
        Account.objects.create(username=f"p{number:02d}", email=f"p{number}@example.org")
    analysis = Analysis.objects.create(analysis_name="Race", creator=Account.objects.first())
    AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind="task", content_hash="1" * 64, columns=COLUMNS
    )


def race(seed):
    from valhub.accounts.models import Account
    from valhub.analyses.models import AnalysisVersion
    from valhub.leaderboards.services.entries import ScoredValue, place_run

    chance = random.Random(seed)
    version = AnalysisVersion.objects.get()
    accounts = list(Account.objects.order_by("username"))
    tell("ready")
    sys.stdin.readline()
    placed = []
    for number, account in enumerate(accounts):
        run_id, mae = seed * ACCOUNTS + number, float(chance.randrange(1000))
        place_run(
            version=version,
            account=account,
            submission_id=uuid.UUID(int=run_id),
            run_id=run_id,
            display_name="",
            is_baseline=False,
            coverage=1.0,
            values={"mae": ScoredValue(mae), "share": ScoredValue(mae)},
            submitted_at=START + timedelta(minutes=run_id),
        )
        placed.append([account.username, mae, run_id])
    return placed


def report():
    from valhub.leaderboards.models import Board, Score

    board = Board.objects.get()
    scores = Score.objects.select_related("entry__account").order_by("pk")
    return {
        "entries_count": board.entries_count,
        "scores": sorted(
            [one.entry.account.username, one.column, one.value, one.entry.run_id] for one in scores
        ),
    }


if __name__ == "__main__":
    django.setup()
    steps = {"prepare": prepare, "race": race, "report": report}
    tell(json.dumps(steps[sys.argv[1]](*map(int, sys.argv[2:]))))
