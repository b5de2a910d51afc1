"""The address with which links in mails begin."""

import os
import socket

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from valhub.cloud.public_address import read_public_url, with_port
from valhub.server.up import let_links_begin_with


@pytest.mark.parametrize(
    ("hosts", "secure", "url"),
    [
        (["127.0.0.1", "localhost"], False, "http://127.0.0.1:8080"),
        (["*", ".example", "pv.example"], False, "http://pv.example:8080"),
        (["*"], False, "http://localhost:8080"),
        (["[::1]"], False, "http://[::1]:8080"),
        (["pv.example"], True, "https://pv.example"),
    ],
)
def test_without_a_setting_it_is_where_the_hub_listens(
    hosts: list[str], url: str, *, secure: bool
) -> None:
    assert read_public_url("", hosts=hosts, secure=secure) == url


@pytest.mark.parametrize("given", ["https://pv.example:8443", "http://[fe80::1]:80"])
def test_a_given_one_stays(given: str) -> None:
    assert read_public_url(given, hosts=["localhost"], secure=True) == given


@pytest.mark.parametrize("given", ["https://pv.example:0", "https://pv.example:70000", "pv:1"])
def test_an_address_that_nobody_can_open_is_refused(given: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="VALHUB_URL is"):
        read_public_url(given, hosts=["localhost"], secure=False)


@pytest.mark.parametrize(
    ("before", "secure", "is_own"),
    [("", False, True), (" ", False, True), ("http://pv.example", False, False), ("", True, False)],
)
def test_the_whole_hub_knows_on_which_port_it_listens(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    before: str,
    *,
    secure: bool,
    is_own: bool,
) -> None:
    monkeypatch.setenv("VALHUB_URL", before)
    settings.SECURE = secure
    settings.PUBLIC_URL = read_public_url(before.strip(), hosts=["localhost"], secure=secure)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        let_links_begin_with(listener)
        own = with_port("http://localhost:8080", listener.getsockname()[1])
    assert os.environ["VALHUB_URL"] == (own if is_own else before)
