"""What checking an upload costs against its size, and reading a package against a bare reader.

Each kind of input is checked at one size and at four times that size, in processes of their own: a
check in linear time costs four times as much. Inputs beyond the caps must cost next to nothing.
Everything is a ratio within this one run, or far from its bound. Exit code 1 when one is broken.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from processes import finished, peak_memory_bytes, python

from valhub.client.check import check_path
from valhub.client.known_checks import CheckRequest, find_known
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.packages.algorithms.algorithm import open_algorithm
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.files.archives import PACKAGE_LIMITS, unpack
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import prepare
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.scoring.metrics import KNOWN_NAMES
from valhub.evaluation.scoring.package_check import check_scoring

LINEAR = 4 * 1.5  # of four times the size, with room for a noisy machine
MOST_S, MOST_BYTES = 2.0, 400_000_000  # beyond a cap
FILES, ROWS, TURNS = 300, 35_040, 3
CONFIG = {
    "category_name": "Large",
    "function_name": "find",
    "comparison_type": "time_series",
    "performance_metrics": ["mean_absolute_error"],
    "metrics_operations": {"mean_absolute_error": ["mean"]},
    "references_compare": ["time_series"],
}
SYSTEMS = "system_id,name,latitude,longitude"
TWO_ROWS = "time,value\n2024-01-01 00:00:00,1\n2024-01-01 00:15:00,2\n"
WRAPPER = "def find(series, latitude=None): ...\n"

Files = dict[str, str | bytes]


def task(*, files: int = 1, data: str = TWO_ROWS, **changed: str | bytes) -> Files:
    """Make a task package; `config` and `systems` replace those tables."""
    names = [f"f{number}.csv" for number in range(files)]
    listed = "".join(f"1,{name},True\n" for name in names)
    systems = changed.get("systems", f"{SYSTEMS}\n1,one,39.7,-105.2\n")
    return {
        "config.json": changed.get("config", json.dumps(CONFIG)),
        "data/system_metadata.csv": systems,
        "data/file_metadata.csv": f"system_id,file_name,include_on_leaderboard\n{listed}",
        **{f"data/files/{name}": data for name in names},
        **{f"data/references/{name}": TWO_ROWS for name in names},
    }


def with_columns(count: int) -> Files:
    """Make a data file of many columns."""
    names, row = ",".join(f"c{number}" for number in range(count)), ",1" * count
    return task(data=f"time,{names}\n2024-01-01 00:00:00{row}\n2024-01-01 00:15:00{row}\n")


def with_metadata(count: int) -> Files:
    """Make a table of many columns, in which many files are looked up."""
    names = ",".join(f"c{number}" for number in range(count))
    return task(files=200, systems=f"{SYSTEMS},{names}\n1,one,39.7,-105.2{',1' * count}\n")


def with_names(count: int) -> Files:
    """Make a configuration with many names that nothing has, so that each wants a hint."""
    metrics = [f"metric_{number}" for number in range(count)]
    references = [f"reference_{number}" for number in range(count)]
    operations = {metric: ["mean", "median"] for metric in metrics}
    shown = {f"mean_{metric}": "label" for metric in metrics}
    config = {
        **CONFIG,
        "comparison_type": "scalar",
        "performance_metrics": metrics,
        "references_compare": references,
        "metrics_operations": operations,
        "display_metrics": shown,
        "allowable_kwargs": [f"{name}_x" for name in references],
    }
    return task(config=json.dumps(config))


def with_rows(count: int) -> Files:
    """Make a data file of many rows."""
    days = [f"{2024 + n // 336}-{1 + n // 28 % 12:02}-{1 + n % 28:02}" for n in range(600)]
    rows = (f"{days[n // 1_440]} {n // 60 % 24:02}:{n % 60:02}:00,1" for n in range(count))
    return task(data="time,value\n" + "\n".join(rows) + "\n")


def with_odd_rows(count: int) -> Files:
    """Make a data file of many rows with a fault."""
    return task(data="time,value\n" + "2024-01-01 00:00:00,1,2\n" * count)


def unfolding(rows: int, values: pa.Array) -> Files:
    """Make a Parquet file of one row over and over again."""
    same = pa.array([0] * rows, pa.int32())
    times = pa.array([1_704_067_200], pa.timestamp("s")).take(same)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"time": times, "value": values.take(same)}), sink, compression="zstd")
    files = task()
    del files["data/files/f0.csv"]
    files["data/file_metadata.csv"] = "system_id,file_name\n1,f0.parquet\n"
    return {**files, "data/files/f0.parquet": sink.getvalue().to_pybytes()}


def algorithm(source: str = WRAPPER, requirements: str = "") -> Files:
    """Make an algorithm."""
    return {"submission_wrapper.py": source, "requirements.txt": requirements}


@dataclass(frozen=True)
class Kind:
    """One kind of input: how to make it, at which size, and at which size beyond a cap."""

    make: Callable[[int], Files]
    size: int
    beyond: int | None = None


NUMBERS, TEXTS = pa.array([1.5]), pa.array(["x" * 10_000])
KINDS = {
    "columns of data": Kind(with_columns, 450, 20_000),
    "columns of metadata, for each file": Kind(with_metadata, 200, 20_000),
    "metrics and references": Kind(with_names, 45, 1_200),
    "files": Kind(lambda n: task(files=n), 150),
    "rows": Kind(with_rows, 150_000),
    "rows with a fault": Kind(with_odd_rows, 25_000),
    "unfolded Parquet, numbers": Kind(lambda n: unfolding(n, NUMBERS), 1_500_000, 45_000_000),
    "unfolded Parquet, text": Kind(lambda n: unfolding(n, TEXTS), 2_500, 120_000),
    "requirements": Kind(
        lambda n: algorithm(requirements="".join(f"p{i}>=1\n" for i in range(n))), 250, 20_000
    ),
    "markers": Kind(
        lambda n: algorithm(requirements="p; " + " or ".join(['extra=="a"'] * n)), 15, 20_000
    ),
    "names of a module": Kind(
        lambda n: algorithm(WRAPPER + "".join(f"n{i} = 1\n" for i in range(n))), 15_000
    ),
    "branches of a module": Kind(
        lambda n: algorithm(f"if a: b = 1\n{'elif a: b = 1' + chr(10)}" * n + WRAPPER), 2_000
    ),
    "parameters": Kind(
        lambda n: algorithm(f"def find(series, {', '.join(f'p{i}=1' for i in range(n))}): ...\n"),
        45,
        20_000,
    ),
    "names in an archive": Kind(lambda n: {f"f{i}.txt": "x" for i in range(n)} | task(), 2_000),
    "depth of a name": Kind(lambda n: {"a/" * n + "f": "x"} | task(), 4, 30_000),
}


def write(name: str, size: int, archive: Path) -> None:
    """Pack one input."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for path, content in KINDS[name].make(size).items():
            packed.writestr(path, content)


