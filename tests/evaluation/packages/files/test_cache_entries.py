"""What is kept on disk goes when it was used longest ago, and never while it is used."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from services.tied import tied
from valhub.evaluation.packages.files.cache_entries import cache_entry, discard, trim

LONG_AGO = 1_000_000_000
MIB = 1024**2
HOLD = """
import sys, time
from pathlib import Path
from valhub.evaluation.packages.files.cache_entries import cache_entry
with cache_entry(Path(sys.argv[1]), lambda: None):
    print("held", flush=True)
    time.sleep(600)
"""
TRIM = """
import os, signal, sys
from pathlib import Path
from valhub.evaluation.packages.files import cache_entries
cache_entries._taken_away = lambda entry, leaving: (
    entry.rename(leaving / entry.name), os.kill(os.getpid(), signal.SIGKILL)
)
cache_entries.trim([Path(sys.argv[1])], 0)
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Four entries of one MiB, last used one second after another, long ago."""
    for second, name in enumerate(("d", "c", "b", "a")):
        entry = tmp_path / name
        entry.mkdir()
        (entry / "large").write_bytes(b"x" * MIB)
        os.utime(entry, (LONG_AGO + second,) * 2)
    return tmp_path


def names(store: Path) -> list[str]:
    return sorted(path.name for path in store.iterdir())


def not_made() -> None:
    raise AssertionError("It was there.")


def test_what_was_used_longest_ago_goes_first(store: Path) -> None:
    assert trim([store], 2 * MIB) == 2 * MIB
    assert names(store) == ["a", "b"]


def test_nothing_goes_while_there_is_room(store: Path) -> None:
    assert trim([store], 4 * MIB) == 4 * MIB
    assert names(store) == ["a", "b", "c", "d"]


def test_using_an_entry_makes_it_the_last_to_go(store: Path) -> None:
    with cache_entry(store / "d", not_made):
        pass
    trim([store], MIB)
    assert names(store) == ["d"]


def test_several_folders_share_one_limit(store: Path) -> None:
    other = store / "e"
    other.mkdir()
    (other / "older.zip").write_bytes(b"x" * MIB)
    os.utime(other / "older.zip", (LONG_AGO - 1,) * 2)
    (store / "e").rename(store.parent / "e")
    assert trim([store, store.parent / "e"], 4 * MIB) == 4 * MIB
    assert names(store.parent / "e") == []


def test_entry_in_use_stays(store: Path) -> None:
    with cache_entry(store / "d", not_made):
        os.utime(store / "d", (LONG_AGO,) * 2)
        assert trim([store], 0) == MIB
        assert names(store) == ["d"]
    assert trim([store], 0) == 0


def test_entry_that_was_just_made_stays(store: Path) -> None:
    (store / "new").mkdir()
    trim([store], 0)
    assert names(store) == ["new"]


def test_what_is_being_made_is_no_entry(store: Path) -> None:
    for name in (".new.partial", ".new.lock"):
        (store / name).touch()
        os.utime(store / name, (LONG_AGO,) * 2)
    trim([store], 0)
    assert names(store) == [".new.lock", ".new.partial"]


def test_entry_that_went_is_made_again(store: Path) -> None:
    trim([store], 0)
    with cache_entry(store / "a", lambda: (store / "a").write_text("again")) as entry:
        assert entry.read_text() == "again"


def test_what_cannot_be_made_is_told(store: Path) -> None:
    def fail() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError), cache_entry(store / "z", fail):
        pass


def test_damaged_entry_goes_although_it_is_used(store: Path) -> None:
    with cache_entry(store / "a", not_made):
        discard(store / "a")
        discard(store / "a")
        assert names(store) == ["b", "c", "d"]


def test_another_process_keeps_an_entry_until_it_is_killed(store: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(store / "d")]
    with tied(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        os.utime(store / "d", (LONG_AGO,) * 2)
        assert trim([store], 0) == MIB
        holder.send_signal(signal.SIGKILL)
    assert trim([store], 0) == 0


def test_trimming_that_is_killed_leaves_nothing_behind(store: Path) -> None:
    done = subprocess.run([sys.executable, "-c", TRIM, str(store)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert trim([store], 4 * MIB) == 3 * MIB
    assert names(store) == ["a", "b", "c"]


def test_users_and_trimmers_at_once_always_find_whole_entries(tmp_path: Path) -> None:
    entry = tmp_path / "one"

    def make() -> None:
        stage = Path(f"{tmp_path}/.{time.monotonic_ns()}")
        stage.write_text("whole")
        with suppress(FileExistsError):
            os.link(stage, entry)

    def use(turn: int) -> str:
        if turn % 2:
            with suppress(FileNotFoundError):
                os.utime(entry, (LONG_AGO,) * 2)
            return str(trim([tmp_path], 0))
        with cache_entry(entry, make):
            return entry.read_text()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(use, range(200)))
    assert set(found[::2]) == {"whole"}
