"""The documented route of leaderboards."""

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.api.v0 import leaderboard as route
from valhub.jobs.models import Run, Status, Submission
from valhub.leaderboards.services.entries import ScoredValue, place_run

START = datetime(2024, 3, 1, tzinfo=UTC)
COLUMNS = [
    {"name": "mae", "label": "MAE", "unit": "min", "best": "lowest", "shown": True},
    {"name": "share", "label": "Share", "unit": "", "best": "highest", "shown": True},
]
DETAILS = {"unit": "min", "label": "MAE", "operation": "mean", "best": "lowest", "resampled": ""}


@pytest.fixture
def analysis(organiser):
    found = Analysis.objects.create(analysis_name="Shifts", creator=organiser)
    found.current_version = AnalysisVersion.objects.create(
        analysis=found, number=1, kind="task", content_hash="1" * 64, columns=COLUMNS
    )
    found.save()
    return found


@pytest.fixture
def finish(analysis):
    """Finish a submission: `finish("ann", mae=1.0)`; gives it back."""
    minutes = count()

    def finish_one(name, **values):
        account = Account.objects.create(username=name, email=f"{name}@example.org")
        at = START + timedelta(minutes=next(minutes))
        submission = Submission.objects.create(
            analysis=analysis, created_by=account, status=Status.FINISHED, submitted_at=at
        )
        run = Run.objects.create(
            submission=submission,
            version=analysis.current_version,
            status=Status.FINISHED,
            verdict="scored",
            coverage=1.0,
            aggregates={
                column: {"value": value, "low": None, "high": None, "column": column, **DETAILS}
                for column, value in values.items()
            },
        )
        place_run(
            version=run.version,
            account=account,
            submission_id=submission.pk,
            run_id=run.pk,
            display_name="",
            is_baseline=False,
            coverage=1.0,
            values={column: ScoredValue(value) for column, value in values.items()},
            submitted_at=at,
        )
        return submission

    return finish_one


@pytest.fixture
def get(as_, analysis):
    def answer(query="", account=None, **headers):
        return as_(account).get(f"/jobs/{analysis.pk}/leaderboard{query}", headers=headers)

    return answer


def rows(response):
    assert response.status_code == 200
    text = json.loads(response.getvalue())
    assert isinstance(text, str)
    return json.loads(text)


def keys(response):
    return [row["pk"] for row in rows(response)]


def test_submissions_come_best_first_as_a_json_string(get, finish):
    worse, better = finish("ann", mae=2.0), finish("bob", mae=1.0)
    response = get()
    assert response["Content-Type"] == "application/json"
    assert keys(response) == [str(better.pk), str(worse.pk)]


def test_a_submission_has_the_documented_shape_with_metrics_in_its_result(get, finish, analysis):
    submission = finish("ann", mae=2.0)
    (row,) = rows(get())
    assert row["model"] == "jobs.submission"
    fields = row["fields"]
    assert fields["analysis"] == analysis.pk
    assert fields["created_by"] == str(submission.created_by_id)
    assert fields["submitted_at"] == "2024-03-01T00:00:00Z"
    assert fields["status"] == "finished"
    assert str(submission.pk) in fields["algorithm"]
    assert fields["result"]["metrics"]["mae"]["value"] == 2.0


def test_the_streamed_string_is_the_one_the_other_routes_write(get, finish, monkeypatch):
    monkeypatch.setattr(route, "BATCH", 2)
    for number in range(5):
        finish(f'p"{number}', mae=float(number))
    body = get().getvalue().decode()
    assert body == json.dumps(json.dumps(json.loads(json.loads(body))))
    assert len(json.loads(json.loads(body))) == 5


def test_rows_that_an_earlier_release_wrote_read_alike_at_no_more_queries(
    get, finish, django_assert_num_queries
):
    for number in range(3):
        finish(f"p{number}", mae=float(number))
    with CaptureQueriesContext(connection) as queries:
        before = rows(get())
    for run in Run.objects.all():
        stored = run.aggregates["mae"]
        for key in ("operation", "column", "best"):
            del stored[key]
        run.aggregates = {"mae": {**stored, "lower_is_better": True}}
        run.save()
    with django_assert_num_queries(len(queries)):
        assert rows(get()) == before


