"""A submission through v1 with a real worker: submitted, followed, read, renamed, run again."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from tests.api.v1.conftest import V1, bearer, refused
from tests.jobs.conftest import DoWork, MakeRun
from valhub.accounts.models import Account
from valhub.analyses.models import AnalysisVersion
from valhub.jobs.models import Status, Submission
from valhub.leaderboards.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)

Pack = Callable[..., bytes]


class Speaker:
    """Somebody who speaks v1 with a token."""

    def __init__(self, account: Account) -> None:
        self._headers = bearer(account)
        self._client = Client(raise_request_exception=False)

    def get(self, path: str, **query: object) -> Any:
        return self._client.get(V1 + path, query, headers=self._headers)

    def post(self, path: str, **fields: object) -> Any:
        return self._client.post(V1 + path, fields, headers=self._headers)

    def patch(self, path: str, **fields: object) -> Any:
        return self._client.patch(
            V1 + path, fields, content_type="application/json", headers=self._headers
        )

    def submit(self, version: AnalysisVersion, archive: bytes, **fields: object) -> Any:
        upload = SimpleUploadedFile("algorithm.zip", archive)
        path = f"/analyses/{version.analysis_id}/submissions"
        return self.post(path, algorithm=upload, **fields)


@pytest.mark.slow
def test_a_submission_from_its_upload_to_the_leaderboard(
    tiny_version: AnalysisVersion, tiny_algorithm: Pack, participant: Account,
    outsider: Account, organiser: Account, work: DoWork,
) -> None:  # fmt: skip
    paul, oscar, olivia = Speaker(participant), Speaker(outsider), Speaker(organiser)
    archive = tiny_algorithm()
    answer = paul.submit(tiny_version, archive, display_name="First")
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["status"], made["display_name"], made["result"]) == ("submitted", "First", None)
    assert made["quota"]["today"] == 99
    work()
    path = f"/submissions/{made['id']}"
    shown = paul.get(path).json()
    assert (shown["status"], shown["run"], shown["progress"]["failed"]) == ("finished", 1, 0)
    assert shown["result"]["verdict"] == "scored"
    assert shown["receipt"]
    listed = paul.get("/submissions", status="finished").json()["items"]
    assert listed == [{name: shown[name] for name in listed[0]}]
    files = paul.get(f"{path}/files").json()
    assert {one["verdict"] for one in files["items"]} == {"scored"}
    assert len(files["items"]) == shown["progress"]["files"]
    first = paul.get(f"{path}/events").json()
    numbers = [one["number"] for one in first["items"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert first["ended"]
    rest = paul.get(f"{path}/events", after=2).json()
    assert rest["items"] == first["items"][2:]
    assert b"".join(paul.get(f"{path}/algorithm").streaming_content) == archive

    # The organiser sees it; others see neither that nor that it exists.
    to_analysis = f"/analyses/{tiny_version.analysis_id}/submissions"
    assert [one["id"] for one in olivia.get(to_analysis).json()["items"]] == [made["id"]]
    assert oscar.get(to_analysis).json()["items"] == []
    for ending in ("", "/files", "/events", "/algorithm"):
        assert refused(oscar.get(path + ending)) == (404, "no-such-submission")
    assert refused(olivia.get(f"{path}/algorithm"))[0] == 404
    for change in (oscar.patch(path, archived=True), oscar.post(f"{path}/cancel")):
        assert refused(change) == (404, "no-such-submission")

    board = f"/analyses/{tiny_version.analysis_id}/leaderboard"
    (entry,) = oscar.get(board).json()["items"]
    assert (entry["rank"], entry["display_name"], entry["runs"]) == (1, "First", 1)
    renamed = paul.patch(path, display_name="Second")
    assert renamed.json()["display_name"] == "Second"
    shown_board = oscar.get(board).json()
    assert shown_board["items"][0]["display_name"] == "Second"
    head, line = _csv(oscar, board)
    row = dict(zip(head, line, strict=True))
    assert (row["rank"], row["display_name"]) == ("1", "Second")
    primary = shown_board["columns"][0]["name"]
    assert float(row[primary]) == shown_board["items"][0]["scores"][primary]["value"]

    assert paul.patch(path, archived=True).json()["archived"]
    assert oscar.get(board).json()["items"] == []
    assert not paul.patch(path, archived=False).json()["archived"]
    assert len(oscar.get(board).json()["items"]) == 1
    assert paul.post(f"{path}/rerun").json()["status"] == "submitted"
    assert refused(paul.patch(path, archived=True)) == (409, "still-running")
    # The result of the first run stands.
    assert paul.post(f"{path}/cancel").json()["status"] == "finished"
    assert refused(paul.post(f"{path}/cancel")) == (409, "already-ended")


def _csv(speaker: Speaker, path: str) -> list[list[str]]:
    client, headers = speaker._client, {**speaker._headers, "Accept": "text/csv"}
    return list(csv.reader(io.StringIO(client.get(V1 + path, headers=headers).content.decode())))


def test_limits_are_checked_before_the_upload_is_read(
    version: AnalysisVersion, make_run: MakeRun, participant: Account, settings: Settings
) -> None:
    make_run(participant)
    settings.QUOTA_PER_DAY = 1
    answer = Speaker(participant).submit(version, b"no archive")
    assert refused(answer) == (429, "quota-reached")
    assert int(answer["Retry-After"]) > 0
    version.analysis.state = "closed"
    version.analysis.save()
    settings.QUOTA_PER_DAY = 2
    assert refused(Speaker(participant).submit(version, b"no archive"))[0] == 409


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "invalid-fields"),
        ({"algorithm": "a text"}, "invalid-fields"),
        ({"algorithm": b"zip", "name": "x"}, "invalid-fields"),
        ({"algorithm": b"zip", "display_name": "a\u202eb"}, "invalid-fields"),
        ({"algorithm": b"no zip"}, "not-a-zip"),
    ],
)
def test_a_faulty_upload_leaves_nothing_behind(
    version: AnalysisVersion, participant: Account, fields: dict[str, object], code: str
) -> None:
    sent = {
        name: SimpleUploadedFile("a.zip", value) if isinstance(value, bytes) else value
        for name, value in fields.items()
    }
    path = f"/analyses/{version.analysis_id}/submissions"
    answer = Speaker(participant).post(path, **sent)
    assert answer.status_code in (415, 422)
    assert refused(answer)[1] == code
    assert not Submission.objects.exists()


@pytest.mark.slow
def test_a_run_that_ends_after_a_renaming_stands_on_the_board_as_renamed(
    tiny_version: AnalysisVersion, tiny_algorithm: Pack, participant: Account, work: DoWork
) -> None:
    paul = Speaker(participant)
    made = paul.submit(tiny_version, tiny_algorithm(), display_name="First").json()
    paul.patch(f"/submissions/{made['id']}", display_name="Later")
    work()
    assert Submission.objects.get().status == Status.FINISHED
    assert Entry.objects.get().display_name == "Later"
