import socket
import threading

import pytest

from error_codes import coded
from valhub.server.errors import StartError
from valhub.server.listening_socket import address_of, open_listener


def test_port_zero_picks_a_free_port_and_tells_it() -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert port > 0
        assert address_of(listener) == f"http://127.0.0.1:{port}/"


def test_a_port_in_use_is_named_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("valhub.server.listening_socket.PATIENCE_S", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            StartError,
            check=coded("address-in-use"),
            match=rf"Port {port} of 127\.0\.0\.1 .*--port",
        ):
            open_listener("127.0.0.1", port)


def test_the_port_of_a_hub_that_has_just_ended_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as earlier:
        port = earlier.getsockname()[1]
    with open_listener("127.0.0.1", port) as listener:
        assert listener.getsockname()[1] == port


def test_the_port_of_a_hub_that_was_killed_is_waited_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("valhub.server.listening_socket.PATIENCE_S", 0.0)
    earlier = socket.create_server(("127.0.0.1", 0))
    port = earlier.getsockname()[1]
    threading.Timer(0.5, earlier.close).start()
    with open_listener("127.0.0.1", port, after_a_kill=True) as listener:
        assert listener.getsockname()[1] == port


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(StartError, check=coded("address-not-available"), match="--host or --port"):
        open_listener(host, 0)


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])
def test_an_open_hub_tells_an_address_that_can_be_opened(host: str, shown: str) -> None:
    with open_listener(host, 0) as listener:
        assert address_of(listener).startswith(f"http://{shown}:")
