"""One algorithm, unchanged, in environments as people have them: old, usual, new, and bare."""

import datetime as dt
import json
import zoneinfo
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oldest_pandas import NUMPY, OLDEST, PANDAS
from valhub.evaluation.execution.environments import (
    Environment,
    Interpreter,
    NoInterpreter,
    find_interpreter,
)
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.program import SUBMISSION, Program
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.results import EvaluationResult

# One environment of each age is made and imported; the golden folders run in one of them quickly.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
STACKS = {
    "oldest pandas": OLDEST,
    "pandas 2.3": ("numpy==2.2.*", "pandas==2.3.*", "tzdata"),
    "pandas 3": ("numpy>=2", "pandas>=3", "tzdata"),
}
CASES = ["alignment-by-date", "alignment-over-dst", "scalar-answers"]
ECHO = """
import sys


def f(data, what="same"):
    if what == "versions":
        return [sys.modules[name].__version__ for name in ("numpy", "pandas")]
    if what == "sum of days":
        return data.resample("D").sum()
    return data
"""
QUARTERS = pd.date_range("2020-10-24 22:00", periods=12, freq="15min", tz="UTC")
VALUES = {
    "zoned series": pd.Series(np.arange(12.0), QUARTERS.tz_convert("Europe/Berlin"), name="p"),
    "fixed zone": pd.Series(np.arange(12.0), QUARTERS.tz_convert("-07:00"), name="p"),
    "naive series": pd.Series(np.arange(12), QUARTERS.tz_localize(None), name="ac_power"),
    "gaps": pd.Series([1.0, np.nan], pd.DatetimeIndex(["2020-01-01", None])),
    "dates": pd.date_range("2020-01-31", periods=3, freq="ME"),
    "year starts": pd.date_range("2020-01-31", periods=3, freq="YS"),
    "days": pd.date_range("2020-01-31", periods=3, freq="D"),
    "durations": pd.timedelta_range("1D", periods=3, freq="6h"),
    "months": pd.period_range("2020-01", periods=3, freq="M"),
    "hours": pd.period_range("2020-01-01", periods=3, freq="h"),
    "Int64": pd.Series([1, None], dtype="Int64"),
    "boolean": pd.Series([True, None], dtype="boolean"),
    "string": pd.Series(["a", None], dtype="string"),
    "objects": pd.Series(["a", None, 1.5, (1, 2)], dtype=object),
    "text": pd.Series(["a", "ü"], index=["x", "y"], dtype=object),
    "categories": pd.Series(["a", "b", None], dtype="category"),
    "frame": pd.DataFrame({"p": [1.0, 2.0], "n": [1, 2], "s": ["a", "b"]}, index=QUARTERS[:2]),
    "levels": pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", "y"]),
    "range": pd.RangeIndex(3, 9, 2, name="n"),
    "moment": pd.Timestamp("2020-10-25 00:30", tz="UTC").tz_convert("Europe/Berlin"),
    "array": np.arange(6, dtype=">i2").reshape(2, 3),
    "dates of NumPy": np.array(["2020-01-01", "NaT"], dtype="M8[D]"),
    "text of NumPy": np.array(["a", "üü"]),
}
PLAIN = {
    "nothing": None,
    "numbers": [1, -(2**80), 2.5, float("inf"), True, 1 + 2j],
    "many numbers": [0.1 * number for number in range(1000)],
    "text": ["ü", "", "\ud800", b"\x00\xff"],
    "many words": ["day", None] * 20,
    "nested": {"a": [(1, "x"), {"b": {2: None}}], dt.date(2020, 1, 1): ()},
    "dates": [dt.datetime(2020, 1, 1, 6, tzinfo=dt.UTC), dt.time(6, 30), dt.timedelta(days=-1)],
}


def found_pythons() -> Iterator[Interpreter]:
    """The interpreters of this machine that algorithms may ask for, its own at least."""
    for minor in range(9, 14):
        try:
            yield find_interpreter(f"3.{minor}")
        except NoInterpreter:
            continue


PYTHONS = {python.version: python for python in [*found_pythons(), find_interpreter()]}


@pytest.fixture(scope="module")
def echo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("echo") / "code"
    folder.mkdir()
    (folder / "submission_wrapper.py").write_text(ECHO)
    return folder


Call = Callable[..., object]


