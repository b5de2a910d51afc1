"""Keeping a machine's builders, whatever its disk and other hubs do meanwhile."""

import errno
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from django.db import connection

from valhub.evaluation.execution.environments.guards import held_if_free
from valhub.jobs.machine import builders_guard
from valhub.server import builders


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(builders, "_TRY_S", 0.01)
    monkeypatch.setattr(builders, "builders_guard", lambda: tmp_path / "guard")


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("broken", ["builders_guard", "held_if_free", "_keep"])
def test_a_disk_that_fails_for_a_while_does_not_end_the_keeping_of_builders(
    monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    kept = threading.Event()
    ways: dict[str, Callable[..., object]] = {
        "builders_guard": builders.builders_guard,
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
        assert kept.wait(120)
    assert tried.is_set()


def would_keep(hub: str) -> bool:
    """Whether a worker of a hub with this database would keep builders now."""
    kept: list[object] = []
    turns = iter([True, False])
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(connection.settings_dict, "NAME", hub)
        patched.setattr(builders, "builders_guard", builders_guard)
        patched.setattr(builders, "_keep", kept.append)
        builders._keep_in_turn(lambda seconds: next(turns))
    return bool(kept)


def test_a_machine_has_one_keeper_of_builders_for_each_hub(settings, tmp_path):
    settings.ENGINE_CACHE = tmp_path
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(connection.settings_dict, "NAME", "hub")
        guard = builders_guard()
    with held_if_free(guard):
        assert not would_keep("hub")
        assert would_keep("another")
    assert would_keep("hub")
