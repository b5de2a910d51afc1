"""How numbers, times and counts are said to people, alike on the terminal and in the report."""

import math

from valhub.evaluation.results import Aggregate, Verdict

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


def number(value: float | None) -> str:
    """Write a number with four significant digits and no needless zeros; a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    if value and not 1e-4 <= abs(value) < 1e7:
        return f"{value:.3g}"
    decimals = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def quantity(value: float | None, unit: str) -> str:
    """Write a number with its unit; bytes in the binary multiple that suits them."""
    if value is not None and unit in ("B", "byte", "bytes"):
        return memory(value)
    return number(value) if unit in ("", "1") or value is None else f"{number(value)} {unit}"


def interval(aggregate: Aggregate) -> str:
    """Write a 95 % interval, such as `1.2 to 3.4`; a dash where none can be drawn."""
    if aggregate.low is None or aggregate.high is None:
        return "–"
    return f"{number(aggregate.low)} to {number(aggregate.high)}"


def memory(size: float) -> str:
    """Write bytes as KiB, MiB or GiB."""
    for factor, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size >= factor:
            return f"{size / factor:.3g} {name}" if size < 1000 * factor else f"{size / factor:.0f} {name}"
    return f"{size:.0f} B"


def duration(seconds: float) -> str:
    """Write a time span, such as `40 ms`, `3.2 s`, `4 min 5 s` or `2 h 10 min`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def percent(share: float) -> str:
    """Write a share between 0 and 1 as a percentage; never rounds up to a false 100 %."""
    return f"{math.floor(share * 1000) / 10:g} %"


def count(amount: int, noun: str) -> str:
    """Write an amount with its noun, such as `1 file` or `3 files`."""
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {noun}s"
