"""Analyses and empty leaderboards through v1: lists, filters, cursors, the life of an analysis."""

import csv
import io

import pytest

from tests.api.v1.conftest import Call, refused
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion, PackageKind

COLUMN = {
    "name": "mean_error", "label": "Mean error", "unit": "deg", "operation": "mean",
    "column": "error", "best": "lowest", "shown": True,
}  # fmt: skip


def make_analysis(organiser: Account, name: str, **fields: object) -> Analysis:
    """Make an analysis that takes submissions, without files."""
    analysis = Analysis.objects.create(analysis_name=name, creator=organiser, **fields)
    version = AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind=PackageKind.TASK, content_hash=f"{analysis.pk:064}",
        archive=f"{analysis.pk}.zip", columns=[COLUMN], function_name="shift",
    )  # fmt: skip
    analysis.current_version = version
    analysis.save()
    return analysis


@pytest.fixture
def analysis(organiser: Account) -> Analysis:
    return make_analysis(organiser, "Time shifts", short_description="Find shifted clocks")


def test_pages_of_a_list_have_every_analysis_once(call: Call, organiser: Account) -> None:
    made = {make_analysis(organiser, f"Number {number}").pk for number in range(5)}
    seen: list[int] = []
    cursor = None
    for _ in range(3):
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = call("GET", "/analyses", data=query).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert seen == sorted(made, reverse=True)


@pytest.mark.databases
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"text": "SHIFTS time"}, True),
        ({"text": "clocks"}, True),
        ({"text": "soiling"}, False),
        ({"text": "%"}, False),
        ({"state": "published"}, True),
        ({"state": "closed"}, False),
        ({"kind": "task"}, True),
        ({"kind": "script"}, False),
    ],
)
def test_filters(call: Call, analysis: Analysis, query: dict[str, str], *, found: bool) -> None:
    items = call("GET", "/analyses", data=query).json()["items"]
    assert [one["id"] for one in items] == ([analysis.pk] if found else [])


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"status": "published"}, "status"),
        ({"state": "open"}, "state"),
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"text": ["a", "b"]}, "text"),
        ({"text": "x" * 201}, "text"),
    ],
)
def test_what_a_list_does_not_know_is_refused(
    call: Call, analysis: Analysis, query: dict[str, object], parameter: str
) -> None:
    answer = call("GET", "/analyses", data=query)
    assert refused(answer) == (422, "invalid-fields")
    assert [one["field"] for one in answer.json()["errors"]] == [parameter]


@pytest.mark.parametrize("cursor", ["x", "\0", "é" * 20, "1:2:3"])
def test_a_forged_cursor_is_refused(call: Call, analysis: Analysis, cursor: str) -> None:
    assert refused(call("GET", "/analyses", data={"cursor": cursor})) == (
        422,
        "cursor-of-another-list",
    )


def test_a_cursor_of_another_list_is_refused(
    call: Call, analysis: Analysis, organiser: Account
) -> None:
    make_analysis(organiser, "Another")
    cursor = call("GET", "/analyses", data={"limit": 1}).json()["next"]
    answer = call("GET", "/submissions", by=organiser, data={"cursor": cursor})
    assert refused(answer) == (422, "cursor-of-another-list")


def test_an_analysis_says_what_it_asks_for_and_what_is_left(
    call: Call, analysis: Analysis, participant: Account
) -> None:
    shown = call("GET", f"/analyses/{analysis.pk}", by=participant).json()
    assert (shown["function"], shown["version"]) == ("shift", 1)
    assert shown["columns"] == [
        {"name": "mean_error", "label": "Mean error", "unit": "deg", "best": "lowest"}
    ]
    assert shown["quota"]["today"] == 100
    assert call("GET", f"/analyses/{analysis.pk}").json()["quota"] is None
    versions = call("GET", f"/analyses/{analysis.pk}/versions").json()["items"]
    assert [(one["number"], one["is_current"]) for one in versions] == [(1, True)]


def test_an_organiser_closes_opens_and_withdraws_it(
    call: Call, analysis: Analysis, organiser: Account, participant: Account
) -> None:
    path = f"/analyses/{analysis.pk}"
    for verb, state in (("close", "closed"), ("publish", "published"), ("withdraw", "draft")):
        assert refused(call("POST", f"{path}/{verb}", by=participant))[0] in (403, 404)
        answer = call("POST", f"{path}/{verb}", by=organiser)
        assert answer.json()["state"] == state
        assert Analysis.objects.get().state == AnalysisState(state)
    assert refused(call("GET", path, by=participant)) == (404, "no-such-analysis")
    assert refused(call("POST", f"{path}/reveal", by=organiser))[0] == 409


def test_an_empty_leaderboard_in_json_and_csv(call: Call, analysis: Analysis) -> None:
    path = f"/analyses/{analysis.pk}/leaderboard"
    answer = call("GET", path)
    shown = answer.json()
    assert (shown["items"], shown["total"], shown["next"]) == ([], 0, None)
    assert (shown["sorted_by"], shown["version"], shown["is_outdated"]) == ("mean_error", 1, False)
    again = call("GET", path, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    as_csv = call("GET", path, headers={"Accept": "text/csv"})
    assert as_csv["Content-Type"] == "text/csv; charset=utf-8"
    assert as_csv["ETag"] != answer["ETag"]
    (head,) = csv.reader(io.StringIO(as_csv.content.decode()))
    assert head[0] == "rank"
    assert head[-3:] == ["mean_error", "mean_error:low", "mean_error:high"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"column": "bias"}, "unknown-column"),
        ({"version": "2"}, "no-such-version"),
        ({"version": str(2**40)}, "no-such-version"),
        ({"cursor": "x"}, "cursor-of-another-list"),
        ({"sort": "mean_error"}, "invalid-fields"),
    ],
)
def test_what_a_leaderboard_does_not_have(
    call: Call, analysis: Analysis, query: dict[str, str], code: str
) -> None:
    answer = call("GET", f"/analyses/{analysis.pk}/leaderboard", data=query)
    assert answer.status_code in (404, 422)
    assert refused(answer)[1] == code


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("HEAD", "/analyses", 200),
        ("PUT", "/analyses", 405),
        ("DELETE", "/analyses/1/leaderboard", 405),
        ("GET", "/analyses/0", 404),
        ("GET", "/analyses/99999999999999999999999", 404),
        ("GET", "/analyses/x", 404),
        ("GET", "/", 302),
        ("POST", "/docs", 405),
        ("GET", "/nothing", 404),
        ("GET", "/submissions/1", 404),
    ],
)
def test_addresses_and_methods(call: Call, db: None, method: str, path: str, status: int) -> None:
    answer = call(method, path)
    assert answer.status_code == status
    if status >= 400:
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ("{", "application/json", "broken-json"),
        ("[]", "application/json", "broken-json"),
        ('{"display_name": "a", "display_name": "b"}', "application/json", "given-twice"),
        ('{"display_name": NaN}', "application/json", "broken-json"),
        ("display_name=a", "application/x-www-form-urlencoded", "unsupported-type"),
        ('{"display_name": 5, "archive": true}', "application/json", "invalid-fields"),
    ],
)
def test_bodies(call: Call, participant: Account, body: str, kind: str, code: str) -> None:
    path = "/submissions/00000000-0000-0000-0000-000000000000"
    answer = call("PATCH", path, by=participant, body=body, content_type=kind)
    assert refused(answer)[1] == code
