"""What may leave a sandbox, type by type, and that nothing leaves one unchecked."""

import datetime
import json
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from valhub.evaluation import reader
from valhub.evaluation.execution.channel import Channel
from valhub.evaluation.execution.environments.errors import InstallFailed
from valhub.evaluation.execution.environments.requirement_locks import Lock
from valhub.evaluation.execution.guest import values, wire
from valhub.evaluation.execution.guest_process import receive
from valhub.evaluation.execution.outcome import CallFailed
from valhub.evaluation.execution.sandbox.canary import _holes
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.received_values import (
    HUGE,
    LONG_KEY,
    LONG_TEXT,
    MANY_BYTES,
    MOST_BYTES,
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_KEY_CHARACTERS,
    NESTING,
    OTHER_TYPE,
    problem_of,
)
from valhub.evaluation.results import Verdict

ENGINE = Path(reader.__file__).parent
NATURAL = 10**400  # what `max(errors)` gives where one of them is no float


def nested(levels: int) -> object:
    value: object = 1.0
    for _ in range(levels):
        value = [value]
    return value


def objects(*items: object) -> "pd.Index[Any]":
    return pd.Index(list(items), dtype=object)


FINE: dict[str, object] = {
    "nothing": None,
    "yes": True,
    "number": -1.5,
    "missing": float("nan"),
    "largest whole number": int(np.finfo(float).max),
    "complex": 1 + 2j,
    "text": "x" * 1000 + "\ud800",
    "bytes": b"\0" * 1000,
    "dates": [datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), datetime.time(1)],
    "duration": datetime.timedelta(1),
    "mixed": {"a": [1, "b", (2.0, None)], 3: {(1, 2): b""}},
    "depth": nested(MOST_DEPTH - 1),
    "array": np.zeros((3, 3)),
    "scalars": [np.float32(1), np.int64(2), np.bool_(True), np.datetime64("2020")],
    "series": pd.Series([1.0, None], pd.date_range("2020", periods=2, tz="Europe/Berlin")),
    "frame": pd.DataFrame({"a": [1], "b": ["x"], "c": [pd.Timestamp("2020")]}),
    "levels": pd.Series([1], pd.MultiIndex.from_tuples([(1, "a")])),
    "categories": pd.Series(["a", "b"]).astype("category"),
    "marks": [pd.NA, pd.NaT, pd.Timedelta(1), pd.Interval(0, 1)],
}
PROBLEMS: dict[str, tuple[object, str]] = {
    "number": (NATURAL, HUGE),
    "number below": (-NATURAL, HUGE),
    "number in a list": ([1] * 100 + [NATURAL], HUGE),
    "number among texts": (["a", NATURAL, 1.0], HUGE),
    "number in a key": ({NATURAL: 1}, HUGE),
    "number in a tuple of a key": ({(1, NATURAL): 1}, HUGE),
    "number in an array": (np.array([1, NATURAL], dtype=object), HUGE),
    "number for an array": (np.array(NATURAL, dtype=object), HUGE),
    "number in a series": (pd.Series(objects(1, NATURAL)), HUGE),
    "number in an index": (pd.Series([1.0], objects(NATURAL)), HUGE),
    "number for a name": (pd.Series([1.0], name=NATURAL), HUGE),
    "number for an index's name": (pd.Series([1.0], pd.Index([1], name=NATURAL)), HUGE),
    "number in a frame": (pd.DataFrame({"a": [1.0], "b": objects(NATURAL)}), HUGE),
    "number in a cell's list": (pd.Series(objects([NATURAL], 1)), HUGE),
    "text": ("x" * (MOST_CHARACTERS + 1), LONG_TEXT),
    "bytes": (bytes(MOST_BYTES + 1), MANY_BYTES),
    "name": ({"x" * (MOST_KEY_CHARACTERS + 1): 1}, LONG_KEY),
    "depth": (nested(MOST_DEPTH + 1), NESTING),
    "set": ([{1}], OTHER_TYPE),
    "object": (object(), OTHER_TYPE),
    "class of its own": (type("Own", (int,), {})(1), OTHER_TYPE),
}


@pytest.mark.parametrize("value", FINE.values(), ids=FINE)
def test_what_may_leave_a_sandbox(value: object) -> None:
    assert problem_of(value) == problem_of({"kind": "answer", "value": value}) == ""


@pytest.mark.parametrize(("value", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_may_not(value: object, problem: str) -> None:
    assert problem_of(value) == problem_of({"kind": "answer", "value": [value]}) == problem


def test_depth_is_that_of_the_wire() -> None:
    assert MOST_DEPTH == values.MAX_DEPTH


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Channel]]:
    ours, theirs = socket.socketpair()
    channel = Channel(ours, 1 << 20)
    with theirs:
        yield theirs, channel
    channel.close()


