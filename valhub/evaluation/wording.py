"""How numbers, times and counts are written, alike on terminals, in reports and on pages."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from valhub.evaluation.results import Aggregate, Best, Verdict

NOTHING = "\N{EN DASH}"
NOT_MEASURED = "not measured"
MINUS = "\N{MINUS SIGN}"

VERDICT_WORDS: dict[Verdict, str] = {
    Verdict.SCORED: "scored",
    Verdict.ERROR: "error",
    Verdict.TIMEOUT: "timeout",
    Verdict.OUT_OF_MEMORY: "out of memory",
    Verdict.INVALID_OUTPUT: "invalid output",
    Verdict.CANCELLED: "cancelled",
    Verdict.ORGANISER_ERROR: "organiser's error",
    Verdict.INTERNAL_ERROR: "internal error",
}

BETTER_WORDS: dict[Best, str] = {
    Best.LOWEST: "lower",
    Best.HIGHEST: "higher",
    Best.ZERO: "nearer 0",
}


def number(value: float | None) -> str:
    """Write a number with four significant digits and no needless zeros; a dash for none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if value and not 1e-4 <= abs(value) < 1e7:
        return f"{value:.3g}"
    decimals = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", MINUS)


def quantity(value: float | None, unit: str) -> str:
    """Write a number with its unit; bytes in the binary multiple that suits them."""
    if value is not None and unit in ("B", "byte", "bytes"):
        return memory(value)
    return number(value) if unit in ("", "1") or value is None else f"{number(value)} {unit}"


def span(low: float | None, high: float | None) -> str:
    """Write a range, such as `1.2 to 3.4`; one that is open, such as `at least 4.1`.

    One number where both ends are alike, a dash where there is neither.
    """
    if low is None and high is None:
        return NOTHING
    if high is None:
        return f"at least {number(low)}"
    if low is None:
        return f"at most {number(high)}"
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def interval(aggregate: Aggregate) -> str:
    """Write an aggregate's 95 % interval and of how many systems it is, or why there is none."""
    low, high = aggregate.low, aggregate.high
    if low is None and high is None:
        return aggregate.caveat or NOTHING
    return interval_in_short(low, high, aggregate.systems, aggregate.sites)


def interval_in_short(low: float | None, high: float | None, systems: int, sites: int = 0) -> str:
    """Write a 95 % interval in a table of many, or only of how many systems the value is."""
    if low is None and high is None:
        return systems_and_sites(systems, sites) if systems else ""
    return f"{span(low, high)}, of {systems_and_sites(systems, sites)}"


def systems_and_sites(systems: int, sites: int) -> str:
    """Write of how many systems a number is, and at how many places they are if that is known."""
    counted = count(systems, "system")
    return f"{counted}, {count(sites, 'site')}" if sites else counted


def remark(aggregates: Iterable[Aggregate]) -> str:
    """Say once what holds for these aggregates; empty where there is nothing to say."""
    known = list(aggregates)
    files = max((one.files for one in known if one.systems == 1), default=0)
    partial = {(one.files, one.files + one.unmeasured) for one in known if one.unmeasured}
    said = [one_system(files)] if files else []
    return " ".join([*said, *(measured_on(some, of) for some, of in sorted(partial))])


def one_system(files: int) -> str:
    """Say what scores of a single PV system can show, and what they cannot."""
    which = "The file comes" if files == 1 else f"All {files:,} files come"
    return (
        f"{which} from one system: the scores describe this system and cannot show how the "
        "ranking would be on another."
    )


NO_SYSTEMS = (
    "The evaluation gives one number for the whole, so there are no systems to compare the "
    "results on."
)


def best_of(runs: int) -> str:
    """Say what to think of a score that is the best of several; empty for a single one."""
    if runs < 2:
        return ""
    return f"best of {count(runs, 'run')} on these files; the score flatters it by that choice"


def memory(size: float) -> str:
    """Write bytes as KiB, MiB or GiB."""
    for factor, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size >= factor:
            return (
                f"{size / factor:.3g} {name}"
                if size < 1000 * factor
                else f"{size / factor:.0f} {name}"
            )
    return f"{size:.0f} B"


def duration(seconds: float | None) -> str:
    """Write a time span, such as `40 ms`, `3.2 s`, `4 min 5 s` or `2 h 10 min`; None says so."""
    if seconds is None:
        return NOT_MEASURED
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if round(seconds) < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def measured_on(files: int, of: int) -> str:
    """Say on how many files a run time was measured."""
    return f"The run time was measured on {files:,} of {count(of, 'file')}."


def percent(share: float) -> str:
    """Write a share between 0 and 1 as a percentage; never rounds up to a false 100 %."""
    return f"{math.floor(share * 1000) / 10:g} %"


def count(amount: int, noun: str) -> str:
    """Write an amount with its noun, such as `1 file` or `3 files`."""
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {noun}s"


def heading(name: str) -> str:
    """Write a column's name as words: `mean_absolute_error` becomes `Mean absolute error`.

    The reference `time_series` goes without saying.
    """
    words = re.sub(r"[_\s]+", " ", name.removesuffix("_time_series")).strip()
    return words[:1].upper() + words[1:]


def event_words(kind: str, data: Mapping[str, Any]) -> str:
    """Say what happened to a submission: an event of its log, in words."""
    match kind:
        case "file":
            return f"{data.get('file')}: {_verdict_words(str(data.get('verdict')))}"
        case "files":
            verdicts = Counter(_verdict_words(str(one.get("verdict"))) for one in data["files"])
            each = ", ".join(f"{number} {words}" for words, number in verdicts.items())
            return f"{count(verdicts.total(), 'file')}: {each}"
        case "queued":
            return "waiting for a worker"
        case "started":
            return "started by a worker"
        case "environment_waiting":
            return "waiting for its environment"
        case "environment_building":
            return "its environment is being made"
        case "environment_ready":
            return "its environment is ready"
    reason = data.get("reason") or ""
    return f"{heading(kind).lower()}: {reason}" if reason else heading(kind).lower()


def _verdict_words(verdict: str) -> str:
    # A newer hub may know another one.
    return VERDICT_WORDS[Verdict(verdict)] if verdict in list(Verdict) else verdict
