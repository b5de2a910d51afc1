"""A declared sampling that is not the data's is noted."""

import pandas as pd
import pytest

from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import check_data
from valhub.evaluation.packages.tasks.sampling_steps import sampling_note

QUARTERS = pd.date_range("2024-03-01", periods=6_000, freq="15min")


def data(index: pd.DatetimeIndex) -> str:
    return "time,power\n" + "".join(f"{stamp},1.5\n" for stamp in index)


@pytest.mark.parametrize("minutes", [60, 900, 0.25, 0, 5])
@pytest.mark.parametrize("index", [QUARTERS, QUARTERS[::-1], QUARTERS.tz_localize("UTC")])
def test_another_step_is_noted(index, minutes):
    note = sampling_note(index, minutes, on_grid=False)
    assert f"is {minutes:g} min, but the usual step is 15 min." in note


@pytest.mark.parametrize(
    "index",
    [
        QUARTERS,
        QUARTERS[::-1],
        QUARTERS.append(QUARTERS),
        QUARTERS[(QUARTERS.hour > 6) & (QUARTERS.hour < 20)],
        QUARTERS + pd.to_timedelta(range(len(QUARTERS)), unit="ms"),
        pd.date_range("2024-01-01", periods=5_001, freq="h").append(
            pd.date_range("2025-01-01", periods=9_000, freq="15min")
        ),
        QUARTERS[:90:10],
        QUARTERS[:0],
    ],
)
def test_the_usual_step_is_not_noted(index):
    assert sampling_note(index, 15, on_grid=True) == ""


def test_a_grid_that_leaves_rows_out_is_said(make_task):
    quarters = {"data/files/b.csv": data(QUARTERS[:400])}
    truth = {"data/references/b.csv": "date,shift\n2024-03-01,0\n2024-03-02,60\n"}
    (note,) = check_data(open_package(make_task({**quarters, **truth})))
    assert note == (
        "data/files/b.csv: data_sampling_frequency is 60 min, but the usual step is 15 min. "
        "Correct it, in minutes."
    )
    assert "leaves the rows in between out" in sampling_note(QUARTERS, 60, on_grid=True)
    assert "leaves" not in sampling_note(QUARTERS, 5, on_grid=True)
