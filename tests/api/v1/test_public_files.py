"""The public files of an analysis through v1: listed in pages, sent whole or in part, or not."""

import pytest

from tests.api.v1.conftest import Call, refused
from tests.api.v1.test_analyses import make_analysis
from tests.web.test_public_files import CONTENT, NAMES, offer
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion, PublicPart
from valhub.cloud.storage import delete_file


@pytest.fixture
def offered(organiser: Account) -> Analysis:
    made = make_analysis(organiser, "Time shifts")
    offer(made.current_version, *NAMES)
    return made


def path(analysis: Analysis, rest: str = "files") -> str:
    return f"/analyses/{analysis.pk}/{rest}"


def test_pages_list_each_file_once(call: Call, offered: Analysis) -> None:
    first = call("GET", path(offered), data={"limit": 1}).json()
    assert first["total"] == 2
    second = call("GET", path(offered), data={"limit": 1, "cursor": first["next"]}).json()
    assert [one["name"] for one in first["items"] + second["items"]] == list(NAMES)
    assert second["next"] is None
    (file,) = first["items"]
    assert file["metadata"] == {"system_id": "4", "tilt": 35.5, "issue": None}
    truth = PublicPart.objects.get().files[0]["truth"]
    assert file["truth"] == {
        "name": truth["name"], "bytes": truth["size"], "sha256": truth["sha256"],
    }  # fmt: skip


def test_a_cursor_is_one_of_its_version(call: Call, offered: Analysis) -> None:
    cursor = call("GET", path(offered), data={"limit": 1}).json()["next"]
    newer = AnalysisVersion.objects.create(
        analysis=offered, number=2, kind="task", content_hash="b" * 64, archive="b.zip"
    )
    Analysis.objects.update(current_version=newer)
    for forged in (cursor, cursor[:-1], "x", "\0"):
        answer = call("GET", path(offered), data={"cursor": forged})
        assert refused(answer) == (422, "cursor-of-another-list")
    again = call("GET", path(offered), data={"limit": 1, "cursor": cursor, "version": 1})
    assert [one["name"] for one in again.json()["items"]] == [NAMES[1]]


@pytest.mark.parametrize(
    ("rest", "content"),
    [
        ("files/roof%201.csv", b"roof 1.csv"),
        ("files/roof%201.csv/truth", b"truth of roof 1.csv"),
        ("files/Dach-%C3%BC.parquet", NAMES[1].encode()),
        ("starter.zip", CONTENT),
    ],
)
def test_files_are_sent_and_sent_again_only_if_they_changed(
    call: Call, offered: Analysis, rest: str, content: bytes
) -> None:
    answer = call("GET", path(offered, rest))
    assert answer.getvalue() == content
    assert answer["Cache-Control"] == "private, no-cache"
    again = call("GET", path(offered, rest), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    part = call("GET", path(offered, rest), headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.getvalue()) == (206, content[2:5])
    head = call("HEAD", path(offered, rest), headers={"Range": "bytes=2-4"})
    assert (head.status_code, head.getvalue()) == (200, b"")
    assert head["Content-Length"] == str(len(content))


@pytest.mark.parametrize("name", ["a.csv", "ROOF 1.csv", "a\0b", "..", "x" * 300])
def test_any_other_name_is_that_of_no_file(call: Call, offered: Analysis, name: str) -> None:
    for rest in (f"files/{name}", f"files/{name}/truth"):
        assert refused(call("GET", path(offered, rest)))[0] == 404


def test_what_is_lost_or_never_was(call: Call, offered: Analysis, organiser: Account) -> None:
    delete_file(PublicPart.objects.get().archive)
    bare = make_analysis(organiser, "Bare")
    for analysis in (offered, bare):
        assert refused(call("GET", path(analysis, "starter.zip"))) == (404, "no-such-file")
    assert call("GET", path(bare)).json() == {"items": [], "next": None, "total": 0}
    assert refused(call("GET", path(bare), data={"page": 2})) == (422, "invalid-fields")
