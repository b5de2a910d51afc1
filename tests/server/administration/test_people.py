"""Accounts, administered at the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.test import Client

from valhub.accounts.models import Account, AuditEntry
from valhub.accounts.services.deletion import delete_account
from valhub.errors import Conflict, InvalidFields
from valhub.server.administration.group import admin

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]
NEW = "poa-irradiance-9"


def run(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(admin, arguments, input=text)


def acts() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("id").values_list("act", "subject"))


def test_the_first_superuser_signs_in() -> None:
    done = run("create-superuser", "sue", "sue@example.org", text=f"{NEW}\n{NEW}\n")
    assert done.exit_code == 0, done.output
    assert NEW not in done.output
    sue = Account.objects.get(username="sue")
    assert (sue.is_staff, sue.is_superuser) == (True, True)
    assert Client().login(username="sue", password=NEW)
    assert acts() == [("create superuser", f"account {sue.pk}")]


def test_a_weak_password_makes_no_account() -> None:
    done = run("create-superuser", "sue", "sue@example.org", "--password-file", "-", text="123\n")
    assert isinstance(done.exception, InvalidFields)
    assert not Account.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_taken_name_makes_nobody_a_superuser(participant: Account) -> None:
    done = run("create-superuser", "Paul", "other@example.org", "--generate")
    assert isinstance(done.exception, Conflict)
    participant.refresh_from_db()
    assert not participant.is_superuser


@pytest.mark.parametrize("name", ["paul", "PAUL", "paul@example.org", "id"])
def test_a_password_is_reset_and_sessions_end(as_: As, participant: Account, name: str) -> None:
    client = as_(participant)
    done = run("reset-password", str(participant.pk) if name == "id" else name, "--generate")
    password = done.output.rpartition(": ")[2].strip()
    assert Client().login(username="paul", password=password)
    assert client.get("/account/list").status_code == 401
    assert acts() == [("reset password", f"account {participant.pk}")]
    assert password not in str(AuditEntry.objects.values_list("details", flat=True))


def test_a_password_comes_from_a_file(participant: Account, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{NEW}\n")
    assert run("reset-password", "paul", "--password-file", str(file)).exit_code == 0
    assert Client().login(username="paul", password=NEW)


def test_an_organiser_is_approved_once_and_the_approval_is_taken_back(participant: Account) -> None:
    assert run("approve-organiser", "paul").output == "paul is an organiser.\n"
    again = run("approve-organiser", "paul")
    assert isinstance(again.exception, Conflict)
    assert "is an organiser already" in str(again.exception)
    assert run("approve-organiser", "paul", "--undo").exit_code == 0
    participant.refresh_from_db()
    assert not participant.is_organiser
    assert [act for act, _ in acts()] == ["approve organiser", "take back approval"]


def test_a_deactivated_account_neither_signs_in_nor_goes_on(
    as_: As, participant: Account, password: str
) -> None:
    client = as_(participant)
    assert run("deactivate", "paul").exit_code == 0
    assert client.get("/account/list").status_code == 401
    assert not Client().login(username="paul", password=password)
    assert run("deactivate", "paul", "--undo").exit_code == 0
    assert Client().login(username="paul", password=password)


@pytest.mark.parametrize(
    "name", ["nobody", "", "\0", "deleted-1", "00000000-0000-0000-0000-000000000000"]
)
def test_who_does_not_exist_is_named(participant: Account, name: str) -> None:
    done = run("deactivate", name)
    assert done.exit_code == 2
    assert "There is no account" in done.output
    assert not AuditEntry.objects.exists()


def test_a_deleted_account_is_not_found(participant: Account) -> None:
    delete_account(participant)
    assert run("reset-password", str(participant.pk), "--generate").exit_code == 2


def test_the_audit_log_names_people_as_long_as_they_exist(participant: Account) -> None:
    assert run("audit").output == "The audit log is empty.\n"
    run("approve-organiser", "paul")
    assert f"approve organiser  paul ({participant.pk})" in run("audit").output
    delete_account(participant)
    shown = run("audit", "--last", "1").output
    assert f"account {participant.pk}" in shown
    assert "paul" not in shown


def test_the_audit_log_shows_names_that_act_on_no_terminal(participant: Account) -> None:
    run("approve-organiser", "paul")
    # No name is accepted that has these; an earlier release may have.
    Account.objects.update(username="x\x1b]8;;https://evil.example\x1b\\y\n2026-01-01  root\u202e")
    AuditEntry.objects.update(details={"text": "\x1b[2J\u202e"})
    for shown in (run("audit").output, run("deactivate", str(participant.pk)).output):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "x\\x1b]8;;https://evil.example" in shown
    first, second = run("audit").output.splitlines()
    assert "approve organiser" in first
    assert "deactivate" in second
