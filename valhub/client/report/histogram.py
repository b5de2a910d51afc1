"""Geometry of a histogram, for run times."""

from dataclasses import dataclass

import numpy as np

from valhub.client.report.scales import Floats, Scale, Tick, scale_for
from valhub.evaluation.wording import count, duration

PLOT_HEIGHT = 120
LABEL_HEIGHT = 20
BINS = 30


@dataclass(frozen=True)
class HistogramBar:
    """One bin: `x` and `width` in percent, `y` and `height` in pixels."""

    x: float
    width: float
    y: float
    height: float
    label: str


@dataclass(frozen=True)
class HistogramTick:
    """A named value on the axis."""

    tick: Tick
    label: str


@dataclass(frozen=True)
class Histogram:
    """The whole chart, ready to draw."""

    title: str
    axis: str
    height: int
    axis_top: int
    ticks: tuple[Tick, ...]
    bars: tuple[HistogramBar, ...]
    marks: tuple[HistogramTick, ...]


def runtime_histogram(seconds: Floats) -> Histogram:
    """Draw how long the files took; bins are equally wide on the axis that suits the values."""
    scale = scale_for(seconds)
    top = LABEL_HEIGHT * 2
    bottom = top + PLOT_HEIGHT
    marks = tuple(
        _mark(scale, float(np.quantile(seconds, share)), name)
        for name, share in (("median", 0.5), ("95 % within", 0.95))
    )
    return Histogram(
        title="Run time per file",
        axis="seconds" + (", logarithmic" if scale.bend else ""),
        height=bottom + LABEL_HEIGHT + 6,
        axis_top=bottom,
        ticks=scale.ticks(),
        bars=_bars(seconds, scale, bottom),
        marks=marks,
    )


def _mark(scale: Scale, value: float, name: str) -> HistogramTick:
    at = scale.position(value)
    anchor = "start" if at < 50 else "end"
    return HistogramTick(Tick(at, name, anchor), f"{name} {duration(value)}")


def _bars(seconds: Floats, scale: Scale, bottom: int) -> tuple[HistogramBar, ...]:
    places = scale.positions(seconds)
    amounts, edges = np.histogram(places, bins=BINS, range=(0.0, 100.0))
    tallest = max(1, int(amounts.max()))
    bars = []
    for amount, left, right in zip(amounts, edges[:-1], edges[1:], strict=True):
        if amount:
            inside = seconds[(places >= left) & (places <= right)]
            span = f"{duration(float(inside.min()))} to {duration(float(inside.max()))}"
            height = round(float(amount) / tallest * PLOT_HEIGHT, 1)
            label = f"{count(int(amount), 'file')}: {span}"
            x, width = round(float(left) + 0.15, 2), round(float(right - left) - 0.3, 2)
            bars.append(HistogramBar(x, width, bottom - height, height, label))
    return tuple(bars)
