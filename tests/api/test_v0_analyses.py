"""Upload, list and detail of analyses, by the document alone."""

import io
import json
import os
import shutil
import struct
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisState
from valhub.analyses.services import uploads
from valhub.analyses.services.publication import close_analysis, withdraw_analysis
from valhub.cloud.whole_files import WholeFileStorage
from valhub.evaluation.reader_slots import reader_slot
from valhub.jobs.models import Preparation

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]
Upload = Callable[..., HttpResponse]
EXAMPLE = Path(__file__).parents[2] / "examples/script_package/analysis"
TEXTS = {
    "analysis_name": "test",
    "description": "test",
    "short_description": "",
    "ruleset": "test",
    "dataset_description": "test",
}


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give the example of a script package, packed."""
    base = tmp_path_factory.mktemp("example") / "analysis"
    return Path(shutil.make_archive(str(base), "zip", EXAMPLE)).read_bytes()


@pytest.fixture
def upload(as_: As, organiser: Account, example: bytes) -> Upload:
    """Upload the example as the organiser; None instead of a value leaves a field out."""

    def post(
        by: Account | None = organiser, archive: bytes | None = example, **changed: object
    ) -> Any:
        fields: dict[str, object] = {"user_id": str(organiser.pk), **TEXTS, **changed}
        if archive is not None:
            fields["evaluation_script"] = io.BytesIO(archive)
        return as_(by).post("/analysis/upload", {k: v for k, v in fields.items() if v is not None})

    return post


def rows(answer: Any) -> list[dict[str, Any]]:
    """Read the documented output: a JSON string that holds a JSON list."""
    assert answer.status_code == 200, answer.content
    listed: list[dict[str, Any]] = json.loads(json.loads(answer.content))
    return listed


def refused(answer: Any, status: int, code: str) -> str:
    """Check a refusal, and that nothing was stored; returns what it says."""
    problem = json.loads(answer.content)
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer["Content-Type"] == "application/problem+json"
    assert not Analysis.objects.exists()
    return str(problem["detail"])


def test_upload_answers_with_the_documented_shape(upload: Upload, organiser: Account) -> None:
    (row,) = rows(upload())
    assert (row["model"], row["pk"]) == ("analyses.analysis", Analysis.objects.get().pk)
    assert row["fields"].items() >= {**TEXTS, "creator": str(organiser.pk)}.items()
    assert row["fields"]["annotation_file_name"] == "test_annotation.txt"
    assert row["fields"]["max_concurrent_submission_evaluation"] == 100
    name = f"analysis_{row['pk']}.zip"
    address = f"http://testserver/files/evaluation_scripts/{name}"
    assert row["fields"]["evaluation_script"] == address


def test_upload_asks_for_the_preparation(upload: Upload) -> None:
    upload()
    assert Preparation.objects.get().version == Analysis.objects.get().current_version


def test_upload_takes_the_further_fields(upload: Upload) -> None:
    (row,) = rows(
        upload(
            primary_metric="declination.mae",
            lower_is_better="true",
            max_concurrent_submission_evaluation="7",
        )
    )
    fields = row["fields"]
    assert (fields["primary_metric"], fields["lower_is_better"]) == ("declination.mae", True)
    assert fields["max_concurrent_submission_evaluation"] == 7


def test_a_text_that_was_sent_as_a_file_is_named(upload: Upload) -> None:
    said = refused(upload(description=io.BytesIO(b"# What it is")), 422, "wrong-type")
    assert said == ("description was sent as a file. Send it as a text (curl: description=<FILE).")


def test_home_lists_what_is_published(upload: Upload, as_: As) -> None:
    upload()
    upload(analysis_name="closed")
    upload(analysis_name="draft")
    close_analysis(Analysis.objects.get(analysis_name="closed"))
    withdraw_analysis(Analysis.objects.get(analysis_name="draft"))
    (row,) = rows(as_(None).get("/analysis/home"))
    assert row["fields"]["analysis_name"] == "test"


def test_home_takes_as_many_queries_for_ten_as_for_one(
    upload: Upload, as_: As, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        upload(analysis_name=f"test {number}")
    with django_assert_num_queries(1):
        assert len(rows(as_(None).get("/analysis/home"))) == 3


def test_detail_is_a_list_of_one(upload: Upload, as_: As) -> None:
    (sent,) = rows(upload())
    assert rows(as_(None).get(f"/analysis/{sent['pk']}")) == [sent]


@pytest.mark.parametrize("address", ["0", "999", str(2**63), "9" * 50, "x", "-1", "1.5"])
def test_analysis_that_is_not_there_is_not_found(as_: As, address: str) -> None:
    answer = as_(None).get(f"/analysis/{address}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_draft_is_shown_to_its_creator_and_staff_alone(
    upload: Upload, as_: As, organiser: Account, staff: Account, outsider: Account
) -> None:
    upload()
    draft = Analysis.objects.get()
    withdraw_analysis(draft)
    seen = {
        who: as_(who).get(f"/analysis/{draft.pk}") for who in (organiser, staff, outsider, None)
    }
    assert [seen[who].status_code for who in seen] == [200, 200, 404, 404]
    assert rows(seen[organiser])[0]["fields"]["state"] == AnalysisState.DRAFT


def test_nobody_may_upload_without_signing_in(upload: Upload) -> None:
    refused(upload(by=None), 401, "not-signed-in")


def test_upload_for_somebody_else_is_refused(upload: Upload, outsider: Account) -> None:
    refused(upload(by=outsider), 403, "not-your-account")


def test_staff_may_upload_for_somebody_else(
    upload: Upload, staff: Account, organiser: Account
) -> None:
    (row,) = rows(upload(by=staff))
    assert row["fields"]["creator"] == str(organiser.pk)


def test_approved_organisers_alone_may_upload(
    upload: Upload, outsider: Account, settings: Settings
) -> None:
    settings.EVERYONE_MAY_PUBLISH = False
    refused(upload(by=outsider, user_id=str(outsider.pk)), 403, "not-an-organiser")
    assert rows(upload())


@pytest.mark.parametrize("field", [*TEXTS, "user_id"])
def test_missing_field_is_named(upload: Upload, field: str) -> None:
    assert field in refused(upload(**{field: None}), 422, "missing")


def test_missing_archive_is_named(upload: Upload) -> None:
    assert "evaluation_script" in refused(upload(archive=None), 422, "missing")


@pytest.mark.parametrize("user_id", ["7", "lisa", "\u2603", "9" * 300])
def test_user_id_that_is_no_id_is_refused(upload: Upload, user_id: str) -> None:
    assert "user_id" in refused(upload(user_id=user_id), 422, "wrong-type")


def test_unknown_user_is_not_found(upload: Upload) -> None:
    unknown = "71a66690-07be-4dfe-a2b4-48670ffc32fe"
    refused(upload(user_id=unknown), 404, "no-such-account")


@pytest.mark.parametrize("number", ["0", "many", "1e3", "99999999999999999999", "-5"])
def test_number_out_of_range_is_refused(upload: Upload, number: str) -> None:
    answer = upload(max_concurrent_submission_evaluation=number)
    assert answer.status_code == 422
    assert "max_concurrent_submission_evaluation" in json.loads(answer.content)["detail"]


def test_archive_sent_as_a_text_is_missing(upload: Upload) -> None:
    refused(upload(archive=None, evaluation_script="PK"), 422, "missing")


def test_what_is_no_zip_is_an_unsupported_type(upload: Upload) -> None:
    refused(upload(archive=b"not a zip"), 415, "not-a-zip")


@pytest.mark.parametrize("offset", [2**31, 2**63 - 1, 2**64 - 1])
def test_an_archive_whose_table_leads_nowhere_is_rejected(upload: Upload, offset: int) -> None:
    name = b"main.py"
    field = struct.pack("<HHQ", 1, 8, offset)
    lengths = (len(name), len(field), 0, 0, 0, 0)
    table = struct.pack("<4s6H3L5H2L", b"PK\1\2", 45, 45, *[0] * 7, *lengths, 0xFFFFFFFF)
    table += name + field
    head = struct.pack("<4s5H3L2H", b"PK\3\4", 45, *[0] * 7, len(name), 0) + name
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(table), len(head), 0)
    answer = upload(archive=head + table + end)
    assert "offset lies outside" in refused(answer, 422, "invalid-package")


def test_oversized_archive_is_refused(upload: Upload, settings: Settings) -> None:
    settings.MAX_PACKAGE_BYTES = 100
    refused(upload(), 413, "archive-too-large")


def test_oversized_body_is_refused_before_it_is_read(
    upload: Upload, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAX_PACKAGE_BYTES = 100
    monkeypatch.setattr("valhub.http.body_sizes.FORM_BYTES", 100)
    refused(upload(), 413, "too-large")


def test_every_fault_of_a_package_is_told(upload: Upload, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/main.py").write_text("def judge(): ...\n")
    archive = Path(shutil.make_archive(str(tmp_path / "out"), "zip", tmp_path / "in"))
    answer = upload(archive=archive.read_bytes())
    told = refused(answer, 422, "invalid-package")
    assert all(word in told for word in ("evaluate", "test_data", "test_annotation.txt"))
    assert len(json.loads(answer.content)["errors"]) == 3


def test_posting_the_same_twice_is_a_conflict(upload: Upload) -> None:
    (first,) = rows(upload())
    answer = upload()
    problem = json.loads(answer.content)
    assert (answer.status_code, problem["code"]) == (409, "analysis-exists")
    assert f"analysis {first['pk']}" in problem["detail"]
    assert Analysis.objects.count() == 1


def test_full_disk_is_told_and_leaves_nothing(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(WholeFileStorage, "_save", full)
    refused(upload(), 507, "storage-full")


def test_full_disk_that_the_reader_meets_is_told_and_leaves_nothing(
    upload: Upload,
    packages_read_by_a_child: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "full_reader.py").write_text(
        "from valhub.evaluation.reader_process import serve\n"
        "serve(lambda request: {'size': open('/dev/full', 'w', 1).write('x\\n')})\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[2]}")
    monkeypatch.setattr("valhub.evaluation.inspection._READER", "full_reader")
    refused(upload(), 507, "storage-full")


def test_upload_to_a_hub_that_reads_too_many_others_may_be_sent_again(
    upload: Upload,
    packages_read_by_a_child: None,
    hub_data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "SLOT_WAIT_S", 0.1)
    with ExitStack() as others:
        for _ in os.sched_getaffinity(0):
            others.enter_context(reader_slot(hub_data / "cache", wait_s=0))
        answer = upload()
    refused(answer, 503, "readers-busy")
    assert answer["Retry-After"] == "60"
    assert rows(upload())


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/analysis/upload"), ("POST", "/analysis/home"), ("DELETE", "/analysis/1")],
)
def test_other_methods_are_not_taken(as_: As, method: str, path: str) -> None:
    assert as_(None).generic(method, path).status_code == 405
