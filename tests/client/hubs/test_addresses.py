import pytest

from valhub.client.hubs.addresses import hub_address, is_private
from valhub.errors import Invalid

WRITTEN = {
    "hub.example": "https://hub.example",
    "HTTPS://Hub.Example:8443/": "https://hub.example:8443",
    "localhost:8080": "http://localhost:8080",
    "127.0.0.1:80": "http://127.0.0.1:80",
    "http://[::1]:8080": "http://[::1]:8080",
    " http://lab ": "http://lab",
}


@pytest.mark.parametrize(("written", "address"), WRITTEN.items())
def test_an_address_has_one_form(written: str, address: str) -> None:
    assert hub_address(written) == address


@pytest.mark.parametrize(
    "written",
    ["", "ftp://hub.example", "https://", "https://a:b@hub.example", "https://hub.example:x",
     "https://hub.example/api/v1", "https://hub.example?x=1", "https://hub\x1b[2J.example",
     "https://a b"],
)  # fmt: skip
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(Invalid):
        hub_address(written)


@pytest.mark.parametrize(
    ("address", "private"),
    [("https://hub.example", True), ("http://localhost:1", True), ("http://hub.example", False)],
)
def test_who_can_listen(address: str, private: bool) -> None:
    assert is_private(address) == private
