"""Maps values and times to positions along an axis, with ticks that people can read.

Positions are percentages of the plot's width or height, so a chart fits any screen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from valhub.evaluation.wording import number

Floats = npt.NDArray[np.float64]

# A margin on both sides, so that marks at the ends are not cut in half.
MARGIN = 1.5
# The largest value this many times the upper quartile asks for a logarithmic axis.
SKEW = 8.0
# A logarithmic axis spans at most this factor on either side of zero.
DECADES = 1e4
# Values below this are drawn as zero: steps between them would be too small for a float.
SMALLEST = 1e-290


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis.

    Attributes
    ----------
    at : float
        Percent along the axis.
    anchor : str
        SVG's `text-anchor`; labels at the ends stay inside the chart.
    minor : bool
        Left out on narrow screens.
    """

    at: float
    label: str
    anchor: str = "middle"
    minor: bool = False


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`.

    A `bend` above 0 makes it linear up to about `bend` and logarithmic beyond, on both sides of
    zero (inverse hyperbolic sine), so that many small values and a few large ones both show.
    """

    low: float
    high: float
    bend: float = 0.0

    def positions(self, values: Floats) -> Floats:
        """Give each value's place in percent; NaN stays NaN."""
        # Halves, because the distance between two large floats may be no float.
        low, high = self._warp(np.array([self.low, self.high])) / 2
        share = (self._warp(values) / 2 - low) / (high - low)
        return np.asarray(MARGIN + share * (100 - 2 * MARGIN), dtype=np.float64)

    def position(self, value: float) -> float:
        """Give one value's place in percent."""
        return round(float(self.positions(np.array([value]))[0]), 2)

    def ticks(self, most: int = 6) -> tuple[Tick, ...]:
        """Choose round values and label them."""
        if self.bend:
            return tuple(self._bent_ticks())
        values = round_values(self.low, self.high, most)
        return tuple(_tick(self.position(value), number(value)) for value in values)

    def _warp(self, values: Floats) -> Floats:
        return np.arcsinh(values / self.bend) if self.bend else values

    def _bent_ticks(self) -> list[Tick]:
        top = max(abs(self.low), abs(self.high))
        exponents = range(math.floor(math.log10(self.bend)), math.floor(math.log10(top)) + 1)
        steps = [(factor * 10.0**power, factor > 1) for power in exponents for factor in (1, 3)]
        # Below the bend the axis is linear, and the smallest steps would sit on the zero.
        far = [(value, minor) for value, minor in steps if value > self.bend]
        both = [(-value, minor) for value, minor in reversed(far)] + [(0.0, False)] + far
        return [
            _tick(self.position(value), number(value), minor=minor)
            for value, minor in both
            if self.low <= value <= self.high
        ]


def scale_for(values: Floats) -> Scale:
    """Choose the axis that shows all finite values; zero is always on it."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Scale(0.0, 1.0)
    low, high = min(0.0, float(finite.min())), max(0.0, float(finite.max()))
    if max(-low, high) < SMALLEST:
        return Scale(0.0, 1.0)
    sizes = np.abs(finite)
    usual = float(np.quantile(sizes, 0.75))
    if sizes.max() <= SKEW * usual:
        return Scale(low, high)
    small = float(np.quantile(sizes[sizes > 0], 0.25))
    return Scale(low, high, bend=max(usual, small, float(sizes.max()) / DECADES))


def round_values(low: float, high: float, most: int) -> list[float]:
    """List about `most` round values between two bounds."""
    parts = max(1, most - 1)
    rough = high / parts - low / parts
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def _tick(at: float, label: str, *, minor: bool = False) -> Tick:
    anchor = "start" if at < 4 else "end" if at > 96 else "middle"
    return Tick(at, label, anchor, minor)


# Steps of a time axis in seconds, each with the label that suits it.
_CLOCK_STEPS = (
    (60, "%H:%M"), (300, "%H:%M"), (900, "%H:%M"), (3600, "%H:%M"), (3 * 3600, "%d %b %H:%M"),
    (6 * 3600, "%d %b %H:%M"), (12 * 3600, "%d %b %H:%M"), (86400, "%d %b"), (2 * 86400, "%d %b"),
    (7 * 86400, "%d %b"),
)  # fmt: skip
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240)


def time_ticks(start: np.datetime64, end: np.datetime64, most: int = 7) -> tuple[Tick, ...]:
    """Label a time axis from start to end with whole hours, days, months or years."""
    seconds = float((end - start) / np.timedelta64(1, "s"))
    if seconds <= 0:
        return ()
    places, label = _time_places(start, end, seconds, most)
    ticks = []
    for index, place in enumerate(places):
        share = float((place - start) / (end - start))
        words = place.astype("datetime64[s]").item().strftime(label)
        ticks.append(_tick(round(100 * share, 2), words, minor=index % 2 == 1))
    return tuple(ticks)


def _time_places(
    start: np.datetime64, end: np.datetime64, seconds: float, most: int
) -> tuple[Sequence[np.datetime64], str]:
    for step, label in _CLOCK_STEPS:
        if seconds / step <= most:
            grid = np.timedelta64(step, "s")
            origin = start.astype("datetime64[D]").astype("datetime64[s]")
            places = np.arange(origin, end + grid, grid)
            return [place for place in places if start <= place <= end], label
    months = seconds / (30.44 * 86400)
    step = next((size for size in _MONTH_STEPS if months / size <= most), _MONTH_STEPS[-1])
    first = start.astype("datetime64[Y]").astype("datetime64[M]")
    behind = end.astype("datetime64[M]") + np.timedelta64(1, "M")
    grid_months = np.arange(first, behind, np.timedelta64(step, "M"))
    inside = [place for place in grid_months.astype("datetime64[s]") if start <= place <= end]
    return inside, "%Y" if step >= 12 else "%b %Y"
