"""What a check found is said again for the same bytes, and for no others."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import valhub
from valhub.evaluation.packages import check_cache
from valhub.evaluation.packages.check_cache import (
    CheckCache,
    archive_content,
    check_key,
    folder_content,
)
from valhub.evaluation.packages.faults import Fault, InvalidPackage
from valhub.evaluation.packages.requirements.upload_dates import read_upload_limit

KEY = "0" * 64
FAULTS = (Fault("It is empty.", "Fill it.", "a.csv", 3, "power"), Fault("No.", "Yes."))


@dataclass
class Check:
    """A check that counts how often it was asked."""

    found: dict[str, Any] = field(default_factory=lambda: {"notes": ["Look here."]})
    faults: tuple[Fault, ...] = ()
    count: int = 0

    def __call__(self) -> dict[str, Any]:
        self.count += 1
        if self.faults:
            raise InvalidPackage("unpacked", self.faults)
        return self.found


@pytest.fixture
def cache(tmp_path: Path) -> CheckCache:
    return CheckCache(tmp_path / "cache/checks")


def test_the_same_bytes_are_checked_once(cache: CheckCache) -> None:
    check = Check()
    assert [cache.result(KEY, "a", check) for _ in range(3)] == [check.found] * 3
    assert check.count == 1
    assert cache.folder.stat().st_mode & 0o777 == 0o700


def test_every_fault_is_reported_again_under_the_new_name(cache: CheckCache) -> None:
    check = Check(faults=FAULTS)
    for name in ("a.zip", "b.zip"):
        with pytest.raises(InvalidPackage) as refused:
            cache.result(KEY, name, check)
        assert (refused.value.name, refused.value.faults) == (name, FAULTS)
    assert check.count == 1


def test_what_another_day_changes_is_not_kept(cache: CheckCache) -> None:
    with pytest.raises(ValueError, match="9999") as future:
        read_upload_limit("9999-01-01")
    check = Check(faults=(Fault(f"{future.value}.", "Write a day that has passed."),))
    for _ in range(2):
        with pytest.raises(InvalidPackage):
            cache.result(KEY, "a", check)
    assert check.count == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda kept: b"",
        lambda kept: kept[:-1],
        lambda kept: kept.replace(b"here", b"away"),
        lambda kept: b"\xff" + kept[1:],
    ],
    ids=["emptied", "cut", "changed", "no digest"],
)
def test_a_damaged_result_is_found_again(
    cache: CheckCache, damage: Callable[[bytes], bytes]
) -> None:
    check = Check()
    cache.result(KEY, "a", check)
    path = cache.folder / KEY
    path.write_bytes(damage(path.read_bytes()))
    assert [cache.result(KEY, "a", check) for _ in range(2)] == [check.found] * 2
    assert check.count == 2


def test_many_at_once_find_the_same_and_leave_nothing_else(cache: CheckCache) -> None:
    with ThreadPoolExecutor(8) as people:
        found = list(people.map(lambda _: cache.result(KEY, "a", Check()), range(40)))
    assert found == [Check().found] * 40
    assert [path.name for path in cache.folder.iterdir()] == [KEY]


def test_a_disk_that_refuses_costs_only_time(cache: CheckCache) -> None:
    cache.folder.parent.write_text("not a folder")
    assert cache.result(KEY, "a", Check()) == Check().found


def test_a_very_large_result_is_not_kept(cache: CheckCache) -> None:
    check = Check(found={"said": "x" * 2 * 1024**2})
    assert cache.result(KEY, "a", check) == check.found
    assert cache.find(KEY) is None


def test_results_used_longest_ago_are_removed(
    cache: CheckCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        cache.keep(f"{number}", {"found": {}})
        os.utime(cache.folder / f"{number}", (number, number))
    assert cache.find("0") == {"found": {}}
    monkeypatch.setattr(check_cache, "_MOST_BYTES", 2 * 4096)
    cache.keep("3", {"found": {}})
    assert sorted(path.name for path in cache.folder.iterdir()) == ["0", "3"]


def test_a_key_stands_for_bytes_way_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {check_key("a", by="x"), check_key("b", by="x"), check_key("a", by="y")}
    monkeypatch.setattr(valhub, "__version__", "0.0.1")
    check_cache._code.cache_clear()
    keys.add(check_key("a", by="x"))
    check_cache._code.cache_clear()
    assert len(keys) == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "a.csv").write_text("2"),
        lambda root: (root / "a.csv").rename(root / "b.csv"),
        lambda root: (root / "data/.DS_Store").write_text(""),
        lambda root: (root / "empty").mkdir(),
        lambda root: (root / ".git").mkdir(),
    ],
    ids=["bytes", "name", "ignored file", "empty folder", "ignored folder"],
)
def test_a_folder_s_content_is_all_that_notes_name(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "a.csv").write_text("1")
    before = folder_content(tmp_path)
    assert folder_content(tmp_path) == before
    change(tmp_path)
    assert folder_content(tmp_path) != before


def test_an_archive_s_content_is_its_bytes(tmp_path: Path) -> None:
    contents = []
    for text in ("1", "2", "1"):
        (tmp_path / "a.zip").write_text(text)
        contents.append(archive_content(tmp_path / "a.zip"))
    assert contents[0] == contents[2] != contents[1]
