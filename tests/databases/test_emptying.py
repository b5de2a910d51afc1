"""After a test that commits, the tables that it filled are empty on every database."""

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection

from services.emptying import statements_that_empty
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_written_for_tables_that_are_empty() -> None:
    assert statements_that_empty(None, connection) == []


def test_rows_that_hold_each_other_go_and_those_of_migrations_stay(organiser: Account) -> None:
    Analysis.objects.create(analysis_name="Declination", creator=organiser)
    permissions = Permission.objects.count()
    filled = " ".join(statements_that_empty(None, connection))
    assert filled.count("DELETE") == 2
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
    assert not Account.objects.exists()
    assert not Analysis.objects.exists()
    assert Permission.objects.count() == permissions > 0
    assert statements_that_empty(None, connection) == []
