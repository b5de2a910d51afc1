"""What a hub said of each submission, and in what it differs from what it says undisturbed.

Everything must be the same but what was measured. A cost may not be measured, and on a machine
that is busy a file may take any time at all; but nobody may have stood still meanwhile, one call
must have taken all of it, and what was hit may not cost more than what nobody touched, which ran on
the same machine beside it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from campaign.acts import Task
from campaign.frozen_calls import Record
from campaign.kinds import LEAST, Costs
from campaign.people import Database

# Names of what is measured, in documents of metrics and of results.
_MEASURED = ("runtime", "execution_time")
_FILES = (
    "SELECT name, jobs_fileresult.verdict, message, metrics, jobs_fileresult.coverage,"
    " wall_s, wall_measured, cpu_s, cpu_measured, peak_memory_bytes, run_id, file_id,"
    " submission_id"
    " FROM jobs_fileresult JOIN jobs_run ON jobs_run.id = run_id"
    " JOIN analyses_datafile ON analyses_datafile.id = file_id"
)
_RUNS = (
    "SELECT submission_id, jobs_submission.status, our_fault, jobs_submission.reason, result,"
    " private_result, jobs_run.number, jobs_run.status, jobs_run.reason, counted, verdict,"
    " coverage, aggregates, returned"
    " FROM jobs_run JOIN jobs_submission ON jobs_submission.id = submission_id"
)
_NAMES_OF_RUN = (
    *("status", "our fault", "reason", "result", "private result"),
    *("run", "status of run", "reason of run", "counted", "verdict", "coverage"),
    *("aggregates", "returned"),
)


@dataclass(frozen=True)
class Judgement:
    """What was said of one submission: facts by name, and of its files the costs, and which."""

    facts: Mapping[str, Any]
    costs: Mapping[str, Costs]
    tasks: Mapping[str, Task] = field(default_factory=dict)

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts of its files, in their order."""
        ends = ": verdict"
        return tuple(self.facts[name] for name in sorted(self.facts) if name.endswith(ends))


def judgements(rows: Database) -> dict[str, Judgement]:
    """What was said of every submission that was run, by its identifier."""
    facts: dict[str, dict[str, Any]] = {}
    costs: dict[str, dict[str, Costs]] = {}
    tasks: dict[str, dict[str, Task]] = {}
    for submission, *run in rows(_RUNS):
        said = {name: _unmeasured(value) for name, value in zip(_NAMES_OF_RUN, run, strict=True)}
        facts[plain(submission)] = said
    for name, verdict, message, metrics, coverage, *measured, run, file, submission in rows(_FILES):
        wall_s, has_wall, cpu_s, has_cpu, memory = measured
        result = {"message": message, "metrics": _unmeasured(metrics), "coverage": coverage}
        for what, value in {"verdict": verdict, **result}.items():
            facts[plain(submission)][f"{name}: {what}"] = value
        taken = Costs(wall_s if has_wall else None, cpu_s if has_cpu else None, memory)
        costs.setdefault(plain(submission), {})[name] = taken
        tasks.setdefault(plain(submission), {})[name] = Task(run, file)
    return {
        one: Judgement(said, costs.get(one, {}), tasks.get(one, {})) for one, said in facts.items()
    }


def plain(identifier: object) -> str:
    """An identifier as it is written here, whatever the database or the API makes of it."""
    return str(identifier).replace("-", "")


def _unmeasured(value: Any) -> Any:
    """A stored value without what was measured; some drivers have read documents already."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        value = json.loads(value)
    if isinstance(value, Mapping):
        kept = {key: each for key, each in value.items() if not _is_measured(key)}
        return {key: _unmeasured(each) for key, each in kept.items()}
    return [_unmeasured(each) for each in value] if isinstance(value, list) else value


def _is_measured(key: str) -> bool:
    return any(name in key for name in _MEASURED)


def differences(seen: Judgement, control: Judgement) -> list[str]:
    """In what a judgement differs from one of its kind when nothing is disturbed, but for costs."""
    return [
        f"{name} is {_short(seen.facts.get(name))} instead of {_short(control.facts.get(name))}"
        for name in sorted(control.facts.keys() | seen.facts.keys())
        if seen.facts.get(name) != control.facts.get(name)
    ]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:297]}..."


@dataclass(frozen=True)
class Undisturbed:
    """What files cost that nothing was done to.

    Attributes
    ----------
    cpu_s : float
        The most that any of them took: all kinds do the same work, and now and then each of them is
        the first in its sandbox.
    memory_bytes : mapping
        The most that each file of a kind took.
    """

    cpu_s: float
    memory_bytes: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, judged: Sequence[tuple[str, Judgement]], hit: Set[Task]) -> "Undisturbed":
        """Of what was said of submissions of each kind, all that was not hit."""
        times, peaks = [0.0], dict[tuple[str, str], int]()
        for kind, judgement in judged:
            for name, taken in judgement.costs.items():
                if judgement.tasks[name] not in hit:
                    times.append(taken.cpu_s or 0.0)
                    peaks[kind, name] = max(taken.memory_bytes, peaks.get((kind, name), 0))
        return cls(max(times), peaks)


def wrong_costs(
    kind: str, seen: Judgement, undisturbed: Undisturbed, record: Record
) -> Iterable[str]:
    """What is wrong with the costs of a submission's files; the machine may have been busy."""
    for name, taken in seen.costs.items():
        most = _most(undisturbed, kind, name)
        for what in (*record.faults(taken), *_beyond(taken, most)):
            yield f"{name}: {what}"


def _most(undisturbed: Undisturbed, kind: str, name: str) -> Costs:
    """What a file that was hit may cost: whatever runs beside it takes caches away."""
    # The control has every file of every kind.
    memory = round(1.5 * undisturbed.memory_bytes[kind, name])
    return Costs(None, 1.8 * undisturbed.cpu_s + 0.2, memory)


def _beyond(taken: Costs, most: Costs) -> Iterable[str]:
    if taken.wall_s is not None and taken.wall_s < LEAST.wall_s:
        yield f"run time in s is {taken.wall_s:g}, and what it does takes {LEAST.wall_s:g}"
    bounds = (
        ("processor time in s", taken.cpu_s, LEAST.cpu_s, most.cpu_s),
        ("memory in bytes", taken.memory_bytes, LEAST.memory_bytes, most.memory_bytes),
    )
    for what, value, least, highest in bounds:
        if value is not None and highest is not None and not least <= value <= highest:
            yield f"{what} is {value:g}, and undisturbed between {least:g} and {highest:g}"
