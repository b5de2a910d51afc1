"""The address of a database, as it is understood and refused."""

import traceback

import pytest
from django.core.exceptions import ImproperlyConfigured

from valhub.cloud.databases import database_settings

SERVERS = ["postgres://ann:p%40ss@db.example:5433/hub", "mysql://ann:p%40ss@db.example:5433/hub"]


@pytest.mark.parametrize("url", SERVERS)
def test_an_address_says_everything_of_a_server(url: str) -> None:
    found = database_settings(url)
    given = [found[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")]
    assert given == ["ann", "p@ss", "db.example", 5433, "hub"]


@pytest.mark.parametrize("url", SERVERS)
def test_connections_to_a_server_are_kept_and_looked_at(url: str) -> None:
    found = database_settings(url)
    assert found["CONN_MAX_AGE"] > 0
    assert found["CONN_HEALTH_CHECKS"]


@pytest.mark.parametrize("url", SERVERS)
def test_what_the_address_asks_for_goes_before_the_hubs_own(url: str) -> None:
    assert database_settings(f"{url}?connect_timeout=3")["OPTIONS"]["connect_timeout"] == 3


def test_a_schema_is_looked_up_beside_the_hubs_own_session() -> None:
    options = database_settings(f"{SERVERS[0]}?currentSchema=hub")["OPTIONS"]["options"]
    assert "search_path=hub" in options
    assert "lock_timeout" in options


def test_certificates_of_a_mysql_server_may_be_named() -> None:
    options = database_settings(f"{SERVERS[1]}?ssl-ca=/etc/ca.pem")["OPTIONS"]
    assert options["ssl"] == {"ca": "/etc/ca.pem"}


@pytest.mark.parametrize(
    "url",
    [
        "oracle://ann:secret@db/hub",
        "ann:secret@db/hub",
        "mysql://ann:secret@[db/hub",
        "mysql://ann:secret/word@db/hub",
    ],
)
def test_another_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is not understood") as caught:
        database_settings(url)
    assert "secret" not in "".join(traceback.format_exception(caught.value))
