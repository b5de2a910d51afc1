import numpy as np
import pandas as pd

from valhub.client.report.series import ReportSeries
from valhub.client.report.series_chart import series_chart

DAYS = pd.date_range("2013-01-01", periods=200, freq="D")
TRUTH = pd.Series(np.repeat([0.0, -60.0], 100), index=DAYS)
POWER = pd.Series(
    np.arange(200 * 96) % 96.0,
    index=pd.date_range("2013-01-01", periods=200 * 96, freq="15min"),
    name="ac_power",
)


def test_input_and_comparison_each_have_a_panel() -> None:
    chart = series_chart("a.csv", ReportSeries(POWER, TRUTH, TRUTH))
    assert chart is not None
    assert [panel.title for panel in chart.panels] == ["ac_power", "truth and answer"]
    assert [line.kind for line in chart.panels[1].lines] == ["truth", "answer"]


def test_a_long_series_draws_few_points() -> None:
    chart = series_chart("a.csv", ReportSeries(POWER, None, None))
    assert chart is not None
    assert chart.panels[0].lines[0].path.count("L") <= 4000


def test_an_answer_by_position_takes_the_times_of_the_truth() -> None:
    chart = series_chart("a.csv", ReportSeries(None, TRUTH, TRUTH.to_numpy()))
    assert chart is not None
    truth, answer = chart.panels[0].lines
    assert truth.path == answer.path


def test_aware_time_stamps_are_drawn_by_their_wall_clock() -> None:
    aware = TRUTH.tz_localize("Etc/GMT+7")
    naive_chart = series_chart("a.csv", ReportSeries(None, TRUTH, TRUTH))
    assert naive_chart == series_chart("a.csv", ReportSeries(None, aware, TRUTH))


def test_unsorted_and_missing_time_stamps_are_drawn_sorted() -> None:
    index = pd.DatetimeIndex([*DAYS[::-1], pd.NaT])
    shuffled = pd.Series([*TRUTH.to_numpy()[::-1], 9999.0], index=index)
    assert series_chart("a", ReportSeries(None, shuffled, None)) == series_chart(
        "a", ReportSeries(None, TRUTH, None)
    )


def test_an_answer_that_cannot_be_drawn_is_left_out() -> None:
    far = pd.DatetimeIndex(np.array(["9999-01-01", "9999-01-02"], dtype="M8[s]"))
    # A scalar task reads it in order, whatever its times are.
    answer = pd.Series([1.0, 2.0], far)
    for other in (answer, [[1.0], [2.0, 3.0]], pd.Series([10**400, 1], DAYS[:2], dtype=object)):
        chart = series_chart("a.csv", ReportSeries(POWER, None, other))
        assert chart == series_chart("a.csv", ReportSeries(POWER, None, None))
        assert series_chart("a.csv", ReportSeries(None, TRUTH, other)) == series_chart(
            "a.csv", ReportSeries(None, TRUTH, None)
        )


def test_answers_that_are_no_series_are_left_out() -> None:
    for answer in (None, "text", 3.0, [1, 2], np.zeros((2, 2)), pd.Series(["a"] * 200, index=DAYS)):
        chart = series_chart("a.csv", ReportSeries(None, TRUTH, answer))
        assert chart is not None
        assert [line.kind for line in chart.panels[0].lines] == ["truth"]


def test_without_any_time_axis_there_is_no_chart() -> None:
    assert series_chart("a.csv", ReportSeries(pd.Series([1.0, 2.0]), None, (1.0, 2.0))) is None


def test_one_single_value_can_be_drawn() -> None:
    assert series_chart("a.csv", ReportSeries(None, TRUTH[:1], None)) is not None
