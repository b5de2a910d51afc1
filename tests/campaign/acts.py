"""What is done to a hub in a soak, and how long it takes until it has recovered.

Each process of the tree is killed and frozen, the whole hub is frozen, stopped and killed; what was
done least often comes first, as soon as there is somebody to whom it can be done. A file
at work in a sandbox that is hit is not hit again before it has its result: what happens to the same
file twice is taken for the algorithm's doing, and rightly so.
"""

import json
import os
import random
import select
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from campaign.frozen_calls import Freeze
from campaign.keeper import Keeper
from campaign.kinds import TIMEOUT_S
from campaign.people import Database
from campaign.tree import LASTING, NESTED, ROLES, Member, is_in_algorithm, is_stopped

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
# A child stands still for longer than its call may take: whose fault is such a timeout?
FREEZE_CHILD_S = (TIMEOUT_S + 1.0, TIMEOUT_S + 2.0)
# However busy the machine is: a hub that recovers does it long before.
RECOVERS_WITHIN_S = 300.0
# After these nobody is at work for a while, so they come when nothing else can be done.
HEAVY = {RESTART, KILL_HUB, f"{KILL} supervisor", f"{KILL} web server"}
# Many processes are there for a moment only, so the rarest acts are worth waiting for.
WORTH_WAITING_S = 3.0
POLL_S = 0.01
# What a worker is at: of the shard that it holds, the first file without a result.
_AT_WORK = "SELECT run_id, files FROM jobs_shard WHERE state = 'leased' AND owner LIKE %s"
_HAS_RESULT = "SELECT file_id FROM jobs_fileresult WHERE run_id = %s"
_BEING_MADE = "SELECT run_id FROM jobs_build WHERE state = 'leased' AND owner LIKE %s"
_IS_MADE = "SELECT 1 FROM jobs_build WHERE run_id = %s AND state = 'done'"
_ENDED = "SELECT 1 FROM jobs_run WHERE id = %s AND status NOT IN ('submitted', 'running')"


@dataclass(frozen=True)
class Task:
    """What a worker or a builder is at: a file of a run, or, without a file, its environment."""

    run: int
    file: int | None = None


# These have to happen whatever else did: a time in which nothing moved is easily counted.
INDISPENSABLE = (*(f"{FREEZE} {whom}" for whom in (WHOLE, "worker", "child")), RESTART, KILL_HUB)


def never_hit(done: Mapping[str, int]) -> list[str]:
    """The kinds of process that were neither killed nor frozen, and what never happened."""
    return [
        *(role for role in ROLES if not _hits(role, done)),
        *(act for act in INDISPENSABLE if not done.get(act)),
    ]


def _hits(whom: str, done: Mapping[str, int]) -> int:
    return sum(done.get(f"{how} {whom}", 0) for how in (KILL, FREEZE))


