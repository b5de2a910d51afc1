"""A version with four columns, and a short way to place people's runs on its board."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.leaderboards.selectors.boards import board_of
from valhub.leaderboards.selectors.pages import board_page
from valhub.leaderboards.services.entries import ScoredValue, place_run

START = datetime(2024, 3, 1, tzinfo=UTC)
COLUMNS = [
    {"name": "mae", "label": "MAE", "unit": "min", "best": "lowest", "shown": True},
    {"name": "bias", "label": "Bias", "unit": "min", "best": "zero", "shown": True},
    {"name": "share", "label": "Share", "unit": "", "best": "highest", "shown": True},
    {"name": "secret", "label": "Secret", "unit": "", "best": "lowest", "shown": False},
]


def _version(creator, columns):
    analysis = Analysis.objects.create(analysis_name="Shifts", creator=creator)
    analysis.current_version = AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind="task", content_hash="1" * 64, columns=columns
    )
    analysis.save()
    return analysis.current_version


@pytest.fixture
def version(organiser):
    return _version(organiser, COLUMNS)


@pytest.fixture
def version_without_columns(organiser):
    return _version(organiser, [])


@pytest.fixture
def person(db):
    """Give the account of a name, made when it is first named."""

    def account_of(name):
        found = Account.objects.filter(username=name).first()
        return found or Account.objects.create(username=name, email=f"{name}@example.org")

    return account_of


@pytest.fixture
def place(version, person):
    """Place a run: `place("ann", 1.5, coverage=0.5)`; each is submitted a minute after the last."""
    numbers = count(1)

    def place_one(name, mae=None, *, run_id=None, coverage=1.0, minute=None, **more):
        number = next(numbers)
        values = more.pop("values", {} if mae is None else {"mae": ScoredValue(mae)})
        about = {"submission_id": uuid.uuid4(), "display_name": "", "is_baseline": False} | more
        place_run(
            version=version,
            account=person(name),
            run_id=run_id or number,
            coverage=coverage,
            values=values,
            submitted_at=START + timedelta(minutes=number if minute is None else minute),
            **about,
        )

    return place_one


@pytest.fixture
def ranking(version):
    """Give [(rank, name), …] as the pages of the board show it."""

    def read(**options):
        rows, cursor = [], None
        while True:
            one = board_page(board=board_of(version), cursor=cursor, **options)
            rows += [(row.rank, row.author) for row in one.rows]
            cursor = one.next
            if cursor is None:
                return rows

    return read
