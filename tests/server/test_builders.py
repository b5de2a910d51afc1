"""Keeping a machine's builders, whatever its disk does meanwhile."""

import errno
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from valhub.server import builders


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(builders, "_TRY_S", 0.01)
    monkeypatch.setattr(builders, "environments_folder", lambda: tmp_path)


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("broken", ["environments_folder", "held_if_free", "_keep"])
def test_a_disk_that_fails_for_a_while_does_not_end_the_keeping_of_builders(
    monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    kept = threading.Event()
    ways: dict[str, Callable[..., object]] = {
        "environments_folder": builders.environments_folder,
        "held_if_free": lambda _: nullcontext(enter_result=True),
        "_keep": lambda waits: kept.set() or waits(60),
    }
    tried = threading.Event()

    def once(*given: object) -> object:
        if not tried.is_set():
            tried.set()
            full()
        return ways[broken](*given)

    for name, way in ways.items():
        monkeypatch.setattr(builders, name, once if name == broken else way)
    with builders.builders(threading.Event()):
        assert kept.wait(20)
    assert tried.is_set()