class Acts:
    """Does things to a hub, and watches how it recovers.

    Attributes
    ----------
    recovered : dict
        By act, the seconds that each took to recover; infinity for what did not.
    ever_hit : set of Task
        What was at work wherever anything was done.
    freezes : list of Freeze
        Who stood still when.
    """

    def __init__(self, keeper: Keeper, rows: Database, chance: random.Random) -> None:
        self._keeper, self._rows, self._chance = keeper, rows, chance
        self._whole = Counter(one.role for one in keeper.members() if one.role in LASTING)
        self._hit: set[Task] = set()
        self.ever_hit: set[Task] = set()
        self.freezes: list[Freeze] = []
        self._watching: list[Future[None]] = []
        self._pool = ThreadPoolExecutor(32)
        self._lock = threading.Lock()
        self._frozen: set[int] = set()
        self.recovered: dict[str, list[float]] = defaultdict(list)
        self.done: dict[str, int] = dict.fromkeys(ACTS, 0)

    def go_on_until(
        self, deadline: float, latest: float, missing: Callable[[], Sequence[str]]
    ) -> None:
        """Do one thing after the other until a moment; later if something is missing until then."""
        while (now := time.monotonic()) < deadline or (now < latest and missing()):
            self._do_the_rarest()
            time.sleep(self._chance.uniform(0.1, 1.0))

    def wait(self) -> None:
        """Wait until everything has recovered, or has not in time."""
        for one in self._watching:
            one.result()

    def _do_the_rarest(self) -> None:
        """Of all that can be done now, do what was done least; wait a little for what was rarer.

        What can only be done to a hub at work waits until the hub is at work again.
        """
        late = time.monotonic() + WORTH_WAITING_S
        while True:
            if not all(one.done() for one in self._watching):
                late = time.monotonic() + WORTH_WAITING_S
            rarest = min(map(self._rank, ACTS))
            present = [one for one in self._keeper.members() if one.pid not in self._frozen]
            for act in sorted(ACTS, key=self._order):
                is_rarest = self._rank(act) == rarest and act not in HEAVY
                if not is_rarest and time.monotonic() < late:
                    break
                if self._is_done_to(act, present):
                    return
            time.sleep(POLL_S)

    def _rank(self, act: str) -> tuple[int, int]:
        """How often it was done, or the like to such processes; and it itself."""
        whom = act.partition(" ")[2]
        is_any = whom not in ROLES or act in INDISPENSABLE
        return self.done[act] if is_any else _hits(whom, self.done), self.done[act]

    def _order(self, act: str) -> tuple[tuple[int, int], bool, float]:
        return self._rank(act), act in HEAVY, self._chance.random()

    def _is_done_to(self, act: str, present: list[Member]) -> bool:
        """Do it to one of those that are there, if it can be done to any."""
        if act in (RESTART, KILL_HUB):
            self._restart(act)
            return True
        how, _, whom = act.partition(" ")
        there = self._victims(how, whom, present)
        if not there:
            return False
        victims = there if whom == WHOLE else [self._chance.choice(there)]
        if not (self._kill(act, victims) if how == KILL else self._freeze(act, victims)):
            return False
        self.done[act] += 1
        return True

    def _restart(self, act: str) -> None:
        self._thaw_all()
        self.done[act] += 1
        self._note_hits(self._keeper.members())
        began = time.monotonic()
        self._keeper.restart(signal.SIGTERM if act == RESTART else signal.SIGKILL)
        self._watch(act, began, set())

    def _victims(self, how: str, whom: str, present: list[Member]) -> list[Member]:
        if whom == WHOLE:
            # The supervisor comes first, and so nobody sees that the others do not move.
            return [] if self._frozen or not _at_work(present) else present
        there = [one for one in present if one.role == whom]
        if whom == "worker" and how == FREEZE:
            return [one for one in there if one.pid in _at_work(present)]
        if whom == "child" and how == FREEZE:
            there = [one for one in there if is_in_algorithm(one.pid)]
        if whom not in NESTED:
            return there
        return [one for one in there if (task := self._task_of(one)) and task not in self._hit]

    def _task_of(self, victim: Member) -> Task | None:
        """What is at work where somebody is hit."""
        holder = victim.under or (victim.pid if victim.role == "worker" else 0)
        if victim.role in ("builder", "installer"):
            made = self._rows(_BEING_MADE, f"%-{holder}")
            return Task(made[0][0]) if made else None
        for run, files in self._rows(_AT_WORK, f"%-{holder}") if holder else []:
            done = {file for (file,) in self._rows(_HAS_RESULT, run)}
            listed = files if isinstance(files, list) else json.loads(files)
            for file in listed:
                if file not in done:
                    return Task(run, file)
        return None

    def _tasks_of(self, victims: list[Member]) -> set[Task]:
        return {task for one in victims if (task := self._task_of(one))}

    def _note_hits(self, victims: list[Member]) -> set[Task]:
        tasks = self._tasks_of(victims)
        self.ever_hit |= tasks
        return tasks

    def _kill(self, act: str, victims: list[Member]) -> bool:
        [victim] = victims
        everybody = self._keeper.members() if victim.role == "supervisor" else []
        self._note_hits(everybody)
        # The next one may have begun when the blow falls.
        tasks = self._note_hits(victims)
        began = time.monotonic()
        try:
            os.kill(victim.pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        tasks |= self._note_hits(victims)
        self._hit |= tasks
        if victim.role == "supervisor":
            self._keeper.hub.process.wait()
            self._thaw_all()
            self._keeper.start_again()
        self._watch(act, began, tasks, victim)
        return True

    def _freeze(self, act: str, victims: list[Member]) -> bool:
        tasks = self._note_hits(victims)
        held = {}
        for victim in victims:
            with suppress(ProcessLookupError):
                held[victim.pid] = os.pidfd_open(victim.pid)
                signal.pidfd_send_signal(held[victim.pid], signal.SIGSTOP)
        tasks |= self._note_hits(victims)
        self._hit |= tasks
        self._frozen |= held.keys()
        between = FREEZE_CHILD_S if victims[0].role == "child" else FREEZE_S
        length_s = self._chance.uniform(*between)
        thawing = self._pool.submit(self._thaw, act, victims, held, length_s, tasks)
        self._watching.append(thawing)
        return bool(held)

    def _thaw(
        self,
        act: str,
        victims: list[Member],
        held: dict[int, int],
        length_s: float,
        tasks: set[Task],
    ) -> None:
        # Who is just in the kernel stands still only when that has let go of it.
        while not all(map(is_stopped, held)):
            time.sleep(POLL_S)
        began = time.monotonic()
        _wait_for_all(held.values(), length_s)
        self.freezes.append(Freeze(victims, began, time.monotonic()))
        # The supervisor last: who is still stopped has not ended.
        for pid, descriptor in reversed(held.items()):
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGCONT)
            os.close(descriptor)
            self._frozen.discard(pid)
        self._wait_for_recovery(act, time.monotonic(), tasks)

    def _thaw_all(self) -> None:
        """Wait until nothing is frozen: who is stopped does not hear that it is to end."""
        while self._frozen:
            time.sleep(0.05)

    def _watch(
        self, act: str, began: float, tasks: set[Task], killed: Member | None = None
    ) -> None:
        waiting = self._pool.submit(self._wait_for_recovery, act, began, tasks, killed)
        self._watching.append(waiting)

    def _wait_for_recovery(
        self, act: str, began: float, tasks: set[Task], killed: Member | None = None
    ) -> None:
        """Wait until the hub is whole and ready, and what was hit has its results."""
        took = self._until(began, lambda: self._is_whole(killed) and all(map(self._is_done, tasks)))
        with self._lock:
            self.recovered[act].append(took)
            self._hit -= tasks

    def _until(self, began: float, recovered: Callable[[], bool]) -> float:
        while not recovered():
            if time.monotonic() - began > RECOVERS_WITHIN_S:
                return float("inf")
            time.sleep(0.1)
        return time.monotonic() - began

    def _is_whole(self, killed: Member | None) -> bool:
        there = Counter(one.role for one in self._keeper.members() if one != killed)
        return self._whole <= there and self._keeper.is_ready()

    def _is_done(self, task: Task) -> bool:
        if self._rows(_ENDED, task.run):
            return True
        if task.file is None:
            return bool(self._rows(_IS_MADE, task.run))
        return (task.file,) in self._rows(_HAS_RESULT, task.run)

    def close(self) -> None:
        self._pool.shutdown()


def _at_work(present: list[Member]) -> set[int]:
    """The workers of those in whose sandboxes an algorithm is being run just now."""
    return {one.under for one in present if one.role == "child" and is_in_algorithm(one.pid)}


def _wait_for_all(descriptors: Iterable[int], within_s: float) -> None:
    """Wait until all processes have ended, or so long."""
    deadline, left = time.monotonic() + within_s, set(descriptors)
    while left and (rest := deadline - time.monotonic()) > 0:
        left -= set(select.select(list(left), [], [], rest)[0])


@contextmanager
def acting(keeper: Keeper, rows: Database, chance: random.Random) -> Iterator[Acts]:
    """Let a block do things to a hub; it ends when everything has recovered."""
    acts = Acts(keeper, rows, chance)
    try:
        yield acts
        acts.wait()
    finally:
        acts.close()
