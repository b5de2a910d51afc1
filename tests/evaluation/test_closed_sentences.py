"""What reaches an author of hidden files is one of a closed list of sentences, whatever is tried.

Each attack lets an algorithm choose something by a number in the data, and runs over two files that
differ in that number alone. On hidden files the two must read the same. The same attack on public
files is the control: there the two differ, so the channel works.
"""

import json
import re
import string
from collections.abc import Callable
from pathlib import Path

import pytest

from valhub.evaluation.closed_sentences import ALGORITHM, EVALUATE, Closed
from valhub.evaluation.execution.exception_names import KNOWN
from valhub.evaluation.results import EvaluationResult, FileOutcome, Verdict

Evaluate = Callable[..., EvaluationResult]
Results = dict[str, list[FileOutcome]]

pytestmark = pytest.mark.slow

_WHO = "|".join(map(re.escape, (ALGORITHM, f"{ALGORITHM}'s import", EVALUATE)))
# What may stand in the braces of a sentence; nothing of it depends on an answer or on data.
PLACES = {
    "who": _WHO,
    "error": "|".join(map(re.escape, sorted(KNOWN | {"Error"}))),
    "limit": r"[0-9.]+ (s|min|h|MiB|GiB)|[0-9]+",
    "value": "a NumPy value|a pandas value|a time zone by its name",
    "package": "numpy|pandas|tzdata",
    "reference": r"\w+",
    "metric": r"\w+",
    "alignment": "date|timestamp",
    "fill": r"[-+.e0-9]+",
}

# `n` is the number; `index` is the index of the data, which has four values.
SERIES = {
    "length": "return [0.0] * (n + 9)",
    "shape": "return np.zeros((n, n + 1))",
    "dtype": "return np.array(['x' * n])",
    "unit of a dtype": "return np.zeros(4, f'M8[{n}s]')",
    "dtype of a series": "return pd.Series(['a'] * 4, dtype=['object', 'string'][n == 7])",
    "columns": "return pd.DataFrame(np.zeros((4, n)))",
    "position": "return [0.0] * n + ['x']",
    "type in a list": "return [0.0, [3, {}][n == 7] if n == 7 else b'']",
    "type": "return [{}, 1.0][n == 7]",
    "type of its own": "return type(f'T{n}', (), {})()",
    "first infinite": "return [0.0] * (n // 4) + [np.inf] * 3",
    "missing": "return [np.nan] * (n % 3 + 1) + [0.0] * (3 - n % 3)",
    "dates": "return pd.Series([0.0] * 4, pd.date_range(f'19{n}1-01-01', periods=4))",
    "contradiction": "return pd.Series([0.0, float(n)], [index[n % 4]] * 2)",
    "message": "raise ValueError(n)",
    "missing key": "return {}[n]",
    "missing module": "import importlib; importlib.import_module(f'm{n}')",
    "exception of its own": "raise type(f'E{n}', (OSError,), {'__module__': 'pandas'})",
    "module of an exception": "raise type('E', (OSError,), {'__module__': f'numpy.e{n}'})",
    "notes": "e = ValueError(); e.add_note(str(n)); raise e",
    "exit status": "os._exit(n)",
    "exit": "raise SystemExit(n)",
    "signal": "os.kill(os.getpid(), n + 7)",
    "crash": "os.kill(os.getpid(), {3: signal.SIGSEGV, 7: signal.SIGBUS}[n])",
    "print": "print(n); raise ValueError",
    "line that no file has": "numbered(__file__, n * 100)",
    "line of another file": "numbered('/etc/passwd', n)",
    "folder with a module's name": "numbered(__file__.replace('submission_wrapper', 'folder'), n)",
    "count of infinite numbers": "return [10**(200 + n)] * n",
}
SCALARS = {
    "count": "return [0.0] * (n + 1)",
    "type of a value": "return {'tilt': ['x', b''][n == 7], 'azimuth': 1.0}",
    "shape": "return np.zeros((n, 2))",
    "infinite": "return [0.0, [np.inf, -np.inf][n == 7]]",
    "levels": "return pd.Series([1.0], pd.MultiIndex.from_tuples([('tilt',) * n]))",
    "missing name": "return {['tilt', 'azimuth'][n == 7]: 1.0}",
    "columns": "return pd.DataFrame({f'c{i}': [1.0] for i in range(n)})",
    "period index": "return pd.Series([1.0] * n, pd.period_range('2013', periods=n, freq='D'))",
    "categories": "return pd.Series(pd.Categorical([f'c{i}' for i in range(n)]))",
}
SOURCE = """
import os
import signal

import numpy as np
import pandas as pd


def numbered(name, line):
    exec(compile("\\n" * (line - 1) + "raise ValueError", name, "exec"), {})


def f(series):
    index, (n, way) = series.index, map(int, series.iloc[:2])
    return WAYS[way](n, index)
"""


