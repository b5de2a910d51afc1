"""Backups that a timer takes, and checking one without a hub."""

import fcntl
import gzip
import re
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from error_codes import coded
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.client.cli import main
from valhub.server.backups import nightly, taking
from valhub.server.backups.errors import BackupDamaged, BackupError
from valhub.server.backups.nightly import take_next_backup
from valhub.server.backups.taking import take_backup
from valhub.server.backups.verifying import verify_backup

pytestmark = pytest.mark.django_db

ARCHIVE = b"PK the package" * 1000


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the test's connection; a snapshot beside writers has tests of its own."""
    monkeypatch.setattr(taking, "require_database", lambda: None)
    monkeypatch.setattr(taking, "snapshot", lambda: nullcontext("default"))


def add_version(analysis: Analysis, number: int) -> str:
    content = ARCHIVE + bytes([number])
    key = f"evaluation_scripts/analysis_{analysis.pk}_v{number}.zip"
    default_storage.save(key, ContentFile(content))
    AnalysisVersion.objects.create(
        analysis=analysis, number=number, kind="task", content_hash=f"{number:064}", archive=key,
        archive_sha256=sha256(content).hexdigest(),
    )  # fmt: skip
    return key


@pytest.fixture
def analysis(organiser: Account) -> Analysis:
    analysis = Analysis.objects.create(analysis_name="Shifts", creator=organiser)
    add_version(analysis, 1)
    return analysis


@pytest.fixture
def nights(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let each backup be of another night."""

    class Nights(datetime):
        night = datetime(2026, 11, 27, 2, tzinfo=UTC)

        @classmethod
        def now(cls, tz: object = None) -> datetime:
            cls.night += timedelta(days=1)
            return cls.night

    monkeypatch.setattr(nightly, "datetime", Nights)
    return lambda: None


def names(parent: Path) -> list[str]:
    return sorted(path.name for path in parent.iterdir() if path.name[0] != ".")


def test_the_last_ones_stay_and_share_their_files(
    analysis: Analysis, nights: object, tmp_path: Path
) -> None:
    parent = tmp_path / "backups"
    for number in (2, 3, 4):
        take_next_backup(parent, keep=2)
        key = add_version(analysis, number)
    take_next_backup(parent, keep=2)
    assert len(names(parent)) == 2
    older, newest = (parent / name for name in names(parent))
    assert parent.stat().st_mode & 0o777 == newest.stat().st_mode & 0o777 == 0o700
    first = f"files/evaluation_scripts/analysis_{analysis.pk}_v1.zip"
    assert (older / first).samefile(newest / first)
    assert (newest / "files" / key).is_file()
    assert not (older / "files" / key).exists()
    for backup in (older, newest):
        verify_backup(backup)


def test_a_linked_file_that_was_altered_is_copied_again(
    analysis: Analysis, nights: object, tmp_path: Path
) -> None:
    take_next_backup(tmp_path, keep=5)
    (spoilt,) = tmp_path.glob("*/files/*/*")
    spoilt.write_bytes(b"PK altered")
    take_next_backup(tmp_path, keep=5)
    older, newest = (tmp_path / name for name in names(tmp_path))
    verify_backup(newest)
    with pytest.raises(BackupDamaged, match=r"v1\.zip is missing or altered"):
        verify_backup(older)


def test_a_folder_of_backups_is_no_backup_but_names_one(
    analysis: Analysis, nights: object, tmp_path: Path
) -> None:
    for _ in range(2):
        take_next_backup(tmp_path, keep=5)
    newest = tmp_path / names(tmp_path)[-1]
    with pytest.raises(BackupError, match=f"one of the backups in it, such as {newest}"):
        verify_backup(tmp_path)
    with pytest.raises(BackupError, match="name a complete one"):
        verify_backup(tmp_path / "nothing")


def test_an_interrupted_backup_is_removed_and_none_of_another_name(
    analysis: Analysis, nights: object, tmp_path: Path
) -> None:
    (tmp_path / "2026-11-20T020000Z/tables").mkdir(parents=True)
    (tmp_path / "by-hand").mkdir()
    take_next_backup(tmp_path, keep=1)
    assert names(tmp_path) == ["2026-11-28T020000Z", "by-hand"]


def test_what_is_not_complete_removes_nothing(
    analysis: Analysis, nights: object, tmp_path: Path
) -> None:
    take_next_backup(tmp_path, keep=1)
    default_storage.delete(AnalysisVersion.objects.get().archive)
    (first,) = names(tmp_path)
    # The last backup still has the file, and the new one links it.
    take_next_backup(tmp_path, keep=2)
    assert len(names(tmp_path)) == 2
    AnalysisVersion.objects.update(archive_sha256="0" * 64)
    with pytest.raises(BackupError, check=coded("backup-incomplete")):
        take_next_backup(tmp_path, keep=1)
    assert first in names(tmp_path)


def test_two_at_once_are_refused(analysis: Analysis, tmp_path: Path) -> None:
    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BackupError, check=coded("backup-running")):
            take_next_backup(tmp_path, keep=1)
    assert names(tmp_path) == []


def test_a_parent_that_cannot_be_made_is_named(analysis: Analysis, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupError, match=re.escape(str(tmp_path / "file"))):
        take_next_backup(tmp_path / "file", keep=1)


def cut_table(backup: Path) -> None:
    table = backup / "tables/analyses.analysisversion.jsonl.gz"
    table.write_bytes(table.read_bytes()[:-9])


def empty_table(backup: Path) -> None:
    (backup / "tables/analyses.analysis.jsonl.gz").write_bytes(gzip.compress(b""))


def remove_file(backup: Path) -> None:
    next(backup.glob("files/*/*")).unlink()


def remove_table(backup: Path) -> None:
    (backup / "tables/accounts.account.jsonl.gz").unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_table, "table analyses.analysisversion cannot be read"),
        (empty_table, "table analyses.analysis has 0 of 1 rows"),
        (remove_file, "v1.zip is missing or altered"),
        (remove_table, "table accounts.account cannot be read"),
    ],
)
def test_what_is_damaged_is_named(
    analysis: Analysis, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    take_backup(tmp_path / "backup")
    damage(tmp_path / "backup")
    with pytest.raises(BackupDamaged, match=said):
        verify_backup(tmp_path / "backup")


def test_another_data_folder_is_no_loss_of_files(
    analysis: Analysis, tmp_path: Path, settings: object
) -> None:
    files = settings.STORAGES["default"]  # type: ignore[attr-defined]
    options = {**files["OPTIONS"], "location": tmp_path / "elsewhere"}
    settings.STORAGES = {  # type: ignore[attr-defined]
        **settings.STORAGES, "default": {**files, "OPTIONS": options},  # type: ignore[attr-defined]
    }  # fmt: skip
    with pytest.raises(BackupError, check=coded("files-not-here")):
        take_backup(tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_the_command_takes_one_option_or_the_other(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["backup", str(tmp_path), "--keep", "3", "--verify"])
    assert done.exit_code == 2
    assert "--keep is for taking a backup" in done.output
