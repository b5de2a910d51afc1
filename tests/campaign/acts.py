"""What is done to a hub in a soak, and how long it takes until it has recovered.

Each process of the tree is killed and frozen, the whole hub is frozen, stopped and killed. A file
at work in a sandbox that is hit is not hit again before it has its result: what happens to the same
file twice is taken for the algorithm's doing, and rightly so.
"""

import json
import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from campaign.keeper import Keeper
from campaign.people import Database
from campaign.tree import LASTING, NESTED, ROLES, Member

KILL, FREEZE = "kill", "freeze"
WHOLE = "whole hub"
RESTART, KILL_HUB = "restart hub", "kill hub"
ACTS = (
    *(f"{how} {role}" for role in ROLES for how in (KILL, FREEZE)),
    f"{FREEZE} {WHOLE}",
    RESTART,
    KILL_HUB,
)
FREEZE_S = (2.5, 4.0)
RECOVERS_WITHIN_S = 90.0
# What a worker is at: of the shard that it holds, the first file without a result.
_AT_WORK = "SELECT run_id, files FROM jobs_shard WHERE state = 'leased' AND owner LIKE %s"
_HAS_RESULT = "SELECT file_id FROM jobs_fileresult WHERE run_id = %s"
_ENDED = "SELECT 1 FROM jobs_run WHERE id = %s AND status NOT IN ('submitted', 'running')"


@dataclass(frozen=True)
class File:
    """A file that a worker is at."""

    run: int
    file: int


class Acts:
    """Does things to a hub, and watches how it recovers.

    Attributes
    ----------
    recovered : dict
        By act, the seconds that each took to recover; infinity for what did not.
    """

    def __init__(self, keeper: Keeper, rows: Database, chance: random.Random) -> None:
        self._keeper, self._rows, self._chance = keeper, rows, chance
        self._whole = Counter(one.role for one in keeper.members() if one.role in LASTING)
        self._hit: set[File] = set()
        self._watching: list[Future[None]] = []
        self._pool = ThreadPoolExecutor(32)
        self._lock = threading.Lock()
        self._frozen: set[int] = set()
        self.recovered: dict[str, list[float]] = defaultdict(list)
        self._done: dict[str, int] = dict.fromkeys(ACTS, 0)

    def go_on_for(self, seconds: float) -> None:
        """Do one thing after the other, the rarest rather than others."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            rarest = min(self._done.values())
            rare = [act for act, times in self._done.items() if times == rarest]
            self._do(self._chance.choice([*rare, self._chance.choice(ACTS)]))
            time.sleep(self._chance.uniform(0.1, 1.2))

    def wait(self) -> None:
        """Wait until everything has recovered, or has not in time."""
        for one in self._watching:
            one.result()

    def _do(self, act: str, within_s: float = 3.0) -> None:
        how, _, whom = act.partition(" ")
        if act in (RESTART, KILL_HUB):
            self._restart(act)
            return
        deadline = time.monotonic() + within_s
        while not (there := self._victims(whom)):
            if time.monotonic() > deadline:
                return
            time.sleep(0.005)
        victims = there if whom == WHOLE else [self._chance.choice(there)]
        if self._kill(act, victims) if how == KILL else self._freeze(act, victims):
            self._done[act] += 1

    def _restart(self, act: str) -> None:
        self._thaw_all()
        self._done[act] += 1
        began = time.monotonic()
        self._keeper.restart(signal.SIGTERM if act == RESTART else signal.SIGKILL)
        self._watch(act, began, set())

    def _victims(self, whom: str) -> list[Member]:
        present = [one for one in self._keeper.members() if one.pid not in self._frozen]
        if whom == WHOLE:
            # The supervisor comes first, and so nobody sees that the others do not move.
            return [] if self._frozen else present
        there = [one for one in present if one.role == whom]
        if whom not in NESTED:
            return there
        return [one for one in there if (file := self._file_of(one)) and file not in self._hit]

    def _file_of(self, victim: Member) -> File | None:
        """The file that is at work where somebody is hit."""
        worker = victim.under or (victim.pid if victim.role == "worker" else 0)
        for run, files in self._rows(_AT_WORK, f"%-{worker}") if worker else []:
            done = {file for (file,) in self._rows(_HAS_RESULT, run)}
            listed = files if isinstance(files, list) else json.loads(files)
            for file in listed:
                if file not in done:
                    return File(run, file)
        return None

    def _files_of(self, victims: list[Member]) -> set[File]:
        return {file for one in victims if (file := self._file_of(one))}

    def _kill(self, act: str, victims: list[Member]) -> bool:
        [victim] = victims
        # The next file may have begun when the blow falls.
        files = self._files_of(victims)
        began = time.monotonic()
        try:
            os.kill(victim.pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        files |= self._files_of(victims)
        self._hit |= files
        if victim.role == "supervisor":
            self._keeper.hub.process.wait()
            self._thaw_all()
            self._keeper.start_again()
        self._watch(act, began, files, victim)
        return True

    def _freeze(self, act: str, victims: list[Member]) -> bool:
        files = self._files_of(victims)
        held = {}
        for victim in victims:
            with suppress(ProcessLookupError):
                held[victim.pid] = os.pidfd_open(victim.pid)
                signal.pidfd_send_signal(held[victim.pid], signal.SIGSTOP)
        files |= self._files_of(victims)
        self._hit |= files
        self._frozen |= held.keys()
        length_s = self._chance.uniform(*FREEZE_S)
        self._watching.append(self._pool.submit(self._thaw, act, held, length_s, files))
        return bool(held)

    def _thaw(self, act: str, held: dict[int, int], length_s: float, files: set[File]) -> None:
        time.sleep(length_s)
        # The supervisor last: who is still stopped has not ended.
        for pid, descriptor in reversed(held.items()):
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGCONT)
            os.close(descriptor)
            self._frozen.discard(pid)
        self._wait_for_recovery(act, time.monotonic(), files)

    def _thaw_all(self) -> None:
        """Wait until nothing is frozen: who is stopped does not hear that it is to end."""
        while self._frozen:
            time.sleep(0.05)

    def _watch(
        self, act: str, began: float, files: set[File], killed: Member | None = None
    ) -> None:
        waiting = self._pool.submit(self._wait_for_recovery, act, began, files, killed)
        self._watching.append(waiting)

    def _wait_for_recovery(
        self, act: str, began: float, files: set[File], killed: Member | None = None
    ) -> None:
        """Wait until the hub is whole and ready, and what was hit has its results."""
        took = self._until(began, lambda: self._is_whole(killed) and all(map(self._is_done, files)))
        with self._lock:
            self.recovered[act].append(took)
            self._hit -= files

    def _until(self, began: float, recovered: Callable[[], bool]) -> float:
        while not recovered():
            if time.monotonic() - began > RECOVERS_WITHIN_S:
                return float("inf")
            time.sleep(0.1)
        return time.monotonic() - began

    def _is_whole(self, killed: Member | None) -> bool:
        there = Counter(one.role for one in self._keeper.members() if one != killed)
        return self._whole <= there and self._keeper.is_ready()

    def _is_done(self, file: File) -> bool:
        results = {name for (name,) in self._rows(_HAS_RESULT, file.run)}
        return file.file in results or bool(self._rows(_ENDED, file.run))

    def close(self) -> None:
        self._pool.shutdown()


@contextmanager
def acting(keeper: Keeper, rows: Database, chance: random.Random) -> Iterator[Acts]:
    """Let a block do things to a hub; it ends when everything has recovered."""
    acts = Acts(keeper, rows, chance)
    try:
        yield acts
        acts.wait()
    finally:
        acts.close()