def test_a_board_nobody_is_on_is_an_empty_list(get):
    assert rows(get()) == []


def test_nobody_else_reads_what_only_an_author_may(get, finish):
    submission = finish("ann", mae=2.0)
    Submission.objects.update(reason="secret-file.csv failed.", private_result={"secret": 1})
    body = get().getvalue().decode()
    assert "secret" not in body
    assert str(submission.pk) in body


def test_the_result_is_that_of_the_run_that_ranks(get, finish):
    finish("ann", mae=2.0)
    Submission.objects.update(status=Status.RUNNING, result={"metrics": {"mae": {"value": 9.0}}})
    (row,) = rows(get())
    assert row["fields"]["result"]["metrics"]["mae"]["value"] == 2.0


def test_another_column_sorts(get, finish):
    low, high = finish("ann", mae=1.0, share=0.2), finish("bob", mae=2.0, share=0.9)
    assert keys(get("?sort=share")) == [str(high.pk), str(low.pk)]


def test_a_long_board_goes_on_where_the_link_leads(get, finish, as_, monkeypatch):
    monkeypatch.setattr(route, "LONGEST", 2)
    expected = [str(finish(f"p{number}", mae=1.0, share=0.5).pk) for number in range(5)]
    found, response = [], get("?sort=share")
    while True:
        found += keys(response)
        link = re.fullmatch(r'<http://testserver(\S+)>; rel="next"', response.get("Link", ""))
        if link is None:
            break
        response = as_(None).get(link[1])
    assert found == expected


def test_an_unchanged_board_is_not_sent_again(get, finish):
    finish("ann", mae=2.0)
    etag = get()["ETag"]
    again = get(**{"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)


def test_a_new_entry_and_another_order_have_another_etag(get, finish):
    finish("ann", mae=2.0)
    etag = get()["ETag"]
    assert get("?sort=share")["ETag"] != etag
    finish("bob", mae=3.0)
    assert len(rows(get(**{"If-None-Match": etag}))) == 2


def test_caches_ask_again_and_tell_callers_apart(get):
    response = get()
    assert response["Cache-Control"] == "no-cache"
    assert {"Authorization", "Cookie"} <= set(response["Vary"].split(", "))


def test_a_draft_is_for_its_creator_and_the_staff(
    get, finish, analysis, organiser, staff, participant
):
    finish("ann", mae=1.0)
    etag = get()["ETag"]
    Analysis.objects.update(state=AnalysisState.DRAFT)
    assert [get(account=who).status_code for who in (organiser, staff)] == [200, 200]
    assert [get(account=who).status_code for who in (None, participant)] == [404, 404]
    assert get(**{"If-None-Match": etag}).status_code == 404


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?sort=nothing", 422, "unknown-column"),
        ("?cursor=made-up", 400, "invalid-cursor"),
        ("?sort=mae&sort=share", 400, "given-twice"),
        ("?sort=%00", 422, "invalid"),
    ],
)
def test_bad_input_is_told_by_field(get, finish, query, status, code):
    finish("ann", mae=1.0)
    response = get(query)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["999999", "99999999999999999999999", "abc", "1.5"])
def test_an_analysis_that_is_not_there_is_not_found(as_, db, key):
    response = as_(None).get(f"/jobs/{key}/leaderboard")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_entries_of_older_versions_are_not_on_the_board(get, finish, analysis):
    finish("ann", mae=1.0)
    analysis.current_version = AnalysisVersion.objects.create(
        analysis=analysis, number=2, kind="task", content_hash="2" * 64, columns=COLUMNS
    )
    analysis.save()
    assert rows(get()) == []


def test_an_entry_whose_run_is_gone_is_left_out(get, finish):
    kept, gone = finish("ann", mae=2.0), finish("bob", mae=1.0)
    Run.objects.filter(submission=gone).delete()
    assert keys(get()) == [str(kept.pk)]


def test_only_reading_is_taken(as_, analysis):
    response = as_(None).post(f"/jobs/{analysis.pk}/leaderboard")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
