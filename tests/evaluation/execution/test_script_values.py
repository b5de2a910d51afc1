"""What crosses between an evaluator and an algorithm whose environments differ."""

from collections.abc import Callable
from pathlib import Path

import pytest

from oldest_pandas import OLDEST
from valhub.evaluation.execution.environments import Environment
from valhub.evaluation.execution.script_run import ScriptOutcome
from valhub.evaluation.results import Verdict

Script = Callable[..., ScriptOutcome]

DOUBLES = "def predict(values): return values * 2"
PASSES_ON = "def evaluate(a, b, predict): return predict({value})"
ARRAY = "import numpy as np\n" + PASSES_ON.format(value="np.array([1.5, 2.5])")
SERIES = """
    import pandas as pd

    def evaluate(a, b, predict):
        index = pd.date_range("2020-10-24", periods=3, freq="12h", tz="Europe/Berlin")
        answer = predict(pd.Series([1.0, 2.0, 3.0], index=index, name="ac_power"))
        return [str(answer.index.tz), answer.tolist(), answer.name]
"""


@pytest.fixture(scope="session")
def numeric(real_environment: Callable[..., Environment]) -> Path:
    """An environment with NumPy and pandas."""
    return real_environment("numpy==2.2.*", "pandas==2.3.*").path


@pytest.fixture(scope="session")
def old(real_environment: Callable[..., Environment]) -> Path:
    """An environment with the oldest NumPy and pandas there are."""
    return real_environment(*OLDEST).path


def test_arrays_cross_when_both_sides_have_numpy(script: Script, numeric: Path) -> None:
    outcome = script(ARRAY, DOUBLES, packages=(numeric, numeric))
    assert outcome.returned.tolist() == [3.0, 5.0]


def test_series_cross_between_versions_of_pandas(script: Script, numeric: Path, old: Path) -> None:
    for packages in [(numeric, old), (old, numeric)]:
        outcome = script(SERIES, DOUBLES, packages=packages)
        assert outcome.returned == ["Europe/Berlin", [2.0, 4.0, 6.0], "ac_power"]


@pytest.mark.parametrize(
    ("evaluate", "said"),
    [(ARRAY, ("a NumPy value", "numpy")), (SERIES, ("a pandas value", "pandas"))],
)
def test_an_algorithm_without_a_library_is_told_to_require_it(
    script: Script, numeric: Path, evaluate: str, said: tuple[str, str]
) -> None:
    outcome = script(evaluate, DOUBLES, packages=(numeric, None))
    assert outcome.failure.verdict is Verdict.ERROR
    assert outcome.failure.message == (
        f"The algorithm receives {said[0]}, which its environment cannot read; add {said[1]} "
        "to its requirements.txt."
    )


def test_an_answer_that_the_evaluator_cannot_read_is_invalid(script: Script, numeric: Path) -> None:
    predict = "import numpy as np\ndef predict(value): return np.zeros(value)"
    outcome = script(PASSES_ON.format(value="3"), predict, packages=(None, numeric))
    assert outcome.failure.verdict is Verdict.INVALID_OUTPUT
    assert "should return plain numbers, text and lists" in outcome.failure.message


def test_an_evaluator_may_go_on_after_an_answer_it_cannot_read(
    script: Script, numeric: Path
) -> None:
    evaluate = """
        def evaluate(a, b, predict):
            try:
                predict(True)
            except Exception as error:
                return [type(error).__name__, predict(False)]
    """
    predict = """
        import numpy as np

        def predict(as_array):
            return np.zeros(3) if as_array else [0, 0, 0]
    """
    outcome = script(evaluate, predict, packages=(None, numeric))
    assert (outcome.failure, outcome.returned) == (None, ["AlgorithmError", [0, 0, 0]])


def test_plain_values_cross_where_only_one_side_has_numpy(script: Script, numeric: Path) -> None:
    evaluate = PASSES_ON.format(value="[1, 2.5]")
    predict = "import numpy as np\ndef predict(values): return np.array(values).tolist()"
    assert script(evaluate, predict, packages=(None, numeric)).returned == [1.0, 2.5]


def test_an_algorithm_without_zones_is_told_to_require_them(script: Script) -> None:
    evaluate = """
        import datetime as dt
        import zoneinfo

        def evaluate(a, b, predict):
            return predict(dt.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")))
    """
    predict = "import zoneinfo\nzoneinfo.reset_tzpath([])\ndef predict(moment): return 1"
    outcome = script(evaluate, predict)
    assert outcome.failure.verdict is Verdict.ERROR
    assert "cannot read; add tzdata to its requirements.txt." in outcome.failure.message
