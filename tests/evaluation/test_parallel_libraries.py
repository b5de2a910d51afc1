"""Libraries that start threads and interpreters of their own, at import and in the call."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from valhub.evaluation.execution.environments import Environment
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.program import SUBMISSION, Program
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap

# An environment with all of them is made, and compilers and interpreters are started.
pytestmark = pytest.mark.slow

LIBRARIES = ("pandas", "numpy", "polars", "joblib", "numba")
DAYS = pd.Series([1.0, 2.0, 4.0], pd.date_range("2020-01-01", periods=3))
ALGORITHMS = {
    "polars, first used at import": """
import polars as pl

TABLE = pl.DataFrame({"day": [1, 2, 2]}).group_by("day").agg(pl.len()).sort("day")


def f(series):
    days = pl.DataFrame({"day": [1, 2], "power": series.to_list()[:2]})
    return days.join(TABLE, on="day").select(pl.col("power") * pl.col("len")).sum().item()
""",
    "polars, first used in the call": """
import polars as pl


def f(series):
    return pl.Series(series.to_list()[1:] + [-1.0]).sum()
""",
    "numba in parallel, compiled at import": """
import numba
import numpy as np


@numba.njit(parallel=True)
def total(values):
    result = 0.0
    for i in numba.prange(values.size):
        result += values[i]
    return result


total(np.ones(2))


def f(series):
    return total(series.to_numpy()) - 2
""",
    "joblib's own processes, with arrays in files": """
import numpy as np
from joblib import Parallel, delayed


def f(series):
    large = np.full(400_000, series.iloc[0])
    return sum(Parallel(n_jobs=2)(delayed(np.mean)(large) for _ in range(5)))
""",
    "joblib with forked processes and threads": """
from joblib import Parallel, delayed


def f(series):
    for backend in ("multiprocessing", "threading"):
        found = Parallel(n_jobs=2, backend=backend)(delayed(abs)(-x) for x in series)
    return sum(found) - 2
""",
}


@pytest.mark.parametrize("what", ALGORITHMS)
def test_libraries_share_their_work_out_in_every_call(
    real_environment: Callable[..., Environment],
    host_sandbox: Bubblewrap,
    tmp_path: Path,
    what: str,
) -> None:
    environment = real_environment(*LIBRARIES)
    code, data = tmp_path / "code", tmp_path / "data.frame"
    code.mkdir()
    (code / "submission_wrapper.py").write_text(ALGORITHMS[what])
    with data.open("wb") as file:
        wire.write_value(file, DAYS)
    module = f"{SUBMISSION}.submission_wrapper"
    program = Program(code, module, "f", environment.python, packages=environment.path)
    with Host(host_sandbox, program, CallLimits(timeout_s=60)) as host:
        outcomes = [host.call({"kind": "call", "keywords": {}}, data) for _ in range(2)]
    assert [(outcome.failure, outcome.answer) for outcome in outcomes] == [(None, 5.0)] * 2
