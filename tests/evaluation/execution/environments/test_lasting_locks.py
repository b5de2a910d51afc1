"""The same requirements resolve alike next year: by upload times, or by the lock that is kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from valhub.evaluation.execution.environments import (
    Interpreter,
    Lock,
    LockPolicy,
    PackageIndex,
    UnresolvableRequirements,
)

Make = Callable[..., Any]
OLD, NEW = "2021-06-01T00:00:00Z", "2023-06-01T00:00:00Z"
POLICY = LockPolicy(exclude_newer="2022-01-01")


class Shelf(dict[str, str]):
    """Kept locks in memory."""

    def find(self, name: str) -> str | None:
        return self.get(name)

    def keep(self, name: str, document: str) -> str:
        return self.setdefault(name, document)


@pytest.fixture
def locked(make_store: Make, python: Interpreter) -> Callable[..., tuple[str, ...]]:
    """Resolve requirements on an index; gives what they came out as."""

    def lock(index: PackageIndex, *lines: str, policy: LockPolicy = POLICY) -> tuple[str, ...]:
        answer: Lock = make_store(index).lock(lines, python=python, policy=policy)
        return answer.versions

    return lock


@pytest.fixture
def dated_index(index_server: Any, wheels: Path, make_wheel: Make) -> PackageIndex:
    """`alpha` 1.0 from before the day, 2.0 and 3.0 from after it; 3.0 needs `beta` from before."""
    old, new = make_wheel(wheels, "alpha", "1.0"), make_wheel(wheels, "alpha", "2.0")
    newest = make_wheel(wheels, "alpha", "3.0", requires=("beta",))
    index_server.offer_dated({old: OLD, new: NEW, newest: NEW})
    betas = [make_wheel(wheels, "beta", version) for version in ("1.0", "2.0")]
    index_server.offer_dated(dict(zip(betas, (OLD, NEW), strict=True)))
    return index_server.index


@pytest.mark.parametrize(
    ("line", "day", "versions"),
    [
        ("alpha", "2022-01-01", ("alpha==1.0",)),
        ("alpha", "2021-06-01", ("alpha==1.0",)),  # the day itself counts
        ("alpha", "2023-06-01T00:00:01Z", ("alpha==3.0", "beta==2.0")),
        ("alpha<3", "2024-01-01", ("alpha==2.0",)),
        ("alpha==2.0", "2022-01-01", ("alpha==2.0",)),  # an exact version always counts
        ("alpha==3", "2022-01-01", ("alpha==3.0", "beta==1.0")),  # and what it needs is frozen
    ],
)
def test_the_day_decides_what_counts(
    line: str, day: str, versions: tuple[str, ...], dated_index: PackageIndex, locked: Make
) -> None:
    assert locked(dated_index, line, policy=LockPolicy(exclude_newer=day)) == versions


def test_what_appears_later_changes_nothing_even_on_a_new_machine(
    index_server: Any, wheels: Path, make_wheel: Make, locked: Make, tmp_path: Path
) -> None:
    old, new = make_wheel(wheels, "alpha", "1.0"), make_wheel(wheels, "alpha", "2.0")
    index_server.offer_dated({old: OLD})
    before = locked(index_server.index, "alpha")
    index_server.offer_dated({old: OLD, new: NEW})
    for lock in (tmp_path / "store/locks").iterdir():
        lock.unlink()
    assert locked(index_server.index, "alpha") == before == ("alpha==1.0",)


@pytest.mark.parametrize("line", ["alpha>=2", "alpha==2.*"])
def test_a_requirement_that_only_newer_uploads_satisfy_is_explained(
    line: str, dated_index: PackageIndex, locked: Make
) -> None:
    with pytest.raises(UnresolvableRequirements, match=r"until 2022-01-01 count.*with =="):
        locked(dated_index, line)


def test_a_file_without_a_time_among_dated_ones_does_not_count(
    index_server: Any, wheels: Path, make_wheel: Make, locked: Make
) -> None:
    old, unknown = make_wheel(wheels, "alpha", "1.0"), make_wheel(wheels, "alpha", "2.0")
    index_server.offer_dated({old: OLD, unknown: None})
    assert locked(index_server.index, "alpha") == ("alpha==1.0",)


def test_an_index_without_times_keeps_its_first_lock_and_says_so(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha", "1.0", requires=("beta",))
    make_wheel(wheels, "beta", "1.0")
    told: list[str] = []
    for version in ("1.0", "2.0"):
        make_wheel(wheels, "beta", version)
        store = make_store(wheel_index)
        made = store.environment(["alpha"], python=python, policy=POLICY, log=told.append)
        assert (made.path / "beta-1.0.dist-info").is_dir()
        assert made.undated == ("alpha", "beta")
    assert "The index gives no upload times for alpha, beta" in told[-1]


def test_an_exact_version_needs_no_upload_time(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, make_store: Make, python: Interpreter
) -> None:
    make_wheel(wheels, "alpha", "1.0")
    store = make_store(wheel_index)
    assert store.lock(["alpha==1.0"], python=python, policy=POLICY).undated == ()


def test_a_kept_lock_goes_before_the_index_and_the_machine(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, locked: Make, tmp_path: Path
) -> None:
    policy = LockPolicy(exclude_newer="2022-01-01", kept=Shelf())
    make_wheel(wheels, "alpha", "1.0")
    locked(wheel_index, "alpha", policy=policy)
    make_wheel(wheels, "alpha", "2.0")
    for lock in (tmp_path / "store/locks").iterdir():
        lock.unlink()
    assert locked(wheel_index, "alpha", policy=policy) == ("alpha==1.0",)
    assert locked(wheel_index, "alpha", policy=LockPolicy("2022-01-02")) == ("alpha==2.0",)


def test_whoever_keeps_a_lock_first_decides(
    wheels: Path, wheel_index: PackageIndex, make_wheel: Make, locked: Make
) -> None:
    class Late(Shelf):
        """Another machine keeps its lock while this one resolves."""

        def keep(self, name: str, document: str) -> str:
            return super().keep(name, document.replace("alpha==2.0", "alpha==1.0"))

    for version in ("1.0", "2.0"):
        make_wheel(wheels, "alpha", version)
    assert locked(wheel_index, "alpha", policy=LockPolicy(kept=Late())) == ("alpha==1.0",)


@pytest.mark.parametrize("undated", [(), ("alpha",), ("alpha", "beta")])
def test_a_lock_is_read_as_it_was_kept(undated: tuple[str, ...]) -> None:
    lock = Lock("alpha==1.0 \\\n    --hash=sha256:00\nbeta==2.0\n", undated)
    assert Lock.from_document(lock.document()) == lock
    assert lock.versions == ("alpha==1.0", "beta==2.0")
