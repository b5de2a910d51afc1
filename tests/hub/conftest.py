"""A real hub for tests: all of its processes, on a free port, with data of its own."""

from collections.abc import Iterator

import pytest

from valhub.client.local_hub import LocalHub, running_hub


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    """A hub that is ready, with one worker; it is stopped after the test."""
    with running_hub(tmp_path_factory.mktemp("hub") / "data", workers=1) as running:
        yield running
