import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from valhub.client.report.page import render_report, write_report
from valhub.client.report.sections import metric_names
from valhub.client.result_document import Subject
from valhub.evaluation.results import (
    Aggregate,
    Best,
    EvaluationResult,
    FileOutcome,
    Slice,
    Verdict,
)

NASTY = '</pre><script>alert("x")</script>&<b>\x1b[2J'
MAE = "mean_absolute_error_time_series"
MEAN = Aggregate(1.5, 1.0, 2.0, "min", "Mean MAE", "mean", MAE, Best.LOWEST)


def file(name: str, mae: float) -> FileOutcome:
    return FileOutcome(name, Verdict.SCORED, metrics={MAE: mae}, wall_s=1.0 + mae, coverage=1.0)


FILES = (file("a.csv", 0.0), file("b.csv", 3.0), file("c.csv", 1.5))
FAILED = FileOutcome(NASTY, Verdict.ERROR, NASTY, traceback=NASTY, logs=NASTY)
SUBJECT = Subject(
    "Time shifts", "mine", metadata={"a.csv": {"issue": "none"}, "b.csv": {"issue": "DST"}}
)


def result(*files: FileOutcome, **changes: object) -> EvaluationResult:
    plain = EvaluationResult(
        verdict=Verdict.SCORED,
        message="",
        coverage=1.0,
        primary_metric=f"mean_{MAE}",
        primary_column=MAE,
        aggregates={f"mean_{MAE}": MEAN},
        slices=(
            Slice("issue", "none", 1, 1, {f"mean_{MAE}": MEAN}),
            Slice("issue", "DST", 1, 1, {}),
        ),
        files=files,
        wall_s=3.0,
        receipt={"algorithm": "ab12"},
    )
    return replace(plain, **changes)


def no_series(_name: str) -> None:
    return None


class Tags(HTMLParser):
    """Collects tags, and checks that they nest."""

    EMPTY = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parse(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    return tags


def test_the_page_shows_score_interval_and_verdict() -> None:
    page = render_report(result(*FILES), SUBJECT, no_series)
    for words in ("mine", "Time shifts", "1.5 min", "1 to 2", "scored", "Mean MAE", "ab12"):
        assert words in page


def test_processor_time_that_was_not_measured_is_no_zero() -> None:
    files = (replace(FILES[0], cpu_s=0.5), replace(FILES[1], cpu_s=None))
    page = render_report(result(*files), SUBJECT, no_series)
    assert '<td class="num" data-value="0.5">500 ms</td>' in page
    assert page.count('<td class="num" data-value="">not measured</td>') == 1


def test_a_run_time_that_was_not_measured_is_no_zero() -> None:
    said = "The run time was measured on 2 of 3 files."
    whole = [*FILES[:2], replace(FILES[0], file_name="c.csv", cpu_s=1.0)]
    assert said not in render_report(result(*whole), SUBJECT, no_series)
    page = render_report(result(*whole[:2], replace(whole[2], wall_s=None)), SUBJECT, no_series)
    assert said in page
    unmeasured = '<td class="num" data-value="">not measured</td>'
    assert f'{unmeasured}<td class="num" data-value="1.0">' in page


def test_what_an_algorithm_says_is_text_and_never_markup() -> None:
    page = render_report(result(*FILES, FAILED, verdict=Verdict.ERROR), SUBJECT, no_series)
    assert "alert(" in page
    assert sum(tag == "script" for tag, _ in parse(page).seen) == 1


def test_the_policy_allows_this_pages_script_and_style_only() -> None:
    page = render_report(result(*FILES), SUBJECT, no_series)
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;" in page
    assert "default-src &#39;none&#39;" in page


def test_the_page_needs_nothing_from_elsewhere() -> None:
    tags = parse(render_report(result(*FILES), SUBJECT, no_series))
    links = [
        value for _, attrs in tags.seen for key, value in attrs.items() if key in ("src", "href")
    ]
    assert links
    assert all(value and value.startswith("#file-") for value in links)
    assert not [tag for tag, attrs in tags.seen if "style" in attrs]


def test_worst_files_come_first_and_only_their_series_are_asked_for() -> None:
    asked: list[str] = []
    files = tuple(file(f"{index}.csv", float(index)) for index in range(9))
    render_report(result(*files), SUBJECT, asked.append)
    assert asked == ["8.csv", "7.csv", "6.csv", "5.csv", "4.csv"]


def test_practice_files_are_listed_but_not_drawn() -> None:
    asked: list[str] = []
    subject = replace(SUBJECT, ranked=frozenset({"a.csv", "c.csv"}))
    page = render_report(result(*FILES), subject, asked.append)
    assert asked == ["c.csv", "a.csv"]
    assert page.count("not ranked") == 1


def test_higher_is_better_turns_worst_around() -> None:
    asked: list[str] = []
    better = replace(MEAN, best=Best.HIGHEST)
    render_report(result(*FILES, aggregates={f"mean_{MAE}": better}), SUBJECT, asked.append)
    assert asked == ["a.csv", "c.csv", "b.csv"]


def test_a_signed_error_is_worst_where_it_is_farthest_from_zero() -> None:
    asked: list[str] = []
    signed = {f"mean_{MAE}": replace(MEAN, best=Best.ZERO)}
    files = (file("low.csv", -4.0), file("near.csv", 0.5), file("high.csv", 3.0))
    page = render_report(result(*files, aggregates=signed), SUBJECT, asked.append)
    assert asked == ["low.csv", "high.csv", "near.csv"]
    assert "nearer 0" in page


def test_like_failures_are_told_once() -> None:
    twins = [replace(FAILED, file_name=name) for name in ("x.csv", "y.csv")]
    page = render_report(result(*FILES, *twins), SUBJECT, no_series)
    assert "Error on 2 files" in page
    assert page.count("Traceback of") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"aggregates": {}, "slices": (), "primary_metric": "", "primary_column": ""},
        {
            "aggregates": {},
            "slices": (),
            "primary_metric": "",
            "primary_column": "",
            "result": [{"s": {"accuracy": 0.9}}],
        },
        {"verdict": Verdict.CANCELLED, "coverage": 0.0, "message": "Interrupted."},
    ],
)
def test_results_without_scores_still_make_a_page(changes: dict[str, object]) -> None:
    parse(render_report(result(**changes), SUBJECT, no_series))


def test_what_evaluate_returned_is_shown() -> None:
    page = render_report(result(result=[{"s": {"accuracy": 0.875}}]), SUBJECT, no_series)
    assert "0.875" in page


def test_practice_files_alone_are_drawn_by_the_primary_column() -> None:
    asked: list[str] = []
    unranked = result(*FILES, aggregates={}, slices=(), coverage=0.0)
    page = render_report(unranked, replace(SUBJECT, ranked=frozenset({"z.csv"})), asked.append)
    assert asked == ["b.csv", "c.csv", "a.csv"]
    assert "All ranked files" in page


def test_the_primary_column_comes_first_in_the_table_of_files() -> None:
    files = [replace(one, metrics={"time_series": 2.0, **one.metrics}) for one in FILES]
    assert metric_names(files, MAE) == [MAE, "time_series"]


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    page = write_report(tmp_path, result(*FILES), SUBJECT, no_series)
    assert page == tmp_path / "index.html"
    assert page.read_text().rstrip().endswith("</html>")