def check(archive: Path, folder: Path) -> None:
    """Check one upload in full, as the hub does; faults are as good as none."""
    try:
        root = unpack(archive, folder / "unpacked", PACKAGE_LIMITS)
        if (root / "submission_wrapper.py").exists():
            open_algorithm(root, "find", offered=OfferedArguments(("latitude",)))
            return
        package = open_package(root, known=KNOWN_NAMES)
        assert isinstance(package, TaskPackage)
        check_scoring(package)
        prepare(package, folder / "store", wire.write_value)
    except InvalidPackage:
        pass


def measured(archive: Path) -> dict[str, float]:
    """Check an upload a few times, and report the least processor time and the peak memory."""
    times = []
    for _ in range(TURNS):
        with tempfile.TemporaryDirectory() as folder:
            before = time.process_time()
            check(archive, Path(folder))
            times.append(time.process_time() - before)
    return {"seconds": min(times), "peak_bytes": peak_memory_bytes()}


def cost(name: str, size: int) -> dict[str, float]:
    """Measure one input, made and checked in processes of their own."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "upload.zip")
        finished(python(__file__, "write", name, str(size), str(archive)))
        found: dict[str, float] = json.loads(finished(python(__file__, "check", str(archive))))
        return found


def growth(name: str, kind: Kind) -> bool:
    """Print what four times the size costs."""
    small, large = cost(name, kind.size), cost(name, 4 * kind.size)
    ratio = large["seconds"] / small["seconds"]
    said = f"{ratio:.1f} times ({small['seconds']:.3f} s, {large['seconds']:.3f} s, "
    peak = f"{large['peak_bytes'] / 1e6:.0f} MB)"
    return report(f"{name}, 4 times {kind.size:,}", said + peak, f"≤ {LINEAR:g}", ratio <= LINEAR)


def bounded(name: str, size: int) -> bool:
    """Print what an input beyond its cap costs."""
    found = cost(name, size)
    holds = found["seconds"] <= MOST_S and found["peak_bytes"] <= MOST_BYTES
    said = f"{found['seconds']:.2f} s, {found['peak_bytes'] / 1e6:.0f} MB"
    return report(f"{name}, {size:,}", said, f"≤ {MOST_S:g} s, ≤ {MOST_BYTES / 1e6:.0f} MB", holds)


def report(what: str, said: str, wanted: str, holds: bool) -> bool:  # noqa: FBT001
    """Print one figure."""
    print(f"{what}: {said}, wanted {wanted}: {'holds' if holds else 'DOES NOT HOLD'}", flush=True)
    return holds


def write_package(archive: Path, files: int) -> None:
    """Pack a year of quarter-hours in each of many files, with a truth of days."""
    days = [f"2023-{1 + day // 31:02}-{1 + day % 28:02}" for day in range(365)]
    moments = [
        f"{2023 + n // 32_256}-{1 + n // 2_688 % 12:02}-{1 + n // 96 % 28:02} "
        f"{n // 4 % 24:02}:{n % 4 * 15:02}:00"
        for n in range(ROWS)
    ]
    truth = "date,shift\n" + "".join(f"{day},0\n" for day in sorted(set(days)))
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in task(files=files, data="").items():
            if name.startswith("data/files/"):
                seed = int(name[12:-4]) + 1
                rows = (f"{at},{n * seed * 7919 % 500_000 / 100}" for n, at in enumerate(moments))
                content = "measured_on,ac_power\n" + "\n".join(rows) + "\n"
            packed.writestr(name, truth if "references" in name else content)


def bare(archive: Path, folder: Path) -> None:
    """Unpack a package and read its tables, and nothing else."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    for path in folder.glob("data/*/*.csv"):
        pacsv.read_csv(path)


def timed_in_turns(archive: Path) -> dict[str, float]:
    """Read a package both ways in turns, then ask for what was prepared."""
    seconds: dict[str, list[float]] = {"bare": [], "ours": [], "again": []}
    for _ in range(TURNS):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            for name, read in (("bare", bare), ("ours", check)):
                (folder / name).mkdir()
                started = time.perf_counter()
                read(archive, folder / name)
                seconds[name].append(time.perf_counter() - started)
            package = open_package(folder / "ours/unpacked", known=KNOWN_NAMES)
            assert isinstance(package, TaskPackage)
            started = time.perf_counter()
            prepare(package, folder / "ours/store", wire.write_value)
            seconds["again"].append(time.perf_counter() - started)
            shutil.rmtree(folder / "ours")
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    return {**medians, "peak_bytes": peak_memory_bytes()}


def timed_twice(archive: Path) -> dict[str, float]:
    """Check a package with an empty cache as the command does, then once more."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VALHUB_CACHE"] = folder
        request = CheckRequest(str(archive))
        started = time.perf_counter()
        first = check_path(request)
        checked = time.perf_counter()
        assert find_known(request) == first
        return {"first": checked - started, "second": time.perf_counter() - checked}


def reading() -> bool:
    """Print what reading a large package costs, and whether its memory grows with the package."""
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder, "large.zip"), Path(folder, "small.zip")
        write_package(large, FILES)
        write_package(small, FILES // 10)
        found = json.loads(finished(python(__file__, "read", str(large))))
        few = json.loads(finished(python(__file__, "read", str(small))))
        twice = json.loads(finished(python(__file__, "twice", str(large))))
    ratio = found["ours"] / found["bare"]
    grown = found["peak_bytes"] / few["peak_bytes"]
    again = found["again"] / found["ours"]
    known = twice["second"] / twice["first"]
    return all(
        [
            report(
                f"check and preparation of {FILES} files / unzip and pyarrow alone",
                f"{ratio:.2f} ({found['ours']:.1f} s / {found['bare']:.1f} s)",
                "≤ 2",
                ratio <= 2,
            ),
            report(
                f"its peak memory / that of {FILES // 10} files",
                f"{grown:.2f} ({found['peak_bytes'] / 1e6:.0f} MB)",
                "≤ 1.25",
                grown <= 1.25,
            ),
            report("data prepared before / first time", f"{again:.3f}", "≤ 0.05", again <= 0.05),
            report(
                "second check of the same archive / first", f"{known:.3f}", "≤ 0.1", known <= 0.1
            ),
        ]
    )


def main() -> int:
    """Measure everything, or one input in a process of its own."""
    match sys.argv[1:]:
        case ["write", name, size, archive]:
            write(name, int(size), Path(archive))
        case ["check", archive]:
            print(json.dumps(measured(Path(archive))))
        case ["read", archive]:
            print(json.dumps(timed_in_turns(Path(archive))))
        case ["twice", archive]:
            print(json.dumps(timed_twice(Path(archive))))
        case names:
            print(f"{len(os.sched_getaffinity(0))} cores, Python {sys.version.split()[0]}")
            chosen = {name: kind for name, kind in KINDS.items() if not names or name in names}
            held = [growth(name, kind) for name, kind in chosen.items()]
            held += [bounded(name, kind.beyond) for name, kind in chosen.items() if kind.beyond]
            if not names or "reading" in names:
                held.append(reading())
            return 0 if all(held) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
