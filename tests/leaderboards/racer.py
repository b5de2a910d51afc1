"""One of several processes that place runs on one board at once; `test_racing.py` starts it.

`prepare` makes the database, `race SEED` places runs and prints them, `report` prints the board.
"""

import json
import random
import sys
import uuid
from datetime import UTC, datetime, timedelta

import django

ACCOUNTS = 3
RUNS = 25
START = datetime(2024, 3, 1, tzinfo=UTC)
COLUMNS = [
    {"name": "mae", "label": "MAE", "unit": "min", "best": "lowest", "shown": True},
    {"name": "share", "label": "Share", "unit": "", "best": "highest", "shown": True},
]


def prepare():
    from django.core.management import call_command

    from valhub.accounts.models import Account
    from valhub.analyses.models import Analysis, AnalysisVersion

    call_command("migrate", verbosity=0)
    for number in range(ACCOUNTS):
        Account.objects.create(username=f"p{number}", email=f"p{number}@example.org")
    analysis = Analysis.objects.create(analysis_name="Race", creator=Account.objects.first())
    AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind="task", content_hash="1" * 64, columns=COLUMNS
    )


def race(seed):
    from valhub.accounts.models import Account
    from valhub.analyses.models import AnalysisVersion
    from valhub.leaderboards.services.placing import place_run

    chance = random.Random(seed)
    version = AnalysisVersion.objects.get()
    accounts = {account.username: account for account in Account.objects.all()}
    placed = []
    for number in range(RUNS):
        name, run_id = f"p{chance.randrange(ACCOUNTS)}", seed * RUNS + number
        mae = float(chance.randrange(1000 - 30 * number))
        place_run(
            version=version,
            account=accounts[name],
            submission_id=uuid.UUID(int=run_id),
            run_id=run_id,
            display_name="",
            is_baseline=False,
            coverage=1.0,
            values={"mae": (mae, None, None), "share": (mae, None, None)},
            submitted_at=START + timedelta(minutes=run_id),
        )
        placed.append([name, mae, run_id])
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
    sys.stdout.write(json.dumps(steps[sys.argv[1]](*map(int, sys.argv[2:]))))
