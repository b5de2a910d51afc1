"""Whether a freeze was counted in a run time: by what was frozen when, never by how long it took.

A busy machine makes any run time longer, and so no length of one shows a fault. But the hub's log
has when each call that it measured began and ended, by the same clock by which the soak notes what
it froze. A run time is wrong when somebody stood still within it, or when no one call took it.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from campaign.kinds import Costs
from campaign.tree import Member

# Whoever stands still longer than that within a call was looked at meanwhile, four times a second,
# or else a gap in the host's ticks shows that it could not look.
NOTICED_S = 2.0
# The outermost process of a sandbox only waits for the others.
_INSIDE = ("inner bwrap", "guest", "child")
_MEASURED = re.compile(
    r"call_measured host=(?P<host>\d+) sandbox=(?P<sandbox>\d+) began=(?P<began>\S+)"
    r" ended=(?P<ended>\S+) wall_s=(?P<wall_s>\S+) cpu_s=(?P<cpu_s>\S+)"
)


@dataclass(frozen=True)
class Freeze:
    """Who stood still, and from when to when."""

    victims: Sequence[Member]
    began: float
    ended: float


@dataclass(frozen=True)
class Call:
    """A call that a worker, the host, measured in a sandbox, which goes by its first process."""

    host: int
    sandbox: int
    began: float
    ended: float
    wall_s: float
    cpu_s: float | None


def measured_calls(logs: Iterable[Path]) -> list[Call]:
    """What the logs of a hub say of the calls that it measured."""
    lines = (line for log in logs for line in log.read_text(errors="replace").splitlines())
    return [_call(found) for line in lines if (found := _MEASURED.search(_event(line)))]


def _event(line: str) -> str:
    try:
        return str(json.loads(line).get("event", ""))
    except (ValueError, AttributeError):
        return ""  # Not a line of the log's, but what somebody printed.


def _call(found: re.Match[str]) -> Call:
    cpu_s = None if found["cpu_s"] == "None" else float(found["cpu_s"])
    times = (float(found[name]) for name in ("began", "ended", "wall_s"))
    return Call(int(found["host"]), int(found["sandbox"]), *times, cpu_s)


class Record:
    """What is known of a hub's course: the calls that it measured, and who stood still when."""

    def __init__(self, calls: Sequence[Call], freezes: Sequence[Freeze]) -> None:
        self._by_wall = _grouped(calls, "wall_s")
        self._by_cpu = _grouped(calls, "cpu_s")
        self._freezes = freezes

    def faults(self, taken: Costs) -> Iterable[str]:
        """What is wrong with the times of one file, for which no length is too long."""
        if taken.wall_s is None:
            if taken.cpu_s is not None and taken.cpu_s not in self._by_cpu:
                yield f"no call took the processor time of {taken.cpu_s!r} s"
            return
        calls = self._by_wall.get(taken.wall_s, [])
        if not any(taken.cpu_s is None or call.cpu_s == taken.cpu_s for call in calls):
            yield f"no call took {taken.wall_s!r} s and {taken.cpu_s!r} s of processor time"
        for call in calls:
            yield from (
                f"the run time of {taken.wall_s:g} s has {_overlap(call, freeze):.3g} s in it"
                f" in which {' and '.join(who)} stood still"
                for freeze in self._freezes
                if (who := _stopped(call, freeze)) and _overlap(call, freeze) > NOTICED_S
            )


def _grouped(calls: Sequence[Call], name: str) -> Mapping[float, list[Call]]:
    found: dict[float, list[Call]] = {}
    for call in calls:
        found.setdefault(getattr(call, name), []).append(call)
    return found


def _overlap(call: Call, freeze: Freeze) -> float:
    return min(call.ended, freeze.ended) - max(call.began, freeze.began)


def _stopped(call: Call, freeze: Freeze) -> list[str]:
    """Roles of those on whom a call depends, among the victims of a freeze."""
    return [
        one.role
        for one in freeze.victims
        if (one.role == "worker" and one.pid == call.host)
        or (one.role in _INSIDE and one.sandbox == call.sandbox)
    ]
