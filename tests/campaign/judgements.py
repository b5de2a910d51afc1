"""What a hub said of each submission, and in what it differs from what it says undisturbed.

Everything must be the same but what was measured: a cost may be a little higher on a machine that
is busy just then, or not measured; it may not have grown by the length of a freeze, by a second
try, or beyond what nothing of the kind costs.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaign.kinds import LEAST, Costs
from campaign.people import Database

# Names of what is measured, in documents of metrics and of results.
_MEASURED = ("runtime", "execution_time")
# Half of the shortest freeze: what lies below is a busy machine.
LATE_S = 1.25
_FILES = (
    "SELECT name, jobs_fileresult.verdict, message, metrics, jobs_fileresult.coverage,"
    " wall_s, wall_measured, cpu_s, cpu_measured, peak_memory_bytes, submission_id"
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
    """What was said of one submission: facts by name, and the costs of its files."""

    facts: Mapping[str, Any]
    costs: Mapping[str, Costs]

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts of its files, in their order."""
        ends = ": verdict"
        return tuple(self.facts[name] for name in sorted(self.facts) if name.endswith(ends))


def judgements(rows: Database) -> dict[str, Judgement]:
    """What was said of every submission that was run, by its identifier."""
    facts: dict[str, dict[str, Any]] = {}
    costs: dict[str, dict[str, Costs]] = {}
    for submission, *run in rows(_RUNS):
        said = {name: _unmeasured(value) for name, value in zip(_NAMES_OF_RUN, run, strict=True)}
        facts[plain(submission)] = said
    for name, verdict, message, metrics, coverage, *measured, submission in rows(_FILES):
        wall_s, has_wall, cpu_s, has_cpu, memory = measured
        result = {"message": message, "metrics": _unmeasured(metrics), "coverage": coverage}
        for what, value in {"verdict": verdict, **result}.items():
            facts[plain(submission)][f"{name}: {what}"] = value
        taken = Costs(wall_s if has_wall else None, cpu_s if has_cpu else None, memory)
        costs.setdefault(plain(submission), {})[name] = taken
    return {one: Judgement(said, costs.get(one, {})) for one, said in facts.items()}


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


def differences(seen: Judgement, control: Sequence[Judgement]) -> list[str]:
    """In what a judgement differs from those of its kind when nothing is disturbed.

    Parameters
    ----------
    control : sequence of Judgement
        All of them say the same, but for costs.
    """
    expected = control[0].facts
    found = [
        f"{name} is {_short(seen.facts.get(name))} instead of {_short(expected.get(name))}"
        for name in sorted(expected.keys() | seen.facts.keys())
        if seen.facts.get(name) != expected.get(name)
    ]
    for name, taken in seen.costs.items():
        undisturbed = [each.costs[name] for each in control if name in each.costs]
        found += [f"{name}: {what}" for what in _wrong_costs(taken, undisturbed)]
    return found


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:297]}..."


def _wrong_costs(taken: Costs, control: Sequence[Costs]) -> Iterable[str]:
    walls = [each.wall_s for each in control if each.wall_s is not None]
    if taken.wall_s is not None and walls:
        yield from _outside("run time in s", taken.wall_s, LEAST.wall_s, max(walls) + LATE_S)
    times = [each.cpu_s for each in control if each.cpu_s is not None]
    if taken.cpu_s is not None and times:
        # Whatever runs beside it takes caches away, and with them time.
        most = 1.8 * max(times) + 0.2
        yield from _outside("processor time in s", taken.cpu_s, LEAST.cpu_s, most)
    peaks = [each.memory_bytes for each in control]
    if peaks:
        most = 1.5 * max(peaks)
        yield from _outside("memory in bytes", taken.memory_bytes, LEAST.memory_bytes, most)


def _outside(what: str, value: float, least: float, most: float) -> Iterable[str]:
    if not least <= value <= most:
        yield f"{what} is {value:g}, and undisturbed between {least:g} and {most:g}"
