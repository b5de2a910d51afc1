"""Files over hosts: much longer ones first, results in order, one file's trouble is its own."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.program import Program
from valhub.evaluation.execution.runner import Job, Runner
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.results import FileOutcome, Verdict

Run = Callable[..., tuple[FileOutcome, ...]]


def as_result(job: Job, outcome: Outcome) -> FileOutcome:
    failure = outcome.failure
    verdict = failure.verdict if failure else Verdict.SCORED
    message = failure.message if failure else str(outcome.answer)
    return FileOutcome(job.file_name, verdict, message, logs=outcome.logs)


@pytest.fixture
def make_jobs(tmp_path: Path) -> Callable[..., list[Job]]:
    """Make a job of each value, of the given sizes."""

    def make(*values: object, sizes: tuple[int, ...] = (), reveal: bool = True) -> list[Job]:
        jobs = []
        for number, value in enumerate(values):
            path = tmp_path / f"{number}.frame"
            with path.open("wb") as file:
                wire.write_value(file, value)
            size = sizes[number] if sizes else 1
            jobs.append(Job(f"{number}.csv", path, size, {}, reveal))
        return jobs

    return make


@pytest.fixture
def run(
    make_program: Callable[..., Program], host_sandbox: Bubblewrap, quick: CallLimits
) -> Iterator[Run]:
    """Run jobs of an algorithm written on the spot; `run.told` is what was told meanwhile."""

    def run_jobs(source: str, jobs: list[Job], workers: int = 2, **options: object) -> object:
        program = make_program(source)
        cancel = options.pop("cancel", None)
        judge = options.pop("judge", as_result)
        log_bytes = options.pop("run_log_bytes", 10_000)
        run_jobs.told = []
        tell = options.pop("tell", run_jobs.told.append)
        limits = replace(quick, **options.pop("limits", {}))
        make_host = lambda: Host(host_sandbox, program, limits, cancel=cancel)  # noqa: E731
        return Runner(make_host, judge, tell, log_bytes).run(jobs, workers)

    return run_jobs


def test_results_come_in_the_order_of_the_files(run: Run, make_jobs: Callable) -> None:
    source = "import time\ndef f(data):\n    time.sleep(data)\n    return data"
    results = run(source, make_jobs(0.3, 0.0, 0.1))
    assert [result.message for result in results] == ["0.3", "0.0", "0.1"]
    assert sorted(result.file_name for result in run.told) == ["0.csv", "1.csv", "2.csv"]


def test_the_longest_file_is_run_first(run: Run, make_jobs: Callable) -> None:
    run("def f(data): return data", make_jobs(1, 2, 3, sizes=(5, 30, 10)), workers=1)
    assert [result.message for result in run.told] == ["2", "3", "1"]


def test_files_of_alike_size_are_run_in_another_order_each_time(
    run: Run, make_jobs: Callable
) -> None:
    jobs = make_jobs(*range(12), sizes=tuple(range(100, 112)))
    orders = []
    for _ in range(3):
        results = run("def f(data): return data", jobs, workers=1)
        assert [result.message for result in results] == [str(one) for one in range(12)]
        orders.append([int(result.message) for result in run.told])
    assert len(set(map(tuple, orders))) == 3
    assert not {tuple(range(12)), tuple(range(11, -1, -1))} & set(map(tuple, orders))


def test_open_files_are_run_before_hidden_ones(run: Run, make_jobs: Callable) -> None:
    jobs = [*make_jobs(1, sizes=(99,), reveal=False), *make_jobs(2)[:1]]
    jobs[1] = Job("open.csv", jobs[1].data, 1, {})
    run("def f(data): return data", jobs, workers=1)
    assert [result.file_name for result in run.told] == ["open.csv", "0.csv"]


@pytest.mark.parametrize(("workers", "side_by_side"), [(2, True), (1, False)])
def test_files_run_side_by_side(
    run: Run, make_jobs: Callable, workers: int, side_by_side: bool
) -> None:
    source = """
        import time

        def f(data):
            began = time.monotonic()
            time.sleep(data)
            return f"{began} {time.monotonic()}"
    """

    def overlap(seconds: float) -> bool:
        results = run(source, make_jobs(seconds, seconds), workers=workers)
        (one, its_end), (other, its_own_end) = (map(float, r.message.split()) for r in results)
        return max(one, other) < min(its_end, its_own_end)

    # On a busy machine one call may be over before the other one's sandbox has started.
    assert any(map(overlap, (0.3, 1.0, 4.0) if side_by_side else (0.3,))) is side_by_side


def test_more_workers_than_files_do_no_harm(run: Run, make_jobs: Callable) -> None:
    results = run("def f(data): return data", make_jobs(1), workers=8)
    assert [result.message for result in results] == ["1"]
    assert run("def f(data): return data", [], workers=8) == ()


def test_one_files_failure_is_not_anothers(run: Run, make_jobs: Callable) -> None:
    source = "import os\ndef f(data):\n    return 1 / data if data < 9 else os._exit(1)"
    results = run(source, make_jobs(0, 1, 9, 2), workers=1)
    assert [result.verdict for result in results] == ["error", "scored", "error", "scored"]


def test_an_algorithm_that_cannot_be_imported_is_tried_once(
    run: Run, make_jobs: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts: list[object] = []

    def counted(sandbox: Bubblewrap, *args: object, **options: object) -> object:
        starts.append(args)
        return start(sandbox, *args, **options)

    start = Bubblewrap.start
    monkeypatch.setattr(Bubblewrap, "start", counted)
    results = run("raise OSError('no model')", make_jobs(*range(10)), workers=1)
    messages = {result.message for result in results}
    assert messages == {"The algorithm could not be imported: OSError: no model."}
    assert len(starts) == 1


def test_a_fault_of_ours_ends_one_file_only(
    run: Run, make_jobs: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    def judge(job: Job, outcome: Outcome) -> FileOutcome:
        if job.file_name == "1.csv":
            raise ZeroDivisionError
        return as_result(job, outcome)

    with caplog.at_level(logging.ERROR):
        results = run("def f(data): return data", make_jobs(1, 2, 3), workers=1, judge=judge)
    assert [result.verdict for result in results] == ["scored", "internal_error", "scored"]
    assert "ZeroDivisionError" not in results[1].message
    assert "evaluation_failed file=1.csv" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_cancelling_ends_a_run_of_many_files(run: Run, make_jobs: Callable) -> None:
    cancel = threading.Event()

    def cancel_soon(result: FileOutcome) -> None:
        if result.verdict is Verdict.SCORED:
            threading.Timer(0.4, cancel.set).start()

    source = "import time\ndef f(data): time.sleep(data)"
    jobs = make_jobs(0, *[3600] * 60, sizes=(2, *[1] * 60))
    # Without the cancelling, the first of the sixty files would take longer than a test may.
    patient = {"timeout_s": 3600.0}
    results = run(source, jobs, cancel=cancel, tell=cancel_soon, limits=patient)
    assert results[0].verdict is Verdict.SCORED
    assert {result.verdict for result in results[1:]} == {Verdict.CANCELLED}


def test_the_prints_of_a_run_are_capped_together(run: Run, make_jobs: Callable) -> None:
    source = "def f(data): print('x' * 299)"
    results = run(source, make_jobs(*range(5)), workers=1, run_log_bytes=700)
    assert [len(result.logs) for result in results] == [300, 300, 100, 0, 0]
