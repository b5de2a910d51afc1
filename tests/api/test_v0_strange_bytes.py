"""Bytes and texts that no row and no page can take are refused by name, and nothing is stored."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.jobs.models import Submission

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]
TINY = Path(__file__).parents[1] / "tiny/task"
TEXTS = {"description": "", "short_description": "", "ruleset": "", "dataset_description": ""}
AS_NAME = ["\u202e", "\u200b", "\x1b", "\u3164", "\u2028"]
AS_TEXT = ["\u202e", "\u2066", "\x1b", "\x7f"]


def packed(left_out: tuple[str, ...] = (), **files: bytes) -> bytes:
    """Pack the tiny task with some of its files changed, or left out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in sorted(TINY.rglob("*")):
            name = path.relative_to(TINY).as_posix()
            if path.is_file() and name not in (*files, *left_out):
                archive.write(path, name)
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def upload(client: Client, owner: Account, archive: bytes, **changed: str) -> tuple[int, Any]:
    fields = {"user_id": str(owner.pk), "analysis_name": "test", **TEXTS, **changed}
    answer = client.post("/analysis/upload", {**fields, "evaluation_script": io.BytesIO(archive)})
    return answer.status_code, json.loads(answer.content)


def register(client: Client, **changed: str) -> tuple[int, Any]:
    fields = {"username": "lisa", "email": "lisa@example.org", "password": "poa-irradiance-9"}
    body = json.dumps({**fields, **changed})
    answer = client.post("/register", body, content_type="application/json")
    return answer.status_code, answer.json()


@pytest.mark.parametrize("field", ["username", "firstName", "lastName", "email", "githubLink"])
@pytest.mark.parametrize("character", [*AS_NAME, "\0", "\ud800"])
def test_registering_with_a_strange_text(as_: As, field: str, character: str) -> None:
    text = {"email": "li{}sa@example.org", "githubLink": "https://example.org/{}x"}.get(
        field, "l{}i"
    )
    status, told = register(as_(None), **{field: text.format(character)})
    if field == "githubLink" and status == 200:
        # An address keeps what is only invisible; nobody tells people apart by it.
        assert character in ("\u200b", "\u3164")
        return
    assert (status, told["field"]) == (422, field)
    assert not Account.objects.exists()


def test_registering_under_a_name_that_looks_like_anothers(as_: As) -> None:
    register(as_(None), username="lisa")
    other = {"username": "1isa", "email": "l@example.org"}
    status, told = register(as_(None), **other)
    assert (status, told["code"]) == (409, "name-taken")


@pytest.mark.parametrize("field", ["analysis_name", "primary_metric", "annotation_file_name"])
@pytest.mark.parametrize("character", AS_NAME)
def test_analysis_with_a_strange_name(
    as_: As, organiser: Account, field: str, character: str
) -> None:
    status, told = upload(as_(organiser), organiser, packed(), **{field: f"a{character}b"})
    assert (status, told["field"]) == (422, field)
    assert not Analysis.objects.exists()


@pytest.mark.parametrize("field", sorted(TEXTS))
@pytest.mark.parametrize("character", AS_TEXT)
def test_analysis_with_a_strange_text(
    as_: As, organiser: Account, field: str, character: str
) -> None:
    status, told = upload(as_(organiser), organiser, packed(), **{field: f"a\n{character}b"})
    assert (status, told["field"]) == (422, field)
    assert not Analysis.objects.exists()


def config(**changed: object) -> bytes:
    return json.dumps({**json.loads((TINY / "config.json").read_text()), **changed}).encode()


@pytest.mark.parametrize("text", ["\ud800", "\0", "\u202e", "a" * 900_000])
@pytest.mark.parametrize("key", ["category_name", "slices", "display_metrics"])
def test_package_with_a_strange_text(as_: As, organiser: Account, key: str, text: str) -> None:
    value: object = {"slices": [text], "display_metrics": {text: text}}.get(key, text)
    archive = packed(**{"config.json": config(**{key: value})})
    status, told = upload(as_(organiser), organiser, archive)
    assert (status, told["code"]) == (422, "invalid-package")
    assert len(json.dumps(told)) < 20_000
    assert not Analysis.objects.exists()


def parquet(column: pa.Array, name: str = "time") -> bytes:
    stream = io.BytesIO()
    table = pa.table({name: column, "x": pa.array([1.0] * len(column))})
    pq.write_table(table, stream, store_schema=name != "XXXX")
    return stream.getvalue().replace(b"XXXX", b"\xe4\xff\xf6X")


STRANGE_FILES = {
    "zone": parquet(pa.array([0, 1], pa.timestamp("s", "W. Europe Standard Time"))),
    "far": parquet(pa.array([0, 253402300799], pa.timestamp("s"))),
    "name": parquet(pa.array([0, 1], pa.timestamp("s")), "XXXX"),
    "no parquet": b"PAR1" + b"\xff" * 100 + b"PAR1",
}


@pytest.mark.parametrize("content", STRANGE_FILES.values(), ids=STRANGE_FILES)
def test_package_with_a_strange_file(as_: As, organiser: Account, content: bytes) -> None:
    table = (TINY / "data/file_metadata.csv").read_text().replace("roof-3.csv", "a.parquet")
    archive = packed(
        left_out=("data/files/roof-3.csv",),
        **{"data/files/a.parquet": content, "data/file_metadata.csv": table.encode()},
    )
    status, told = upload(as_(organiser), organiser, archive)
    assert (status, told["code"]) == (422, "invalid-package")
    assert {fault["file"] for fault in told["errors"]} == {"data/files/a.parquet"}
    assert not Analysis.objects.exists()


@pytest.mark.parametrize("character", AS_NAME)
def test_submission_with_a_strange_name(
    as_: As,
    organiser: Account,
    participant: Account,
    tiny_algorithm: Callable[..., bytes],
    character: str,
) -> None:
    upload(as_(organiser), organiser, packed())
    analysis = Analysis.objects.get()
    fields = {
        "analysis_id": str(analysis.pk),
        "user_id": str(participant.pk),
        "display_name": f"my{character}try",
        "algorithm": io.BytesIO(tiny_algorithm()),
    }
    answer = as_(participant).post(f"/jobs/analysis/{analysis.pk}/submission", fields)
    assert (answer.status_code, answer.json()["field"]) == (422, "display_name")
    assert not Submission.objects.exists()
