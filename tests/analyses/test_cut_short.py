"""Uploads that are cut short leave nothing that anybody sees, and nothing for long."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from pytest_django import Settings

from error_codes import coded
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion, DataFile
from valhub.analyses.selectors.listing import analyses_visible_to
from valhub.analyses.services import uploads
from valhub.analyses.services.abandoned_uploads import GIVEN_UP_AFTER, sweep_uploads
from valhub.analyses.services.uploads import READER_LIMITS
from valhub.cloud.storage import store_file
from valhub.cloud.whole_files import WholeFileStorage
from valhub.errors import Conflict, TooLarge, Unavailable
from valhub.evaluation.reader import ReaderLimits

Publish = Callable[..., AnalysisVersion]
# A package, and its public part: one file, its truth and the archive of both.
STORED = 4
LATER = GIVEN_UP_AFTER + timedelta(minutes=1)


class FullStorage(WholeFileStorage):
    """A disk with no room left."""

    def _save(self, name: str, content: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")


class Killed(BaseException):
    """Stands for a process that ends here: nothing catches it."""


def stored_files(hub_data: Path) -> list[Path]:
    return [path for path in (hub_data / "files").rglob("*") if path.is_file()]


def make_old(hub_data: Path) -> None:
    """Let everything have happened longer ago than an upload takes."""
    AnalysisVersion.objects.update(created_at=timezone.now() - LATER)
    long_ago = (timezone.now() - LATER).timestamp()
    for path in stored_files(hub_data):
        os.utime(path, (long_ago, long_ago))


@pytest.fixture
def killed_while(monkeypatch: pytest.MonkeyPatch, publish: Publish) -> Callable[[str], None]:
    """Publish, and die where a step would begin; nothing is tidied up, as after kill -9."""

    def kill(step: str) -> None:
        def die(*args: object) -> None:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(uploads, "withdraw_version", lambda version: None)
            patched.setattr(uploads, "delete_file", lambda key: None)
            patched.setattr(uploads, "delete_public_part", lambda part: None)
            patched.setattr(uploads, step, die)
            with pytest.raises(Killed):
                publish()

    return kill


def test_full_disk_leaves_nothing(publish: Publish, settings: Settings, hub_data: Path) -> None:
    here = f"{FullStorage.__module__}.{FullStorage.__name__}"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": here}}
    with pytest.raises(OSError, match="No space left"):
        publish()
    assert not Analysis.objects.exists()
    assert not DataFile.objects.exists()
    assert stored_files(hub_data) == []


def test_upload_works_once_the_disk_has_room(
    publish: Publish, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(WholeFileStorage, "_save", FullStorage._save)
        with pytest.raises(OSError, match="No space left"):
            publish()
    assert publish().archive


def test_data_that_the_hub_fails_to_prepare_is_not_the_organiser_s_fault(
    publish: Publish, hub_data: Path, read_data_at_once: None
) -> None:
    (hub_data / "cache").mkdir()
    (hub_data / "cache/data").write_text("in the way")
    with pytest.raises(Unavailable, check=coded("not-prepared")):
        publish()
    assert not Analysis.objects.exists()


@pytest.mark.parametrize(
    "limits",
    [replace(READER_LIMITS, cpu_s=1), replace(READER_LIMITS, memory_bytes=400 * 1024**2)],
    ids=["processor time", "memory"],
)
def test_a_package_that_takes_too_much_to_read_is_refused_whole(
    publish: Publish,
    hub_data: Path,
    packages_read_by_a_child: None,
    monkeypatch: pytest.MonkeyPatch,
    task_upload: Callable[..., Any],
    limits: ReaderLimits,
) -> None:
    monkeypatch.setattr(uploads, "READER_LIMITS", limits)
    truth = "date,shift\n" + "".join(f"2024-01-01 00:00:00.{n:06},1\n" for n in range(900_000))
    with pytest.raises(TooLarge, check=coded("package-too-large"), match="too much time or memory"):
        publish(task_upload(**{"data/references/a.csv": truth}))
    assert not Analysis.objects.exists()
    assert stored_files(hub_data) == []
    assert list((hub_data / "cache/packages").glob("[!.]*")) == []


def test_a_package_that_a_busy_machine_is_slow_to_read_is_not_to_blame(
    publish: Publish,
    hub_data: Path,
    packages_read_by_a_child: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "READER_LIMITS", replace(READER_LIMITS, run_time_s=0.05))
    with pytest.raises(Unavailable, check=coded("not-prepared")) as refused:
        publish()
    assert refused.value.retry_after_s == 60
    assert not Analysis.objects.exists()
    assert stored_files(hub_data) == []


@pytest.mark.parametrize("step", ["cache_unpacked", "store_file", "complete_version"])
def test_killed_upload_is_seen_by_nobody(
    killed_while: Callable[[str], None], staff: Account, organiser: Account, step: str
) -> None:
    killed_while(step)
    for account in (staff, organiser, None):
        assert not analyses_visible_to(account).exists()


@pytest.mark.parametrize("step", ["cache_unpacked", "store_file", "complete_version"])
def test_killed_upload_is_swept_away(
    killed_while: Callable[[str], None], hub_data: Path, step: str
) -> None:
    killed_while(step)
    make_old(hub_data)
    assert sweep_uploads() > 0
    assert not Analysis.objects.exists()
    assert not AnalysisVersion.objects.exists()
    assert stored_files(hub_data) == []


def test_killed_upload_may_be_sent_again_once_it_is_swept_away(
    killed_while: Callable[[str], None], publish: Publish, hub_data: Path
) -> None:
    killed_while("complete_version")
    with pytest.raises(Conflict, check=coded("upload-in-progress")):
        publish()
    make_old(hub_data)
    sweep_uploads()
    assert publish().archive


def test_running_upload_is_left_alone(killed_while: Callable[[str], None], hub_data: Path) -> None:
    killed_while("complete_version")
    assert sweep_uploads() == 0
    assert AnalysisVersion.objects.filter(archive="").count() == 1
    assert len(stored_files(hub_data)) == STORED


def test_published_archive_is_never_swept(publish: Publish, hub_data: Path) -> None:
    publish()
    make_old(hub_data)
    assert sweep_uploads() == 0
    assert len(stored_files(hub_data)) == STORED


def test_archive_without_a_row_is_swept(db: None, hub_data: Path) -> None:
    store_file("evaluation_scripts/analysis_7.zip", ContentFile(b"PK"))
    make_old(hub_data)
    assert sweep_uploads() == 1
    assert stored_files(hub_data) == []


def test_upload_that_was_swept_meanwhile_stores_nothing(
    publish: Publish, hub_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store_slowly(key: str, source: Any) -> str:
        stored = store_file(key, source)
        AnalysisVersion.objects.update(created_at=timezone.now() - LATER)
        sweep_uploads()
        return stored

    monkeypatch.setattr(uploads, "store_file", store_slowly)
    with pytest.raises(Unavailable, check=coded("upload-abandoned")):
        publish()
    assert not Analysis.objects.exists()
    assert stored_files(hub_data) == []
