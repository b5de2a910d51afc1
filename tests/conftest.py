"""The cast of people every test of the hub shares, and how a test speaks as one of them."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account

PASSWORD = "correct horse battery staple"


@cache
def hashed_password() -> str:
    """Hash once for the whole run: Argon2 is slow on purpose."""
    return make_password(PASSWORD)


def _account(name: str, **roles: bool) -> Account:
    return Account.objects.create(
        username=name,
        email=f"{name}@example.org",
        first_name=name.capitalize(),
        last_name="Lee",
        password=hashed_password(),
        **roles,
    )


@pytest.fixture
def password() -> str:
    """Everybody's password."""
    return PASSWORD


@pytest.fixture
def organiser(db: None) -> Account:
    """Publishes analyses."""
    return _account("olivia", is_organiser=True)


@pytest.fixture
def participant(db: None) -> Account:
    """Hands in algorithms."""
    return _account("paul")


@pytest.fixture
def outsider(db: None) -> Account:
    """Has an account, and nothing to do with what the others do."""
    return _account("oscar")


@pytest.fixture
def staff(db: None) -> Account:
    """Runs the hub."""
    return _account("stella", is_staff=True)


@pytest.fixture
def as_() -> Callable[[Account | None], Client]:
    """Make a client signed in as an account, or as nobody; it shows 5xx answers as they are."""

    def client_of(account: Account | None) -> Client:
        client = Client(raise_request_exception=False)
        if account is not None:
            client.force_login(account)
        return client

    return client_of


@pytest.fixture(autouse=True)
def hub_data(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give every test files of its own: uploads, the engine's cache, what is served as static."""
    folder = tmp_path_factory.mktemp("hub")
    settings.DATA = folder
    settings.STATIC_ROOT = folder / "static"
    settings.STATIC_ROOT.mkdir()
    settings.MEDIA_ROOT = folder / "files"
    settings.ENGINE_CACHE = folder / "cache"
    files = settings.STORAGES["default"]
    options = {**files["OPTIONS"], "location": settings.MEDIA_ROOT}
    settings.STORAGES = {**settings.STORAGES, "default": {**files, "OPTIONS": options}}
    return folder
