"""Geometry of one file's series: panels above one another that share a time axis."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from valhub.client.report.decimation import thin, without_runs
from valhub.client.report.scales import Floats, Tick, round_values, time_ticks
from valhub.client.report.series import ReportSeries
from valhub.evaluation.answer_boundary import answer_boundary
from valhub.evaluation.scoring.answers import InvalidAnswer
from valhub.evaluation.wording import number

# Paths are drawn in whole units of this box and stretched to the screen.
BOX_WIDTH, BOX_HEIGHT = 10_000, 1_000
PANEL_HEIGHT = 130
# Room above a panel for its name and its highest label.
PANEL_HEAD = 38
INPUT_PANELS = 3
SECOND_NS = 1e9


@dataclass(frozen=True)
class SeriesLine:
    """A line; `kind` is its style: input, truth or answer."""

    kind: str
    label: str
    path: str


@dataclass(frozen=True)
class Level:
    """A horizontal grid line; `y` in pixels from the panel's top."""

    y: float
    label: str


@dataclass(frozen=True)
class Panel:
    """Lines that share a value axis."""

    title: str
    top: int
    levels: tuple[Level, ...]
    lines: tuple[SeriesLine, ...]


@dataclass(frozen=True)
class SeriesChart:
    """The whole chart, ready to draw."""

    title: str
    height: int
    axis_top: int
    panels: tuple[Panel, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class Curve:
    """A series as numbers: nanoseconds of local time and values."""

    kind: str
    label: str
    times: Floats
    values: Floats


def series_chart(file_name: str, series: ReportSeries) -> SeriesChart | None:
    """Lay out input, truth and answer over time; None when none of them has a time axis."""
    groups = [[curve] for curve in _input_curves(series.input)]
    compared = _compared_curves(series)
    groups += [compared] if compared else []
    spans = [(curve.times[0], curve.times[-1]) for group in groups for curve in group]
    if not spans:
        return None
    start, end = min(low for low, _ in spans), max(high for _, high in spans)
    end = end if end > start else start + SECOND_NS
    step = PANEL_HEIGHT + PANEL_HEAD
    panels = tuple(
        _panel(group, index * step + PANEL_HEAD, start, end) for index, group in enumerate(groups)
    )
    ticks = time_ticks(np.datetime64(int(start), "ns"), np.datetime64(int(end), "ns"))
    bottom = len(panels) * step
    return SeriesChart(f"Series of {file_name}", bottom + 30, bottom + 8, panels, ticks)


def _input_curves(data: pd.Series | pd.DataFrame | None) -> list[Curve]:
    if data is None:
        return []
    frame = data.to_frame() if isinstance(data, pd.Series) else data
    columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    curves = [_curve("input", str(column.name), column) for column in columns]
    return [curve for curve in curves if curve is not None][:INPUT_PANELS]


def _compared_curves(series: ReportSeries) -> list[Curve]:
    truth = None if series.truth is None else _curve("truth", "truth", series.truth)
    return [curve for curve in (truth, _answer_curve(series)) if curve is not None]


def _answer_curve(series: ReportSeries) -> Curve | None:
    """Draw an answer, if it can be drawn: it may be anything that was scored."""
    try:
        with answer_boundary(InvalidAnswer.unreadable):
            answer = _answer(series.answer, series.truth)
            return None if answer is None else _curve("answer", "answer", answer)
    except InvalidAnswer:
        return None


def _answer(answer: object, truth: pd.Series | None) -> pd.Series | None:
    if isinstance(answer, pd.DataFrame) and answer.shape[1] == 1:
        answer = answer.iloc[:, 0]
    if isinstance(answer, pd.Series) and isinstance(answer.index, pd.DatetimeIndex):
        return answer
    # An answer by position stands for the reference's own time stamps.
    if truth is not None and isinstance(answer, pd.Series | np.ndarray | list | tuple):
        values = np.asarray(answer)
        if values.shape == (len(truth),):
            return pd.Series(values, index=truth.index)
    return None


def _curve(kind: str, label: str, series: pd.Series) -> Curve | None:
    if not isinstance(series.index, pd.DatetimeIndex) or not _is_real(series):
        return None
    stamped = series[series.index.notna()].sort_index(kind="stable")
    index = pd.DatetimeIndex(stamped.index).tz_localize(None).as_unit("ns")
    values = stamped.to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(values).any():
        return None
    return Curve(kind, label, index.asi8.astype(np.float64), values)


def _is_real(series: pd.Series) -> bool:
    types = pd.api.types
    return types.is_numeric_dtype(series.dtype) and not types.is_complex_dtype(series.dtype)


def _panel(curves: Sequence[Curve], top: int, start: float, end: float) -> Panel:
    values = np.concatenate([curve.values[np.isfinite(curve.values)] for curve in curves])
    low, high = float(values.min()), float(values.max())
    pad = (high - low) * 0.06 or max(1.0, abs(high)) * 0.1
    low, high = low - pad, high + pad
    levels = tuple(
        Level(round(PANEL_HEIGHT * (high - value) / (high - low), 1), number(value))
        for value in round_values(low, high, 4)
    )
    lines = tuple(
        SeriesLine(curve.kind, curve.label, _path(curve, start, end, low, high)) for curve in curves
    )
    return Panel(" and ".join(curve.label for curve in curves), top, levels, lines)


def _path(curve: Curve, start: float, end: float, low: float, high: float) -> str:
    series = thin((curve.times - start) / (end - start) * BOX_WIDTH, curve.values)
    if curve.kind != "input":
        series = without_runs(series)
    across = series.places.round().astype(np.int64)
    down = ((high - series.values) / (high - low) * BOX_HEIGHT).round().astype(np.int64)
    # A line of no length shows a lone point between two gaps.
    return " ".join(
        f"M{x} {y}h0" if new else f"L{x} {y}"
        for new, x, y in zip(series.starts, across, down, strict=True)
    )
