"""Geometry of a strip chart: one row per group, a dot per file, a box for the quartiles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from valhub.client.report.scales import Floats, Scale, Tick

ROW_HEIGHT = 58
AXIS_HEIGHT = 26
# Dots sit below the row's label, spread so that equal values stay apart.
BAND_TOP, BAND_HEIGHT = 24, 26
# A golden-ratio sequence spreads any number of dots evenly, alike on every run.
GOLDEN = 0.6180339887


@dataclass(frozen=True)
class Dot:
    """One file; `x` in percent, `y` in pixels."""

    x: float
    y: float
    file_name: str
    anchor: str
    label: str


@dataclass(frozen=True)
class Box:
    """Quartiles and the whole range of a group, in percent."""

    low: float
    lower_quartile: float
    median: float
    upper_quartile: float
    high: float


@dataclass(frozen=True)
class StripRow:
    """A group of files."""

    label: str
    note: str
    top: int
    box: Box | None
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class StripChart:
    """The whole chart, ready to draw."""

    title: str
    axis: str
    height: int
    axis_top: int
    ticks: tuple[Tick, ...]
    rows: tuple[StripRow, ...]


@dataclass(frozen=True)
class Point:
    """A file's value, its words and its place on the page."""

    file_name: str
    anchor: str
    value: float
    label: str


def strip_chart(
    title: str, axis: str, groups: Mapping[str, Sequence[Point]], scale: Scale
) -> StripChart:
    """Lay out the groups one below the other on one shared axis."""
    rows = tuple(
        _row(label, points, index * ROW_HEIGHT, scale)
        for index, (label, points) in enumerate(groups.items())
    )
    bottom = len(rows) * ROW_HEIGHT
    return StripChart(title, axis, bottom + AXIS_HEIGHT, bottom, scale.ticks(), rows)


def _row(label: str, points: Sequence[Point], top: int, scale: Scale) -> StripRow:
    values = np.array([point.value for point in points], dtype=np.float64)
    places = scale.positions(values)
    middle = top + BAND_TOP
    dots = tuple(
        Dot(
            round(float(place), 2),
            round(middle + 3 + (index * GOLDEN) % 1 * (BAND_HEIGHT - 6), 1),
            point.file_name,
            point.anchor,
            point.label,
        )
        for index, (point, place) in enumerate(zip(points, places, strict=True))
    )
    return StripRow(label, _note(len(points)), top, _box(values, scale), dots)


def _note(amount: int) -> str:
    return f"{amount} file" if amount == 1 else f"{amount} files"


def _box(values: Floats, scale: Scale) -> Box | None:
    if values.size < 2:
        return None
    quartiles = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    return Box(*(scale.position(float(value)) for value in quartiles))
