"""Data sets are prepared once, whole or not at all, with the truth kept apart."""

import io
import json
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from valhub.evaluation.execution.guest.wire import read_value, write_value
from valhub.evaluation.packages.files.lock_files import lock_file
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import check_data, prepare

MEASURE = """
import resource, sys, time
import pandas
from pathlib import Path
from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.tables.frames import read_frame
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
frame = read_frame(Path(sys.argv[1]), file="x", zone=None, faults=FaultList("x"))
print(len(frame), peak() - before)
# Processor time, next to that of pandas' own parser: other work on the machine does not count.
began = time.process_time()
read_frame(Path(sys.argv[1]), file="x", zone=None, faults=FaultList("x"))
ours = time.process_time() - began
pandas.to_datetime(pandas.read_csv(sys.argv[1])["time"])
print(ours, time.process_time() - began - ours)
"""


def load(path: Path):
    return read_value(path.read_bytes())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_frames_hold_what_the_files_say(make_task, tmp_path):
    dataset = prepare(open_package(make_task()), tmp_path / "store", write_value)
    series, truth = load(dataset.input_path("b.csv")), load(dataset.truth_path("b.csv"))
    assert (series.name, len(series), series.iloc[1]) == ("ac_power", 3, 5.5)
    assert truth.tolist() == [0, 60]
    assert dataset.rows("a.csv") == 3
    assert dataset.bytes("a.csv") == dataset.input_path("a.csv").stat().st_size


def test_scalar_truths_are_numbers_by_name(make_scalar_task, tmp_path):
    dataset = prepare(open_package(make_scalar_task()), tmp_path / "store", write_value)
    assert load(dataset.truth_path("a.csv")) == {"azimuth": 180.0, "tilt": 40.0}


def test_sidecars_are_prepared_too(make_task, tmp_path):
    task = make_task({"data/weather.csv": "t,ghi\n2024-01-01,5\n"}, sidecars=["weather.csv"])
    dataset = prepare(open_package(task), tmp_path / "store", write_value)
    assert load(dataset.sidecar_paths()["weather"]).tolist() == [5]


def test_declared_format_holds_for_data_truth_and_sidecars(make_task, tmp_path):
    rows = "t,v\n03/04/24,1\n03/04/24,2\n"
    files = {"data/files/a.csv": rows, "data/weather.csv": rows}
    truth = {"data/references/a.csv": rows.replace("03/04/24,2", "05/04/24,2")}
    task = make_task({**files, **truth}, sidecars=["weather.csv"], time_format="%d/%m/%y")
    package = open_package(task)
    check_data(package)
    dataset = prepare(package, tmp_path / "store", write_value)
    frames = (
        dataset.input_path("a.csv"),
        dataset.truth_path("a.csv"),
        *dataset.sidecar_paths().values(),
    )
    assert [load(path).index[0] for path in frames] == [pd.Timestamp(2024, 4, 3)] * 3


def test_truth_is_readable_by_its_owner_only(make_task, tmp_path):
    dataset = prepare(open_package(make_task()), tmp_path / "store", write_value)
    assert mode(dataset.truth_path("a.csv")) == 0o600
    assert mode(dataset.truth_path("a.csv").parent) == 0o700
    assert mode(dataset.input_path("a.csv")) == 0o644
    schema = (dataset.root / "schema.json").read_text()
    assert json.loads(schema)["inputs"][0]["columns"] == {"ac_power": "float64"}


def test_second_preparation_finds_the_first(make_task, tmp_path):
    package = open_package(make_task())
    first = prepare(package, tmp_path / "store", write_value)

    def fail(stream: object, value: object) -> None:
        raise AssertionError("prepared twice")

    assert prepare(package, tmp_path / "store", fail).root == first.root


def test_unreadable_rows_of_all_files_are_told_at_once_and_nothing_is_kept(
    make_task, tmp_path, faults_of
):
    bad = "t,v\nnever,1\n2024-01-01,1\n"
    package = open_package(make_task({"data/files/a.csv": bad, "data/files/b.csv": bad}))
    faults = faults_of(lambda: prepare(package, tmp_path / "store", write_value))
    assert [(fault.file, fault.line) for fault in faults] == [
        ("data/files/a.csv", 2),
        ("data/files/b.csv", 2),
    ]
    assert list((tmp_path / "store").iterdir()) == []
    assert faults_of(lambda: check_data(package)) == faults


def test_preparers_at_once_make_it_once(make_task, tmp_path):
    package = open_package(make_task())
    written, roots = [], []

    def write(stream: io.BufferedIOBase, value: object) -> None:
        time.sleep(0.02)
        written.append(value)
        write_value(stream, value)

    def work() -> None:
        roots.append(prepare(package, tmp_path / "store", write).root)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(roots)) == 1
    assert len(written) == 4


@pytest.fixture
def killed(make_task, tmp_path):
    """Kill a process while it prepares a package; returns the package and the store."""
    root, store = make_task(), tmp_path / "store"
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from valhub.evaluation.packages.opening import open_package\n"
        "from valhub.evaluation.packages.tasks.dataset import prepare\n"
        "def write(stream, value): os.kill(os.getpid(), signal.SIGKILL)\n"
        "prepare(open_package(Path(sys.argv[1])), Path(sys.argv[2]), write)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(root), str(store)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(store.iterdir())) == 2
    return open_package(root), store


@pytest.mark.slow
def test_killed_preparation_leaves_no_half(killed):
    package, store = killed
    dataset = prepare(package, store, write_value)
    assert len(load(dataset.input_path("a.csv"))) == 3
    assert list(store.iterdir()) == [dataset.root]


@pytest.mark.slow
def test_what_a_killed_preparation_left_is_removed_by_that_of_another_package(
    killed, make_scalar_task
):
    _, store = killed
    (store / ".old-2.partial").mkdir()
    (store / ".old-2.lock").touch()
    dataset = prepare(open_package(make_scalar_task()), store, write_value)
    assert list(store.iterdir()) == [dataset.root]


def test_a_lock_in_use_stays(make_task, tmp_path):
    store = tmp_path / "store"
    store.mkdir()
    with lock_file(store / ".other-2.lock"):
        prepare(open_package(make_task()), store, write_value)
        assert (store / ".other-2.lock").exists()
    assert not (store / ".other-2.lock").exists()


@pytest.fixture(scope="module")
def year_of_minutes(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("minutes") / "year.csv"
    stamps = pd.date_range("2023-01-01", periods=525_600, freq="min").strftime("%Y-%m-%d %H:%M:%S")
    rows = (f"{stamp},{number / 7:.12f}" for number, stamp in enumerate(stamps))
    path.write_text("time,power\n" + "\n".join(rows) + "\n")
    return path


@pytest.mark.slow
def test_year_of_minutes_is_read_fast_and_in_little_memory(year_of_minutes):
    command = [sys.executable, "-c", MEASURE, str(year_of_minutes)]
    rows, extra_bytes, ours, pandas_own = subprocess.check_output(command, text=True).split()
    assert int(rows) == 525_600
    assert int(extra_bytes) < 8 * year_of_minutes.stat().st_size
    assert float(ours) < float(pandas_own)
