"""Where a request comes from, as the proxy in front of the hub writes it."""

import pytest
from django.test import RequestFactory, override_settings

from valhub.accounts.services.networks import client_address


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("198.51.100.1, 192.0.2.7:4712", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("unknown", "unknown"),
    ],
)
@pytest.mark.parametrize("is_secure", [True, False])
def test_port_is_no_part_of_an_address(forwarded: str, address: str, *, is_secure: bool) -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    with override_settings(SECURE=is_secure):
        assert client_address(request) == (address if is_secure else "127.0.0.1")
