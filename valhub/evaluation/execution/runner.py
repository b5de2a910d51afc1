"""One algorithm over many files: hosts side by side, each with a sandbox of its own.

Files are dealt out in an order drawn for this run, the longer ones first. Results arrive one by
one, and at the end all together in the order of the files; no result depends on the order drawn. An
algorithm that cannot be imported is not tried again for every file.
"""

import heapq
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.file_order import longest_first
from valhub.evaluation.results import FileOutcome, Verdict

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """One file to be answered.

    Attributes
    ----------
    data : Path
        Its frame.
    size : int
        In any unit that grows with the time it takes.
    keywords : dict
        What the function is passed about it, in order.
    reveal : bool
        Whether the author may read exceptions and prints in full.
    by_position : bool
        Whether the task passes the keywords by position, whatever the function's names are.
    columns_apart : bool
        Whether each column of the data is an argument of its own: the first is the data, and the
        others come before the keywords.
    """

    file_name: str
    data: Path
    size: int
    keywords: dict[str, Any]
    reveal: bool = True
    by_position: bool = False
    columns_apart: bool = False

    @property
    def request(self) -> dict[str, Any]:
        """What the guest is asked."""
        return {
            "kind": "call",
            "keywords": self.keywords,
            "by_position": self.by_position,
            "columns_apart": self.columns_apart,
        }


class Runner:
    """Runs jobs on a number of hosts.

    Parameters
    ----------
    make_host : callable
        A new host; one is made per worker.
    judge : callable
        Turns a job's outcome into its result; called from the worker that ran it.
    on_result : callable
        Receives every result as it arrives, one at a time.
    run_log_bytes : int
        How much of what the algorithm printed is kept over all files.
    chance : random.Random
        Draws the order of the files.
    """

    def __init__(
        self,
        make_host: Callable[[], Host],
        judge: Callable[[Job, Outcome], FileOutcome],
        on_result: Callable[[FileOutcome], None],
        run_log_bytes: int,
        chance: Random | None = None,
    ) -> None:
        self._make_host = make_host
        self._judge = judge
        self._on_result = on_result
        self._most_log_bytes = run_log_bytes
        self._chance = chance or SystemRandom()
        self._lock = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._results: dict[str, FileOutcome] = {}
        self._places: dict[str, int] = {}
        self._log_bytes = 0
        # Files with prints, the last of the package first.
        self._printed: list[tuple[int, str]] = []
        self._never_ran: Outcome | None = None
        self._trouble: Exception | None = None

    def run(self, jobs: Sequence[Job], workers: int) -> tuple[FileOutcome, ...]:
        """Run all jobs; returns their results in the order of `jobs`.

        What `on_result` raises ends the run, and is raised here.
        """
        self._places = {job.file_name: place for place, job in enumerate(jobs)}
        drawn = longest_first(jobs, lambda job: job.size, self._chance)
        # Public files come first: a sandbox that has seen a hidden one is of no more use for them.
        self._waiting = deque(sorted(drawn, key=lambda job: not job.reveal))
        threads = [
            threading.Thread(target=self._work, name=f"host-{number}")
            for number in range(max(1, min(workers, len(jobs))))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._trouble is not None:
            raise self._trouble
        return tuple(self._results[job.file_name] for job in jobs)

    def _work(self) -> None:
        with self._make_host() as host:
            while (job := self._next()) is not None:
                try:
                    result = self._run_one(host, job)
                except Exception:  # the worker's outermost loop: this file alone fails
                    log.exception("evaluation_failed file=%s", job.file_name)
                    host.close()
                    text = Closed.INTERNAL.said()
                    result = FileOutcome(job.file_name, Verdict.INTERNAL_ERROR, text)
                self._keep(result)

    def _next(self) -> Job | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _run_one(self, host: Host, job: Job) -> FileOutcome:
        outcome = self._never_ran
        if outcome is None:
            outcome = host.call(job.request, job.data, reveal=job.reveal)
            if outcome.never_ran:
                self._never_ran = outcome
        return self._judge(job, outcome)

    def _keep(self, result: FileOutcome) -> None:
        with self._lock:
            self._results[result.file_name] = result
            self._cap_logs(result)
            try:
                self._on_result(self._results[result.file_name])
            except Exception as error:  # noqa: BLE001 - the listener's fault is raised by `run`
                self._trouble = error
                self._waiting.clear()

    def _cap_logs(self, result: FileOutcome) -> None:
        """Keep the prints of the package's first files, whichever came first."""
        self._log_bytes += len(result.logs)
        heapq.heappush(self._printed, (-self._places[result.file_name], result.file_name))
        while self._log_bytes > self._most_log_bytes:
            name = self._printed[0][1]
            logs = self._results[name].logs
            kept = logs[: max(len(logs) - (self._log_bytes - self._most_log_bytes), 0)]
            self._results[name] = replace(self._results[name], logs=kept)
            self._log_bytes -= len(logs) - len(kept)
            if not kept:
                heapq.heappop(self._printed)
