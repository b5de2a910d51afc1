"""The upgrade to intervals over systems: those of earlier releases are not shown any more."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from valhub.leaderboards.models import Board, Score
from valhub.leaderboards.services.entries import ScoredValue

pytestmark = [pytest.mark.django_db, pytest.mark.databases]


def test_earlier_intervals_go_and_values_stay(place):
    place("ann", values={"mae": ScoredValue(1.0, 0.5, 2.0)})
    before = Board.objects.get().number
    migration = import_module("valhub.leaderboards.migrations.0002_systems")
    migration.forget_intervals(apps, connection.schema_editor())
    score = Score.objects.get(column="mae")
    assert (score.value, score.low, score.high, score.systems) == (1.0, None, None, 0)
    assert Board.objects.get().number == before + 1
