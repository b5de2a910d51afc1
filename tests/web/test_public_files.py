"""What participants download of an analysis: all of its public files, and nothing of any other."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion, DataFile, PublicPart
from valhub.analyses.public_files import Keys, PublicFile, StoredCopy
from valhub.cloud.storage import delete_file, store_file
from valhub.web.views import public_files

As = Callable[[Account | None], Client]
pytestmark = pytest.mark.databases
NAMES = ("roof 1.csv", "Dach-ü.parquet")
CONTENT = bytes(range(100))


def stored(keys: Keys, what: str, name: str, content: bytes) -> StoredCopy:
    key = store_file(keys.of(what, name), ContentFile(content))
    return StoredCopy(key, name, len(content), sha256(content).hexdigest())


def offer(version: AnalysisVersion, *names: str) -> PublicPart:
    keys = Keys()
    files = [
        PublicFile(
            name,
            {"system_id": "4", "tilt": 35.5, "issue": None},
            stored(keys, str(number), name, name.encode()),
            stored(keys, f"{number}-truth", f"truth of {name}", b"truth of " + name.encode()),
        ).document()
        for number, name in enumerate(names)
    ]
    all_of_them = stored(keys, "all", "starter.zip", CONTENT)
    return PublicPart.objects.create(
        version=version,
        archive=all_of_them.key,
        archive_size=all_of_them.size,
        archive_sha256=all_of_them.sha256,
        files=files,
    )


@pytest.fixture
def offered(analysis: Analysis) -> Analysis:
    """An analysis with two public files besides its hidden ones."""
    version = analysis.current_version
    assert version is not None
    for ordinal, name in enumerate(NAMES, start=3):
        DataFile.objects.create(version=version, ordinal=ordinal, name=name, size=1, part="public")
    offer(version, *NAMES)
    return analysis


def path(analysis: Analysis, rest: str = "files") -> str:
    return f"/analyses/{analysis.pk}/{rest}"


def test_the_page_lists_public_files_with_links_that_work(as_: As, offered: Analysis) -> None:
    client = as_(None)
    assert path(offered) in client.get(f"/analyses/{offered.pk}").content.decode()
    response = client.get(path(offered))
    page = response.content.decode()
    assert [file.name for file in response.context["files"]] == list(NAMES)
    assert not [name for name in ("a.csv", "b.csv", "c.csv") if f">{name}<" in page]
    assert "<td>35.5</td>" in page
    for link, content in {
        "roof%201.csv": b"roof 1.csv",
        "roof%201.csv/truth": b"truth of roof 1.csv",
        "Dach-%C3%BC.parquet": NAMES[1].encode(),
    }.items():
        address = path(offered, f"files/{link}")
        assert f'href="{address}"' in page
        assert client.get(address).getvalue() == content


def test_files_are_sent_under_their_own_names(as_: As, offered: Analysis) -> None:
    client = as_(None)
    for address, disposition, kind in (
        ("starter.zip", 'attachment; filename="starter.zip"', "application/zip"),
        ("files/roof 1.csv", 'attachment; filename="roof 1.csv"', "text/csv; charset=utf-8"),
        (
            "files/Dach-ü.parquet",
            "attachment; filename*=utf-8''Dach-%C3%BC.parquet",
            "application/vnd.apache.parquet",
        ),
    ):
        answer = client.get(path(offered, address))
        assert (answer["Content-Disposition"], answer["Content-Type"]) == (disposition, kind)
        assert answer["Cache-Control"] == "private, no-cache"
        answer.getvalue()


@pytest.mark.parametrize("name", ["a.csv", "nothing.csv", "ROOF 1.csv", "a\0b", "..", "x" * 300])
def test_a_hidden_file_is_like_none(
    as_: As, offered: Analysis, organiser: Account, name: str
) -> None:
    pages = set()
    for client in (as_(None), as_(organiser)):
        for address in (f"files/{name}", f"files/{name}/truth"):
            answer = client.get(path(offered, address))
            assert answer.status_code == 404
            assert "There is no such file, or it is not yours to read." in answer.content.decode()
            pages.add(answer.content.decode().partition("<main")[2])
    assert len(pages) == 1


def test_a_draft_s_files_are_its_managers(
    as_: As, offered: Analysis, organiser: Account, staff: Account, outsider: Account
) -> None:
    Analysis.objects.update(state="draft")
    for rest in ("files", "starter.zip", "files/roof 1.csv", "files/roof 1.csv/truth"):
        for who, status in ((None, 404), (outsider, 404), (organiser, 200), (staff, 200)):
            answer = as_(who).get(path(offered, rest))
            answer.getvalue()
            assert answer.status_code == status, (rest, who)


def test_each_version_has_files_of_its_own(as_: As, offered: Analysis) -> None:
    first = offered.current_version
    second = AnalysisVersion.objects.create(
        analysis=offered, number=2, kind="task", content_hash="b" * 64, archive="b.zip"
    )
    AnalysisVersion.objects.filter(pk=first.pk).update(archive="a.zip")
    Analysis.objects.update(current_version=second)
    offer(second, "roof 2.csv")
    client = as_(None)
    assert client.get(path(offered, "files/roof 1.csv")).status_code == 404
    assert client.get(path(offered, "files/roof 1.csv?version=1")).getvalue() == b"roof 1.csv"
    page = client.get(path(offered, "files?version=1")).content.decode()
    assert f'href="{path(offered, "files/roof%201.csv?version=1")}"' in page
    assert f'href="{path(offered, "starter.zip?version=1")}"' in page
    assert client.get(path(offered, "files?version=3")).status_code == 404


def test_an_analysis_without_public_files_says_so(as_: As, analysis: Analysis) -> None:
    client = as_(None)
    assert "There are no public files to download" in client.get(path(analysis)).content.decode()
    assert client.get(path(analysis, "starter.zip")).status_code == 404
    assert path(analysis) not in client.get(f"/analyses/{analysis.pk}").content.decode()


def test_a_long_list_has_pages(as_: As, offered: Analysis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_files, "FILES_SHOWN", 1)
    first, second = (as_(None).get(path(offered), {"page": number}) for number in (1, 2))
    assert [file.name for file in (*first.context["files"], *second.context["files"])] == [*NAMES]
    # What leads to a file leads to no page of the list.
    assert b'starter.zip"' in second.content


def test_a_lost_file_is_not_there(as_: As, offered: Analysis) -> None:
    delete_file(PublicPart.objects.get().archive)
    assert as_(None).get(path(offered, "starter.zip")).status_code == 404


RANGES = [
    ("bytes=0-9", 206, range(10)),
    ("bytes=90-", 206, range(90, 100)),
    ("bytes=-3", 206, range(97, 100)),
    ("bytes=-500", 206, range(100)),
    ("bytes=99-5000", 206, range(99, 100)),
    ("bytes=100-", 416, None),
    ("bytes=-0", 416, None),
    ("bytes=9-3", 200, range(100)),
    ("bytes=0-1,5-6", 200, range(100)),
    ("bytes=-", 200, range(100)),
    ("lines=0-1", 200, range(100)),
    (f"bytes={'9' * 30}-", 200, range(100)),
]


@pytest.mark.parametrize(("asked", "status", "part"), RANGES, ids=[one for one, *_ in RANGES])
def test_a_download_goes_on_where_it_was_cut_off(
    as_: As, offered: Analysis, asked: str, status: int, part: range | None
) -> None:
    answer = as_(None).get(path(offered, "starter.zip"), headers={"range": asked})
    assert answer.status_code == status
    if part is None:
        assert answer["Content-Range"] == "bytes */100"
        return
    assert answer.getvalue() == CONTENT[part.start : part.stop]
    assert answer["Content-Length"] == str(len(part))
    assert answer["Accept-Ranges"] == "bytes"
    expected = f"bytes {part.start}-{part.stop - 1}/100" if status == 206 else None
    assert answer.get("Content-Range") == expected


@pytest.mark.parametrize(
    ("header", "same", "other"),
    [("if-none-match", 304, 200), ("if-range", 206, 200), ("if-match", 206, 412)],
)
def test_only_what_has_changed_is_sent_again(
    as_: As, offered: Analysis, header: str, same: int, other: int
) -> None:
    etag = f'"{sha256(CONTENT).hexdigest()}"'
    asked = {} if header == "if-none-match" else {"range": "bytes=0-9"}
    sizes = {304: 0, 206: 10, 200: 100}
    for value, status in ((etag, same), ('"another"', other)):
        answer = as_(None).get(path(offered, "starter.zip"), headers={**asked, header: value})
        content = answer.getvalue()
        assert answer.status_code == status
        assert status == 412 or (answer["ETag"], len(content)) == (etag, sizes[status])


def test_a_head_request_gets_no_bytes(as_: As, offered: Analysis) -> None:
    answer = as_(None).head(path(offered, "starter.zip"), headers={"range": "bytes=0-9"})
    assert (answer.status_code, answer["Content-Length"], answer.getvalue()) == (200, "100", b"")