def package(root: Path, ways: dict[str, str], *, scalar: bool, public: bool) -> Path:
    """Write a package with two files for each way."""
    folders = ["data/files"] if scalar else ["data/files", "data/references"]
    for folder in folders:
        (root / folder).mkdir(parents=True)
    names, days = [], [f"2013-01-0{day} 12:00" for day in range(1, 5)]
    for way in range(len(ways)):
        for number in (3, 7):
            name = f"{way}-{number}.csv"
            names.append(name)
            values = (number, way, 0, 0)
            rows = [f"{day},{value}" for day, value in zip(days, values, strict=True)]
            (root / "data/files" / name).write_text("\n".join(["timestamp,power", *rows]))
            if not scalar:
                truth = "\n".join(["timestamp,shift", *(f"{day},1" for day in days)])
                (root / "data/references" / name).write_text(truth)
    files = [f"1,{name},{str(public).lower()}" for name in names]
    (root / "data/file_metadata.csv").write_text("\n".join(["system_id,file_name,public", *files]))
    header = "system_id,name,latitude,longitude,tilt,azimuth"
    (root / "data/system_metadata.csv").write_text(f"{header}\n1,roof,40,-105,10,180\n")
    metric = "absolute_error" if scalar else "mean_absolute_error"
    config = {
        "function_name": "f",
        "comparison_type": "scalar" if scalar else "time_series",
        "performance_metrics": [metric],
        **({"references_compare": ["tilt", "azimuth"]} if scalar else {}),
    }
    (root / "config.json").write_text(json.dumps(config))
    return root


def algorithm(root: Path, ways: dict[str, str]) -> Path:
    (root / "folder.py").mkdir(parents=True)
    (root / "folder.py/other.py").write_text("")
    functions = [f"def way_{i}(n, index):\n    {body}\n" for i, body in enumerate(ways.values())]
    table = ", ".join(f"way_{i}" for i in range(len(ways)))
    source = "\n\n".join([SOURCE, *functions, f"WAYS = [{table}]\n"])
    (root / "submission_wrapper.py").write_text(source)
    (root / "requirements.txt").write_text("numpy==2.2.*\npandas==2.3.*\n")
    return root


@pytest.fixture(scope="module")
def run(
    evaluate_folders: Evaluate, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[Results, str]]:
    """Try every way at once, on hidden or on public files."""
    done: dict[tuple[bool, bool], tuple[Results, str]] = {}

    def try_all(*, scalar: bool, public: bool) -> tuple[Results, str]:
        if (scalar, public) not in done:
            ways = SCALARS if scalar else SERIES
            root = tmp_path_factory.mktemp("closed")
            result = evaluate_folders(
                package(root / "package", ways, scalar=scalar, public=public),
                algorithm(root / "algorithm", ways),
                reveal=False,
            )
            pairs = [list(result.files[2 * i : 2 * i + 2]) for i in range(len(ways))]
            done[scalar, public] = dict(zip(ways, pairs, strict=True)), result.message
        return done[scalar, public]

    return try_all


def pattern(closed: Closed) -> str:
    parts = string.Formatter().parse(closed.value)
    return "".join(
        re.escape(text) + (f"({PLACES[name]})" if name else "") for text, name, *_ in parts
    )


CLOSED = re.compile("|".join(map(pattern, Closed)))
CASES = [(False, way) for way in SERIES] + [(True, way) for way in SCALARS]


def said(one: FileOutcome) -> tuple[object, ...]:
    return one.verdict, one.message, one.traceback, one.logs, one.coverage, one.metrics


@pytest.mark.parametrize(("scalar", "way"), CASES)
def test_hidden_files_say_nothing_that_their_data_chose(
    run: Callable[..., tuple[Results, str]], way: str, *, scalar: bool
) -> None:
    first, second = run(scalar=scalar, public=False)[0][way]
    assert first.verdict in (Verdict.INVALID_OUTPUT, Verdict.ERROR)
    assert said(first) == said(second)
    assert CLOSED.fullmatch(first.message)
    assert not set(string.digits) & set(first.message)
    assert len(first.traceback.splitlines()) <= 10


@pytest.mark.parametrize(("scalar", "way"), CASES)
def test_control_public_files_say_what_their_data_chose(
    run: Callable[..., tuple[Results, str]], way: str, *, scalar: bool
) -> None:
    first, second = run(scalar=scalar, public=True)[0][way]
    assert first.verdict in (Verdict.INVALID_OUTPUT, Verdict.ERROR)
    assert said(first) != said(second)


def test_a_run_says_of_its_hidden_files_what_they_say(
    run: Callable[..., tuple[Results, str]],
) -> None:
    results, message = run(scalar=False, public=False)
    count = 2 * len(SERIES)
    first = results["length"][0]
    assert message.startswith(f"{count} of {count} files have no score; ")
    assert CLOSED.fullmatch(message.partition(".csv: ")[2])
    assert first.message.startswith("The algorithm's answer has the wrong length; expected ")
