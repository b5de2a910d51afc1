"""A number that stands for a gap is noted in a truth, not in data."""

import pandas as pd
import pytest

from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import check_data, prepare
from valhub.evaluation.packages.tasks.sentinels import sentinel_notes


def notes_on(root):
    return check_data(open_package(root))


@pytest.mark.parametrize("number", ["-9999", "-999.0", "32767", "-99999"])
def test_a_sentinel_in_a_series_is_noted_with_its_time(make_task, tmp_path, number):
    truth = f"date,shift\n2024-01-01,0\n2024-01-02,{number}\n"
    root = make_task({"data/references/b.csv": truth})
    (note,) = notes_on(root)
    assert note.startswith("data/references/b.csv: The truth is ")
    assert "at 2024-01-02 00:00:00" in note
    kept = prepare(open_package(root), tmp_path / "store", lambda file, value: None)
    assert kept.notes == (note,)


def test_several_are_one_note():
    truth = pd.Series([-9999.0, 1.0, -999.0], pd.date_range("2024-01-01", periods=3))
    (note,) = sentinel_notes(truth)
    assert "at 2024-01-01 00:00:00, and such a number 1 more time," in note


def test_a_sentinel_as_a_single_number_is_noted(make_scalar_task):
    truth = {"data/references/b.csv": "azimuth,tilt\n-9999,45\n"}
    assert any(
        "The truth of azimuth is -9999" in note for note in notes_on(make_scalar_task(truth))
    )


def test_ordinary_truths_and_sentinels_in_data_are_not_noted(make_task):
    data = "time,power\n2024-01-01 00:00,-9999\n2024-01-02 00:00,9999\n"
    truth = "date,shift\n2024-01-01,-90\n2024-01-02,99\n"
    assert notes_on(make_task({"data/files/b.csv": data, "data/references/b.csv": truth})) == []