@pytest.fixture(scope="module")
def call_with(
    host_sandbox: Bubblewrap, echo_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Call]]:
    """Have a function that sends a value into an environment and returns what comes back."""
    hosts: dict[object, Host] = {}
    path = tmp_path_factory.mktemp("data") / "data.frame"

    def host(python: Interpreter, packages: Path | None) -> Host:
        module = f"{SUBMISSION}.submission_wrapper"
        program = Program(echo_folder, module, "f", python, packages=packages)
        return Host(host_sandbox, program, CallLimits(timeout_s=60))

    def calling(python: Interpreter, packages: Path | None = None) -> Call:
        guest = hosts.setdefault((python, packages), host(python, packages))

        def call(value: object, **keywords: object) -> object:
            with path.open("wb") as file:
                wire.write_value(file, value)
            outcome = guest.call({"kind": "call", "keywords": keywords}, path)
            assert outcome.failure is None, outcome
            return outcome.answer

        return call

    yield calling
    for one in hosts.values():
        one.close()


@pytest.fixture(scope="module")
def call_in(
    call_with: Callable[..., Call], real_environment: Callable[..., Environment]
) -> Callable[[str], Call]:
    def call(stack: str) -> Call:
        environment = real_environment(*STACKS[stack])
        return call_with(environment.python, environment.path)

    return call


def assert_same(back: object, value: object) -> None:
    assert type(back) is type(value)
    if isinstance(value, pd.Series):
        pd.testing.assert_series_equal(back, value, check_freq=True)
    elif isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(back, value)
    elif isinstance(value, pd.Index):
        pd.testing.assert_index_equal(back, value)
        assert getattr(back, "freq", None) == getattr(value, "freq", None)
    else:
        np.testing.assert_array_equal(back, value)
        assert getattr(back, "dtype", None) == getattr(value, "dtype", None)


@pytest.mark.parametrize("stack", STACKS)
def test_each_environment_is_what_its_name_says(call_in: Callable[[str], Call], stack: str) -> None:
    numpy, pandas = call_in(stack)(pd.Series([1.0]), what="versions")
    expected = {
        "oldest pandas": (f"{NUMPY}.", PANDAS),
        "pandas 2.3": ("2.2.", "2.3."),
        "pandas 3": "23",
    }
    assert numpy.startswith(expected[stack][0])
    assert pandas.startswith(expected[stack][1])


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("kind", VALUES)
def test_values_come_back_the_same_from_every_environment(
    call_in: Callable[[str], Call], stack: str, kind: str
) -> None:
    assert_same(call_in(stack)(VALUES[kind]), VALUES[kind])


@pytest.mark.parametrize("stack", STACKS)
def test_every_environment_computes_the_same(call_in: Callable[[str], Call], stack: str) -> None:
    back = call_in(stack)(VALUES["zoned series"], what="sum of days")
    expected = VALUES["zoned series"].resample("D").sum()
    pd.testing.assert_series_equal(back, expected)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("case", CASES)
def test_an_algorithm_scores_the_same_in_every_environment(
    evaluate_folders: Callable[..., EvaluationResult], stack: str, case: str
) -> None:
    result = evaluate_folders(
        GOLDEN / case / "package", GOLDEN / case / "algorithm", requirements=STACKS[stack]
    )
    known = json.loads((GOLDEN / case / "expected.json").read_text(encoding="utf-8"))["files"]
    for one in result.files:
        expected = known[one.file_name]
        assert (one.file_name, str(one.verdict)) == (one.file_name, expected["verdict"])
        assert one.metrics == pytest.approx(expected["metrics"], rel=1e-11)
        assert one.coverage == expected["coverage"]


@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("kind", PLAIN)
def test_plain_values_come_back_from_every_python_without_a_package(
    call_with: Callable[..., Call], version: str, kind: str
) -> None:
    assert call_with(PYTHONS[version])(PLAIN[kind]) == PLAIN[kind]


@pytest.mark.parametrize("version", PYTHONS)
def test_zoned_times_come_back_from_every_python_that_knows_the_zone(
    call_with: Callable[..., Call], real_environment: Callable[..., Environment], version: str
) -> None:
    zones = real_environment("tzdata").path
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    value = dt.datetime(2020, 10, 25, 2, 30, tzinfo=berlin, fold=1)
    back = call_with(PYTHONS[version], zones)(value)
    assert (back, back.fold, back.tzinfo) == (value, 1, berlin)
