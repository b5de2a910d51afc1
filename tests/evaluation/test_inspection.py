"""Uploaded packages are read by a child with limits, and what it reports is what it read."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from services.tied import tied
from valhub.errors import Unavailable
from valhub.evaluation import package_reading
from valhub.evaluation.algorithm_inspection import AlgorithmRequest, inspect_algorithm
from valhub.evaluation.algorithm_reading import read_algorithm
from valhub.evaluation.inspection import InspectionRequest, inspect_package
from valhub.evaluation.package_reading import read_package
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.files.folders import content_hash
from valhub.evaluation.packages.tasks.dataset import _LAYOUT
from valhub.evaluation.reader import ReaderLimits
from valhub.evaluation.reader_slots import reader_slot
from valhub.evaluation.upload_reading import InspectionFailed, TooLargeToInspect

ROOT = Path(__file__).parents[2]
TASK, SCRIPT = ROOT / "tests/tiny/task", ROOT / "examples/script_package/analysis"
STARTER = """
import json, sys
from valhub.evaluation.inspection import InspectionRequest, inspect_package
from valhub.evaluation.reader import ReaderLimits
asked = json.loads(sys.argv[1])
inspect_package(InspectionRequest(**{**asked, "limits": ReaderLimits(**asked["limits"])}))
"""
LIMITS = ReaderLimits(cpu_s=100, memory_bytes=8 * 1024**3, run_time_s=120)


@pytest.fixture
def sent(tmp_path: Path):
    """Pack a folder as somebody sends it, and open the archive."""
    with ExitStack() as files:

        def pack(root: Path) -> int:
            where = Path(tempfile.mkdtemp(dir=tmp_path))
            packed = shutil.make_archive(str(where / "sent"), "zip", root)
            return files.enter_context(Path(packed).open("rb")).fileno()

        yield pack


@pytest.fixture
def request_of(sent, tmp_path: Path):
    def make(root: Path) -> InspectionRequest:
        return InspectionRequest(
            archive=sent(root),
            unpacked=tempfile.mkdtemp(dir=tmp_path),
            name="sent.zip",
            annotation="test_annotation.txt",
            store=str(tmp_path / "store"),
            read_at_once_bytes=1_000_000,
            slots=str(tmp_path / "cache"),
            slot_wait_s=60,
            limits=LIMITS,
        )

    return make


@pytest.fixture
def algorithm_of(sent, tmp_path: Path):
    def make(root: Path) -> AlgorithmRequest:
        return AlgorithmRequest(
            archive=sent(root),
            unpacked=tempfile.mkdtemp(dir=tmp_path),
            name="sent.zip",
            function="estimate",
            offered=OfferedArguments(("latitude",)),
            slots=str(tmp_path / "cache"),
            slot_wait_s=60,
            limits=LIMITS,
        )

    return make


@contextmanager
def store_held(store: Path, root: Path) -> Iterator[None]:
    """Hold the lock under which a package's data is prepared, so that its reader waits."""
    store.mkdir()
    with (store / f".{content_hash(root)}-{_LAYOUT}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def children_of(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in found]


def is_running(pid: int) -> bool:
    try:
        return not Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except FileNotFoundError:
        return False


def wait_until(check, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("root", [TASK, SCRIPT], ids=["task", "script"])
def test_a_child_reports_what_it_read(request_of, root):
    assert inspect_package(request_of(root)) == read_package(request_of(root))


@pytest.fixture
def copied_task(tmp_path):
    return Path(shutil.copytree(TASK, tmp_path / "task"))


def test_an_archive_sent_again_is_unpacked_but_not_read(request_of, copied_task, monkeypatch):
    config = json.loads((copied_task / "config.json").read_text())
    (copied_task / "config.json").write_text(json.dumps({**config, "slice": ["tilt"]}))
    request = request_of(copied_task)
    before = read_package(request)
    monkeypatch.setattr(package_reading, "open_package", None)
    again = replace(request, unpacked=request.unpacked + "-again", name="other.zip")
    assert read_package(again) == before
    assert "`slice`" in before.notes[0]
    assert content_hash(Path(again.unpacked)) == before.content_hash


def test_an_archive_sent_again_has_the_same_faults(request_of, copied_task, monkeypatch):
    (copied_task / "data/file_metadata.csv").write_text("system_id\n1\n")
    request = request_of(copied_task)
    with pytest.raises(InvalidPackage) as before:
        read_package(request)
    monkeypatch.setattr(package_reading, "open_package", None)
    with pytest.raises(InvalidPackage) as again:
        read_package(replace(request, unpacked=request.unpacked + "-again", name="other.zip"))
    assert (again.value.name, again.value.faults) == ("other.zip", before.value.faults)


def test_another_limit_of_data_is_another_check(request_of):
    request = replace(request_of(TASK), read_at_once_bytes=0)
    read_package(request)
    assert not Path(request.store).exists()
    read_package(
        replace(request, unpacked=request.unpacked + "-again", read_at_once_bytes=1_000_000)
    )
    assert (Path(request.store) / f"{content_hash(TASK)}-{_LAYOUT}").is_dir()


def test_a_child_reports_the_content_of_an_algorithm(algorithm_of, tmp_path):
    (tmp_path / "submission_wrapper.py").write_text("def estimate(series, latitude): ...\n")
    request = algorithm_of(tmp_path)
    assert inspect_algorithm(request).content_hash == content_hash(Path(request.unpacked))


def test_faults_of_an_algorithm_come_back_as_they_were_found(algorithm_of, tmp_path):
    (tmp_path / "submission_wrapper.py").write_text("def estimate(series, tilt, lat): ...\n")
    (tmp_path / "requirements.txt").write_text("--index-url x\n")
    with pytest.raises(InvalidPackage) as here:
        read_algorithm(algorithm_of(tmp_path))
    with pytest.raises(InvalidPackage) as there:
        inspect_algorithm(algorithm_of(tmp_path))
    assert len(here.value.faults) == 2
    assert (there.value.name, there.value.faults) == ("sent.zip", here.value.faults)


def test_an_archive_that_is_none_is_reported_under_the_name_it_was_sent_with(request_of, tmp_path):
    (tmp_path / "no.zip").write_text("not a zip")
    with (tmp_path / "no.zip").open("rb") as file, pytest.raises(InvalidPackage) as refused:
        inspect_package(replace(request_of(TASK), archive=file.fileno()))
    assert refused.value.name == "sent.zip"


@pytest.mark.parametrize(
    ("limits", "refusal"),
    [
        (replace(LIMITS, cpu_s=1), TooLargeToInspect),
        (replace(LIMITS, memory_bytes=120 * 1024**2), InvalidPackage),
    ],
    ids=["processor time", "memory"],
)
def test_source_that_takes_too_much_to_read_is_refused(algorithm_of, tmp_path, limits, refusal):
    (tmp_path / "submission_wrapper.py").write_text("x = [1, 2, 3, 4, 5, 6]\n" * 45_000)
    with pytest.raises(refusal):
        inspect_algorithm(replace(algorithm_of(tmp_path), limits=limits))


def test_a_truth_that_its_metric_cannot_take_is_refused_before_anybody_submits(request_of):
    with pytest.raises(InvalidPackage) as caught:
        read_package(request_of(ROOT / "tests/evaluation/golden/organiser-error/package"))
    (fault,) = caught.value.faults
    assert (fault.file, fault.line) == ("data/references/wrong-truth.csv", 3)


@pytest.mark.slow
def test_a_child_that_waits_too_long_is_ended_and_the_package_is_not_to_blame(request_of, tmp_path):
    request = replace(request_of(TASK), limits=replace(LIMITS, run_time_s=3))
    before = set(children_of(os.getpid()))
    waiting = pytest.raises(InspectionFailed, match=r"^sent.zip could not be read: it took longer")
    with store_held(tmp_path / "store", TASK), waiting:
        inspect_package(request)
    assert set(children_of(os.getpid())) <= before


@pytest.mark.slow
def test_as_many_children_as_cores_run_at_once(request_of, tmp_path):
    request = replace(request_of(TASK), slot_wait_s=0.3)
    with ExitStack() as stack:
        for _ in os.sched_getaffinity(0):
            stack.enter_context(reader_slot(tmp_path / "cache", wait_s=0))
        with pytest.raises(Unavailable) as refused:
            inspect_package(request)
    assert (refused.value.code, refused.value.retry_after_s) == ("readers-busy", 60)
    assert inspect_package(replace(request, slot_wait_s=60)).files


def test_a_child_waits_for_a_slot(request_of, tmp_path):
    with ExitStack() as stack:
        for _ in os.sched_getaffinity(0):
            stack.enter_context(reader_slot(tmp_path / "cache", wait_s=0))
        releasing = threading.Timer(0.3, stack.pop_all().close)
        releasing.start()
        with reader_slot(tmp_path / "cache", wait_s=60):
            assert releasing.finished.is_set()
        releasing.join()


def test_a_child_that_dies_is_this_machine_s_fault(request_of, tmp_path):
    caught: list[Exception] = []

    def inspect() -> None:
        try:
            inspect_package(request_of(TASK))
        except InspectionFailed as error:
            caught.append(error)

    with store_held(tmp_path / "store", TASK):
        before = threading.Thread(target=inspect)
        before.start()
        tasks = Path(f"/proc/self/task/{before.native_id}/children")
        child = int(wait_until(lambda: tasks.read_text().split())[0])
        os.kill(child, signal.SIGKILL)
        before.join()
    assert str(caught[0]) == "sent.zip could not be read: it was killed."


@pytest.mark.slow
def test_a_child_ends_when_the_process_that_started_it_is_killed(request_of, tmp_path):
    request = request_of(TASK)
    asked = json.dumps(asdict(request))
    command = [sys.executable, "-c", STARTER, asked]
    with (
        store_held(tmp_path / "store", TASK),
        tied(subprocess.Popen(command, pass_fds=(request.archive,))) as starter,
    ):
        child = wait_until(lambda: children_of(starter.pid))[0]
        wait_until(lambda: "package_reading" in Path(f"/proc/{child}/cmdline").read_text())
        starter.kill()
        starter.wait()
        # It would wait for the lock for ever.
        wait_until(lambda: not is_running(child))
