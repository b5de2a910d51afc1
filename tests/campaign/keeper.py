"""A hub that is started again whenever it ends, as a service manager does it."""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from campaign.tree import Member, members
from valhub.client.hub import Hub
from valhub.client.local_hub import LocalHub, running_hub

# Far longer than a hub takes that does not wait for anything.
STOPS_WITHIN_S = 300.0


class Keeper:
    """Keeps one hub running on one port."""

    def __init__(self, data: Path, workers: int, settings: Mapping[str, str]) -> None:
        self._data, self._workers, self._settings = data, workers, settings
        self._running: ExitStack | None = None
        self._port = 0
        self.hub: LocalHub

    def start(self) -> None:
        """Start the hub, and wait until it is ready."""
        stack = ExitStack()
        self.hub = stack.enter_context(
            running_hub(
                self._data, workers=self._workers, port=self._port, environment=self._settings
            )
        )
        self._running = stack
        self._port = urlsplit(self.hub.address).port or 0

    def restart(self, how: signal.Signals) -> None:
        """End the hub by a signal to its supervisor, and start it again."""
        self.hub.process.send_signal(how)
        self.hub.process.wait(STOPS_WITHIN_S)
        self.start_again()

    def start_again(self) -> None:
        """Start a hub that has ended; what it said so far is kept beside."""
        self.stop()
        self.hub.log.rename(self.hub.log.with_name(f"hub-until-{time.time():.2f}.log"))
        self.start()

    def stop(self) -> None:
        """Stop it for good."""
        if self._running is not None:
            self._running.close()
            self._running = None

    def members(self) -> list[Member]:
        """Its processes."""
        return members({self.hub.process.pid})

    def is_ready(self) -> bool:
        """Whether it says that it is ready."""
        return Hub(self.hub.address).is_ready()


@contextmanager
def kept_hub(data: Path, workers: int, settings: Mapping[str, str]) -> Iterator[Keeper]:
    """Keep a hub running for as long as the block runs."""
    keeper = Keeper(data, workers, settings)
    keeper.start()
    try:
        yield keeper
    finally:
        # Whatever is stopped still would not hear that it is to end.
        for member in keeper.members():
            os.kill(member.pid, signal.SIGCONT)
        keeper.stop()
