"""Approvals and invitations at the command line."""

import json
import re

import pytest
from click.testing import CliRunner, Result
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account, Invitation
from valhub.accounts.services.registration import register_account
from valhub.errors import NotFound
from valhub.server.administration.group import admin

pytestmark = pytest.mark.django_db

NEW = {"username": "lisa1", "email": "lisa@example.org", "password": "poa-irradiance-9"}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(admin, arguments)


def test_who_waits_is_listed_and_approved(settings: Settings) -> None:
    settings.REGISTRATION = "approval"
    register_account(**NEW)
    assert re.search(r"lisa1 +waits since 20\d\d-", run("status").output)
    assert list(json.loads(run("status", "--json").output)["approvals"]) == ["lisa1"]
    assert run("approve-account", "lisa1").output == "lisa1 can sign in now.\n"
    assert Client().login(username="lisa1", password=NEW["password"])
    assert "approvals: none" in run("status").output


def test_the_printed_link_registers_one_person(settings: Settings) -> None:
    settings.REGISTRATION = "invitation"
    settings.PUBLIC_URL = "https://hub.example"
    shown = run("invite", "lisa@example.org", "--organiser").output
    [path] = re.findall(r"https://hub\.example(/sign-up\?invitation=\S+)", shown)
    token = path.partition("=")[2]
    assert Client().get(path).status_code == 200
    Client().post("/sign-up", {**NEW, "invitation": token})
    assert Account.objects.get().is_organiser


def test_an_invitation_is_revoked() -> None:
    run("invite", "lisa@example.org")
    assert run("revoke-invitation", "lisa@example.org").exit_code == 0
    assert not Invitation.objects.exists()
    assert isinstance(run("revoke-invitation", "lisa@example.org").exception, NotFound)
