"""The engine's speed figures, each a ratio or a difference within this one run.

Run it with `make bench`. Machines are noisy, so everything is measured beside what it is compared
with, in turns, and medians are printed. Exit code 1 when a figure does not hold.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from processes import finished, peak_memory_bytes, python, run_together, timed

from valhub.client.tasks import build_task
from valhub.evaluation.evaluate import KNOWN_NAMES, Event, FileDone, Settings, evaluate
from valhub.evaluation.execution.environments import (
    Environment,
    EnvironmentStore,
    find_interpreter,
    with_needed,
)
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.sandbox.proof import proven_sandbox
from valhub.evaluation.packages.algorithms.algorithm import Algorithm, open_algorithm
from valhub.evaluation.packages.files.archives import opened
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import Dataset, prepare
from valhub.evaluation.packages.tasks.task_package import TaskPackage, kwargs_for
from valhub.evaluation.run_context import program
from valhub.evaluation.scoring.plan import Scoring
from valhub.evaluation.scoring.score import score_file

ROOT = Path(__file__).resolve().parents[1]
ROWS = 95_232
NEEDED = ("numpy", "pandas")

# What a process of one's own costs: start Python, import pandas, read one file, answer.
FRESH = """
import pickle, sys
import pandas as pd
series = pd.read_pickle(sys.argv[1])
days = series.index.normalize().unique()
pickle.dump(pd.Series(0.0, index=days), open(sys.argv[2], "wb"))
"""

# Two of these are the bare processes: libraries imported once, files taken from a shared list.
BARE = """
import importlib, json, mmap, os, sys
job = json.loads(sys.argv[1])
sys.path[:0] = job["path"]
function = getattr(importlib.import_module(job["module"]), job["function"])
from guest import wire
from guest.entry import bind_arguments
for data, keywords in job["files"]:
    taken = os.path.join(job["taken"], os.path.basename(data))
    try:
        os.close(os.open(taken, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        continue
    with open(data, "rb") as file:
        series = wire.read_value(bytearray(file.read()))
    positional, named = bind_arguments(function, keywords)
    function(series, *positional, **named)
"""


@dataclass(frozen=True)
class Figure:
    """One figure: what was measured, and whether it is as good as it must be."""

    name: str
    measured: str
    wanted: str
    holds: bool


@dataclass(frozen=True)
class Bench:
    """What all figures are measured on."""

    package: TaskPackage
    dataset: Dataset
    settings: Settings
    store: EnvironmentStore


@contextmanager
def prepared() -> Iterator[Bench]:
    """Build the time-shift task and prepare its data."""
    settings = Settings.from_environment()
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(build_task("time-shift-detection", Path(folder))) as root,
        proven_sandbox(settings.cache_dir) as sandbox,
    ):
        package = open_package(root, known=KNOWN_NAMES)
        assert isinstance(package, TaskPackage)
        dataset = prepare(package, settings.cache_dir / "data", wire.write_value)
        store = EnvironmentStore(settings.cache_dir / "environments", sandbox)
        yield Bench(package, dataset, settings, store)


def example(name: str, bench: Bench) -> tuple[Algorithm, Environment]:
    """Open an example, with its environment made."""
    function = bench.package.config.function_name
    algorithm = open_algorithm(ROOT / "examples" / name, function)
    lines = with_needed(algorithm.requirements.lines, NEEDED)
    return algorithm, bench.store.environment(lines, python=find_interpreter(None))


def added_per_file(bench: Bench) -> list[Figure]:
    """Sandbox, wire and metric for a trivial algorithm, beside a fresh interpreter per file.

    The same with a sandbox for each file, which is what `isolation: file` costs.
    """
    algorithm, environment = example("zero_shift", bench)
    index = pd.date_range("2011-04-15", periods=ROWS, freq="15min", name="time")
    series = pd.Series(np.linspace(0.0, 1000.0, ROWS), index=index, name="ac_power")
    truth = pd.Series(0.0, index=index.normalize().unique())
    plan = Scoring.from_config(bench.package.config)
    sandboxed, isolated, fresh = [], [], []
    with tempfile.TemporaryDirectory() as folder, proven_sandbox(bench.settings.cache_dir) as box:
        data, pickled = Path(folder, "data.frame"), Path(folder, "data.pickle")
        with data.open("wb") as file:
            wire.write_value(file, series)
        series.to_pickle(pickled)
        code = program(algorithm.root, algorithm.entry, environment)
        with (
            Host(box, code, CallLimits()) as host,
            Host(box, code, CallLimits(), isolated=True) as anew,
        ):
            request = {"kind": "call", "keywords": {"timezone": "Etc/GMT+7"}}
            for _ in range(5):
                host.call(request, data)
            for turn in range(10):
                for _ in range(10):
                    started = time.perf_counter()
                    score_file(plan, host.call(request, data).answer, truth)
                    sandboxed.append(time.perf_counter() - started)
                isolated.append(
                    timed(lambda: score_file(plan, anew.call(request, data).answer, truth))
                )
                started = time.perf_counter()
                run_fresh(environment, pickled, Path(folder, f"answer-{turn}"))
                fresh.append(time.perf_counter() - started)
    added, alone, anew_s = map(statistics.median, (sandboxed, fresh, isolated))
    return [
        Figure("added per file, median", f"{added * 1e3:.1f} ms", "≤ 15 ms", added <= 0.015),
        Figure(
            "fresh interpreter with pandas per file / added per file",
            f"{alone / added:.0f} ({alone * 1e3:.0f} ms / {added * 1e3:.1f} ms)",
            "≥ 20",
            alone / added >= 20,
        ),
        Figure(
            "added per isolated file / fresh interpreter with pandas per file",
            f"{anew_s / alone:.2f} ({anew_s * 1e3:.0f} ms; {anew_s / added:.0f} times as much as "
            "in one sandbox)",
            "≤ 2",
            anew_s / alone <= 2,
        ),
    ]


def run_fresh(environment: Environment, data: Path, answer: Path) -> None:
    """Answer one file in an interpreter of its own, without a sandbox."""
    command = [environment.python.executable, "-S", "-B", "-c", FRESH, data, answer]
    finished(command, environment={"PYTHONPATH": str(environment.path)})


def throughput(bench: Bench) -> Figure:
    """Two workers with the change-point example, beside two bare processes, in turns."""
    algorithm, environment = example("change_point", bench)
    ratios = []
    for _ in range(3):
        bare = timed(partial(run_bare, bench, algorithm, environment))
        engine = partial(evaluate, bench.package, algorithm, settings=bench.settings, workers=2)
        ratios.append(bare / timed(engine))
    ratio = statistics.median(ratios)
    turns = ", ".join(f"{one:.2f}" for one in ratios)
    return Figure(
        "throughput of two workers / two bare processes, change-point",
        f"{ratio:.2f} (turns: {turns})",
        "≥ 0.9",
        ratio >= 0.9,
    )


def run_bare(bench: Bench, algorithm: Algorithm, environment: Environment) -> None:
    """Loop over the files in two plain processes, longest first, and wait for both."""
    files = {file.name: file for file in bench.package.files}
    names = sorted(files, key=lambda name: -bench.dataset.rows(name))
    with tempfile.TemporaryDirectory() as taken:
        job = {
            "path": [str(algorithm.root), str(Path(wire.__file__).parents[1])],
            "module": algorithm.entry.module,
            "function": algorithm.entry.function,
            "files": [
                (
                    str(bench.dataset.input_path(name)),
                    kwargs_for(bench.package.config, files[name]),
                )
                for name in names
            ],
            "taken": taken,
        }
        threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
        command = [environment.python.executable, "-S", "-B", "-c", BARE, json.dumps(job)]
        env = {"PYTHONPATH": str(environment.path), **threads}
        run_together([command, command], environment=env)


def first_answer(bench: Bench) -> Figure:
    """From the call of `evaluate` to the first file's result, beside the algorithm's own import."""
    algorithm, environment = example("change_point", bench)
    code = f"import {algorithm.entry.module}"
    env = {"PYTHONPATH": f"{environment.path}:{algorithm.root}"}
    beyond = []
    for _ in range(5):
        command = [environment.python.executable, "-S", "-B", "-c", code]
        own_import = timed(partial(finished, command, environment=env))
        beyond.append(time_to_first_answer(bench, algorithm) - own_import)
    median = statistics.median(beyond)
    return Figure(
        "first answer of a cached algorithm, beyond its own import",
        f"{median:.2f} s",
        "≤ 0.5 s",
        median <= 0.5,
    )


def time_to_first_answer(bench: Bench, algorithm: Algorithm) -> float:
    """Seconds until the shortest file has its result; its own call is not counted."""
    moments: list[float] = []

    def on_event(event: Event) -> None:
        if isinstance(event, FileDone):
            moments.append(time.perf_counter() - event.result.wall_s)

    started = time.perf_counter()
    evaluate(
        bench.package, algorithm, settings=bench.settings, workers=1, files=1, on_event=on_event
    )
    return moments[0] - started


def warm_environment(bench: Bench) -> Figure:
    """An environment that was made before, asked for again."""
    times = []
    for _ in range(5):
        times.append(timed(partial(example, "change_point", bench)))
    median = statistics.median(times)
    return Figure("warm environment", f"{median:.3f} s", "≤ 1 s", median <= 1.0)


def own_memory() -> Figure:
    """Peak memory of the engine's own process over a package of 1 GB, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        finished(python(__file__, "--write-large-package", folder))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        peak = int(finished(python(__file__, "--run-large-package", folder, cache)))
    return Figure(
        f"engine's own peak memory, package of {size / 1e6:.0f} MB",
        f"{peak / 1e6:.0f} MB",
        "< 300 MB",
        peak < 300e6,
    )


def run_large_package(root: Path, cache: Path) -> None:
    """Prepare and evaluate a large package; print this process' peak memory in bytes."""
    with opened(root) as top:
        package = open_package(top, known=KNOWN_NAMES)
    algorithm = open_algorithm(ROOT / "examples" / "zero_shift", "detect_time_shifts")
    result = evaluate(package, algorithm, settings=Settings(cache_dir=cache), workers=2)
    assert result.coverage == 1.0, result.message
    print(peak_memory_bytes())


def write_large_package(root: Path, files: int = 10, columns: int = 6) -> None:
    """Write a task package whose data is far larger than the memory it may take."""
    (root / "data" / "files").mkdir(parents=True)
    (root / "data" / "references").mkdir()
    config = {
        "category_name": "Large",
        "function_name": "detect_time_shifts",
        "comparison_type": "time_series",
        "performance_metrics": ["mean_absolute_error"],
        "metrics_operations": {"mean_absolute_error": ["mean"]},
        "references_compare": ["time_series"],
        "allowable_kwargs": ["timezone"],
    }
    (root / "config.json").write_text(json.dumps(config))
    (root / "data" / "system_metadata.csv").write_text(
        "system_id,name,latitude,longitude,timezone\n1,one,39.7,-105.2,Etc/GMT+7\n"
    )
    index = pd.date_range("2010-01-01", periods=3 * 525_600, freq="min", name="time")
    values = np.random.default_rng(0).random((len(index), columns))
    names = [f"file{number}.parquet" for number in range(files)]
    for name in names:
        frame = pd.DataFrame(values, index=index, columns=[f"c{i}" for i in range(columns)])
        frame.reset_index().to_parquet(root / "data" / "files" / name, index=False)
        days = pd.DataFrame({"date": index.normalize().unique(), "value": 0.0})
        days.to_parquet(root / "data" / "references" / name, index=False)
    rows = "".join(f"1,{name},True\n" for name in names)
    (root / "data" / "file_metadata.csv").write_text(
        "system_id,file_name,include_on_leaderboard\n" + rows
    )


def main() -> None:
    """Measure and print every figure; the large package has processes of its own."""
    match sys.argv[1:]:
        case ["--write-large-package", folder]:
            write_large_package(Path(folder))
        case ["--run-large-package", folder, cache]:
            run_large_package(Path(folder), Path(cache))
        case _:
            measure()


def measure() -> None:
    """Measure all figures, print them, and exit with 1 when one does not hold."""
    with prepared() as bench:
        example("change_point", bench)
        figures = [
            *added_per_file(bench),
            throughput(bench),
            first_answer(bench),
            warm_environment(bench),
            own_memory(),
        ]
    print(f"{len(os.sched_getaffinity(0))} cores, Python {sys.version.split()[0]}")
    for figure in figures:
        mark = "holds" if figure.holds else "DOES NOT HOLD"
        print(f"{figure.name}: {figure.measured}, wanted {figure.wanted}: {mark}")
    sys.exit(0 if all(figure.holds for figure in figures) else 1)


if __name__ == "__main__":
    main()
