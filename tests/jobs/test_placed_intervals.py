"""A run that stands on a board has one interval, on the board, its own page and every route."""

import json
import re
from html import unescape

import pytest
from django.test import Client

from valhub.evaluation.wording import best_of, span
from valhub.jobs.disclosure.placed import NO_WIDER_ONE
from valhub.jobs.disclosure.rounding import rounded
from valhub.jobs.models import Submission
from valhub.jobs.services.submission_changes import archive_submission
from valhub.leaderboards.models import Score

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]
PRIMARY = "mean_absolute_error_azimuth"


def board_ends():
    low, high = Score.objects.values_list("low", "high").get(column=PRIMARY)
    return rounded(low, 4), rounded(high, 4)


def cells_of(page):
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    return [
        [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in found]
        for row in rows
        if (found := re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL))
    ]


def read_everywhere(run):
    """Read a run's interval and remark where its author can; each as (low, high, remark)."""
    author = Client()
    author.force_login(run.submission.created_by)
    one = json.loads(author.get(f"/jobs/{run.submission_id}").json())
    own = author.get(f"/jobs/user_submission/{run.submission.created_by_id}").json()
    listed = [row for row in json.loads(own) if row["pk"] == str(run.submission_id)]
    answer = Client().get(f"/jobs/{run.version.analysis_id}/leaderboard")
    board = json.loads(json.loads(b"".join(answer.streaming_content)))
    placed = [row for row in board if row["pk"] == str(run.submission_id)]
    results = [row["fields"]["result"] for row in (*one, *listed, *placed)]
    metrics = [result["metrics"][PRIMARY] for result in results]
    found = {
        (metric["low"], metric["high"], result.get("remark", ""))
        for metric, result in zip(metrics, results, strict=True)
    }
    page = author.get(f"/submissions/{run.submission_id}").content.decode()
    return found, unescape(page)


def test_page_routes_and_board_show_the_interval_with_which_it_stands(finished, with_an_interval):
    run = finished(21.0, 22.0, 23.0, 24.0)
    alone = board_ends()
    found, page = read_everywhere(run)
    assert found == {(*alone, "")}
    assert "This run stands" not in page
    for number in range(4):
        worse = finished(90.0, 91.0, 92.0, 93.0 + number)
    wider = board_ends()
    assert wider[0] < alone[0]
    assert wider[1] > alone[1]
    found, page = read_everywhere(run)
    assert found == {(*wider, best_of(5))}
    assert f"This run stands on the leaderboard: {best_of(5)}, and its intervals are" in page
    analysis = Client().get(f"/analyses/{run.version.analysis_id}").content.decode()
    shown = span(*wider)
    assert any(shown in cell for row in cells_of(analysis) for cell in row)
    assert any(cell.startswith(shown) for row in cells_of(page) for cell in row)
    assert span(*alone) not in page
    # One that does not stand there was not chosen.
    found, page = read_everywhere(worse)
    assert {remark for *_, remark in found} == {""}
    assert "This run stands" not in page


def test_the_next_best_has_words_everywhere_until_another_run_has_finished(
    finished, with_an_interval
):
    left = finished(2.0, 3.0, 4.0, 5.0)
    best = finished(1.0, 2.0, 3.0, 4.0)
    archive_submission(best.submission)
    found, page = read_everywhere(left)
    assert found == {(None, None, best_of(2))}
    assert NO_WIDER_ONE in page


def test_alike_reruns_are_no_choice(finished, with_an_interval):
    run = finished(21.0, 22.0, 23.0, 24.0)
    before = read_everywhere(run)[0]
    finished(21.0, 22.0, 23.0, 24.0)
    assert Submission.objects.count() == 2
    assert read_everywhere(run)[0] == before
