"""A machine's cache stays below its limit, and what is in use stays in the cache."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from valhub.analyses.cache_limit import trim_cache, trim_files
from valhub.analyses.models import AnalysisVersion
from valhub.analyses.package_cache import packages_folder, unpacked_package
from valhub.evaluation.execution.environments import EnvironmentStore

MIB = 1024**2
Publish = Callable[..., AnalysisVersion]


@pytest.fixture
def cache(settings: Settings) -> Path:
    """Two entries of each kind, of a MiB, used long ago; a package was before its twin."""
    root: Path = settings.ENGINE_CACHE
    kinds = ("packages", "data", "archives", "environments/envs")
    for when, kind in enumerate(kinds):
        for name in ("old", "new"):
            entry = root / kind / name
            entry.mkdir(parents=True)
            (entry / "large").write_bytes(b"x" * MIB)
            os.utime(entry, (when + 1000 * (name == "new"),) * 2)
    return root


@pytest.fixture
def environments(cache: Path) -> EnvironmentStore:
    """The machine's environments; nothing is installed, so that no sandbox is needed."""
    return EnvironmentStore(cache / "environments", sandbox=None)


def left(cache: Path) -> list[str]:
    kinds = ("packages", "data", "archives", "environments/envs")
    entries = (entry for kind in kinds for entry in (cache / kind).glob("[!.]*"))
    return [f"{entry.parent.name}/{entry.name}" for entry in entries]


def test_each_kind_loses_what_was_used_longest_ago(
    cache: Path, environments: EnvironmentStore, settings: Settings
) -> None:
    settings.CACHE_BYTES = 4 * MIB
    assert trim_cache(environments, every_s=0)
    assert sorted(left(cache)) == ["archives/new", "data/new", "envs/new", "packages/new"]


def test_nothing_goes_below_the_limit(cache: Path, environments: EnvironmentStore) -> None:
    before = left(cache)
    assert trim_cache(environments, every_s=0)
    assert left(cache) == before


def test_machine_is_looked_through_once_in_a_while(
    cache: Path, environments: EnvironmentStore, settings: Settings
) -> None:
    settings.CACHE_BYTES = 1
    assert trim_cache(environments, every_s=0)
    assert not trim_cache(environments, every_s=60)
    os.utime(cache / ".trimmed", (0, 0))
    assert trim_cache(environments, every_s=60)


def test_trouble_with_the_disk_does_not_end_the_work(
    cache: Path, environments: EnvironmentStore, caplog: pytest.LogCaptureFixture
) -> None:
    (cache / ".trimmed").mkdir()
    assert not trim_cache(environments, every_s=0)
    assert "trimming_failed" in caplog.text


def test_package_makes_room_for_itself(publish: Publish, cache: Path, settings: Settings) -> None:
    settings.CACHE_BYTES = 1
    version = publish()
    assert left(cache)[0] == f"packages/{version.content_hash}"
    assert not any(name in left(cache) for name in ("packages/old", "data/new", "archives/new"))


def test_results_of_checks_go_too(cache: Path, settings: Settings) -> None:
    (cache / "checks").mkdir()
    (cache / "checks/old").write_bytes(b"x" * MIB)
    os.utime(cache / "checks/old", (0, 0))
    trim_files()
    assert (cache / "checks/old").exists()
    settings.CACHE_BYTES = 1
    trim_files()
    assert not (cache / "checks/old").exists()


def test_package_in_use_stays(publish: Publish, settings: Settings) -> None:
    version = publish()
    settings.CACHE_BYTES = 1
    with unpacked_package(version) as folder:
        os.utime(folder, (0, 0))
        trim_files()
        assert (folder / "config.json").is_file()
    trim_files()
    assert not (packages_folder() / version.content_hash).exists()
