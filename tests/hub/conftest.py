"""A real hub for tests: all of its processes, on a free port, with data of its own."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from services.databases import empty_database
from valhub.client.local_hub import LocalHub, running_hub

# Everything that takes turns takes them often, so that tests do not wait for them.
HURRIED = {
    "VALHUB_POLL_MS": "50",
    "VALHUB_SWEEP_MS": "200",
    "VALHUB_LEASE_S": "3",
    "VALHUB_QUOTA_RUNNING": "1000",
    "VALHUB_QUOTA_PER_DAY": "1000",
    "VALHUB_QUOTA_ACCOUNT_PER_DAY": "1000",
    "VALHUB_REGISTRATIONS_PER_NETWORK": "1000",
}


@pytest.fixture(scope="session")
def hurried(engine_cache: Path) -> Mapping[str, str]:
    """Settings of a hub for tests."""
    return {**HURRIED, "VALHUB_CACHE": str(engine_cache)}


@pytest.fixture(scope="package")
def busy_hub(
    tmp_path_factory: pytest.TempPathFactory, hurried: Mapping[str, str]
) -> Iterator[LocalHub]:
    """A hub that the tests of this folder share: starting one costs ten seconds of a core."""
    data = tmp_path_factory.mktemp("hub") / "data"
    with (
        empty_database(data) as url,
        running_hub(data, workers=1, environment={**hurried, "DATABASE_URL": url}) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def fresh_name() -> Callable[[], str]:
    """Gives user names that nobody has."""
    numbers = iter(range(1_000_000))
    return lambda: f"person-{next(numbers)}"