@pytest.mark.parametrize("kind", ["answer", "predict", "raised", "ready"])
def test_every_message_of_a_guest_is_checked(
    ends: tuple[socket.socket, Channel], kind: str
) -> None:
    theirs, channel = ends
    wire.send_value(theirs, {"kind": kind, "value": [1, 2.0]})
    assert receive(channel, "The algorithm") == {"kind": kind, "value": [1, 2.0]}
    wire.send_value(theirs, {"kind": kind, "value": [1, NATURAL]})
    with pytest.raises(CallFailed) as caught:
        receive(channel, "The algorithm")
    failure = caught.value.failure
    assert failure.verdict is Verdict.INVALID_OUTPUT
    assert failure.shown(reveal=False).message == (
        "The algorithm returned a number or text beyond what can be read; it should return finite "
        "numbers."
    )
    assert "a whole number beyond ±1.8e+308" in failure.shown(reveal=True).message


@pytest.mark.parametrize(
    "document", [{"found": NATURAL}, {"found": nested(70)}, [], "found", {"faults": [1]}, {}]
)
def test_a_report_with_such_a_value_is_no_report(
    document: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert report({"found": {"a": 1}}, monkeypatch) == {"a": 1}
    with pytest.raises(reader.ReaderFailed, match="not readable"):
        report(document, monkeypatch)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"found": 1' + "0" * 5_000 + "}", "NaN", "\xff"])
def test_a_report_that_is_no_json_is_no_report(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(reader.ReaderFailed, match="not readable"):
        report(text, monkeypatch)


def test_faults_are_made_of_words(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = {"problem": "It is odd.", "fix": "Change it."}
    with pytest.raises(InvalidPackage, match="It is odd"):
        report({"name": "a", "faults": [fault]}, monkeypatch)
    with pytest.raises(reader.ReaderFailed, match="not readable"):
        report({"name": "a", "faults": [{**fault, "problem": 7}]}, monkeypatch)


def report(document: object, monkeypatch: pytest.MonkeyPatch) -> object:
    """Have a reader report something, as JSON or as text."""
    text = document if isinstance(document, str) and document != "found" else _json(document)
    done = subprocess.CompletedProcess([], 0, text.encode("latin-1"), b"")
    monkeypatch.setattr(reader, "_run", lambda *_: done)
    return reader.run_reader("reader", {}, reader.ReaderLimits(1, 1, 1.0))


def _json(value: object) -> str:
    return json.dumps(value)


@pytest.mark.parametrize("found", [{"a": 1}, "text", 7, [NATURAL], nested(70)])
def test_what_a_canary_may_not_find_is_a_hole(found: object) -> None:
    assert _holes(["reads a file"]) == ["reads a file"]
    with pytest.raises(ValueError, match="no list of holes"):
        _holes(found)


LOCK = """\
alpha==1.0+cpu \\
    --hash=sha256:00ff \\
    --hash=sha256:01
beta==2.0 ; os_name == 'a'
"""


def test_a_lock_has_versions_and_digests_alone() -> None:
    assert Lock.resolved(LOCK, ()).versions == ("alpha==1.0+cpu", "beta==2.0")


@pytest.mark.parametrize(
    "line",
    [
        "gamma @ https://example.org/gamma.whl",
        "--index-url https://example.org/simple",
        "-e ./gamma",
        "-r /etc/passwd",
        "gamma>=1",
        "gamma==1 --hash=sha256:00",
        "gamma==${SECRET}",
        "\x1b[2Jgamma==1",
        "gamma==1\r--pre",
    ],
)
def test_a_lock_with_anything_else_is_rejected(line: str) -> None:
    with pytest.raises(InstallFailed, match="something else in it"):
        Lock.resolved(f"{LOCK}{line}\n", ())


def test_nothing_else_reads_what_leaves_a_sandbox() -> None:
    """Messages are received in one place, and JSON of other processes is parsed in known ones."""
    sources = {path: path.read_text() for path in ENGINE.rglob("*.py") if "guest/" not in str(path)}
    receivers = {path.name for path, text in sources.items() if ".receive()" in text}
    parsers = {path.name for path, text in sources.items() if re.search(r"json\.loads?\(", text)}
    assert receivers == {"guest_process.py"}
    assert parsers == {
        *("reader.py", "canary.py"),  # what other processes say; both are tested above
        *("reader_process.py", "bubblewrap.py", "interpreters.py"),  # said by the hub's own side
        *("dataset.py", "check_cache.py"),  # the hub's own files
        *("task_config.py", "simple_pages.py"),  # parsers of texts, which make faults of errors
    }
