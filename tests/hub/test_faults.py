"""What goes wrong around the hub: broken connections, posts at once, locks, full disks, clocks.

The web server is the real one where the fault is on the line; where it is in the database or on the
disk, the fault is real too, and the hub is asked in this process.
"""

import json
import os
import socket
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from io import FileIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from services.locks import impatient, locked
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.analyses.services import uploads
from valhub.analyses.services.abandoned_uploads import sweep_uploads
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.client.hub import Hub
from valhub.client.local_hub import LocalHub
from valhub.cloud.free_space import is_nearly_full
from valhub.cloud.storage import store_file
from valhub.jobs.models import Preparation, Shard, Status, Submission, Work, Worker
from valhub.jobs.services import new_submissions
from valhub.jobs.services.leasing import claim, expired
from valhub.jobs.services.preparations import request_preparation
from valhub.jobs.sweeper import request_missing_preparations, settle_uploads

As = Callable[[Account | None], Client]
PASSWORD = "correct horse battery staple"
TEXTS = dict.fromkeys(("description", "short_description", "ruleset", "dataset_description"), "x")
HOURS = timedelta(hours=2)
MAKE_FILE = tempfile.mkstemp


# The line


@pytest.fixture
def served(
    busy_hub: LocalHub,
    fresh_name: Callable[[], str],
    script_example: tuple[bytes, bytes],
    tmp_path: Path,
) -> tuple[Hub, str, int, Path]:
    """A real hub as its organiser sees it, their name, an analysis' number, and an algorithm."""
    paths = tmp_path / "package.zip", tmp_path / "algorithm.zip"
    for path, content in zip(paths, script_example, strict=True):
        path.write_bytes(content)
    person = Hub(busy_hub.address)
    name = fresh_name()
    person.register(email=f"{name}@example.org", username=name, password=PASSWORD)
    person.sign_in(username=name, password=PASSWORD)
    number = person.upload_analysis({"analysis_name": f"Of {name}", **TEXTS}, paths[0])
    return person, name, number, paths[1]


def submissions_of(person: Hub) -> list[dict[str, Any]]:
    listed = person._get(f"/jobs/user_submission/{person.account_id}")
    rows: list[dict[str, Any]] = json.loads(listed)
    return rows


def send_part(
    person: Hub, name: str, number: int, *, then: Callable[[socket.socket], None]
) -> bytes:
    """Begin to submit an algorithm of a million bytes; what the hub answers after a fault."""
    address = urlsplit(person.address)
    credentials = b64encode(f"{name}:{PASSWORD}".encode()).decode()
    head = (
        f"POST /jobs/analysis/{number}/submission HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Basic {credentials}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=cut\r\n\r\n"
        f'--cut\r\nContent-Disposition: form-data; name="user_id"\r\n\r\n{person.account_id}\r\n'
        '--cut\r\nContent-Disposition: form-data; name="algorithm"; filename="a.zip"\r\n\r\nPK'
    )
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=120) as line:
        line.sendall(head.encode() + bytes(70_000))
        then(line)
        return line.makefile("rb").read() if line.fileno() >= 0 else b""


@pytest.mark.slow
def test_faults_on_the_line_double_and_halve_nothing(
    served: tuple[Hub, str, int, Path],
) -> None:
    person, name, number, algorithm = served
    answer = send_part(person, name, number, then=lambda line: line.shutdown(socket.SHUT_WR))
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"broken-upload" in answer
    assert send_part(person, name, number, then=lambda line: line.close()) == b""
    with ThreadPoolExecutor(6) as pool:
        sent = list(pool.map(lambda _: person.submit(number, algorithm), range(6)))
    rows = {row["pk"]: row["fields"]["duplicate_of"] for row in submissions_of(person)}
    assert set(rows) == {one.id for one in sent}
    (first,) = [pk for pk, of in rows.items() if of is None]
    assert [of for of in rows.values() if of] == [first] * 5


# The database and the disk

in_process = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version(organiser: Account, script_example: tuple[bytes, bytes]) -> AnalysisVersion:
    """A published analysis."""
    version = store_analysis(
        creator=organiser,
        fields=AnalysisFields(analysis_name="Declination"),
        upload=SimpleUploadedFile("package.zip", script_example[0]),
    )
    request_preparation(version)
    return version


@pytest.fixture
def submit(
    version: AnalysisVersion, participant: Account, script_example: tuple[bytes, bytes], as_: As
) -> Callable[[], Any]:
    """Hand in an algorithm over HTTP, already signed in."""
    client = as_(participant)

    def post() -> Any:
        upload = SimpleUploadedFile("algorithm.zip", script_example[1])
        return client.post(
            f"/jobs/analysis/{version.analysis_id}/submission",
            {"user_id": str(participant.pk), "algorithm": upload},
        )

    return post


@pytest.fixture(name="impatient")
def without_patience(db: None) -> Iterator[None]:
    """Wait for a lock for a moment instead of twenty seconds."""
    with impatient():
        yield


def stored(hub_data: Path, folder: str) -> list[Path]:
    return [path for path in (hub_data / "files" / folder).glob("*") if path.is_file()]


def status_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    (row,) = json.loads(answer.json())
    status: str = row["fields"]["status"]
    return status


def refusal(answer: Any) -> tuple[int, str]:
    document = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert document["status"] == answer.status_code
    return answer.status_code, document["code"]


@in_process
def test_requests_wait_for_a_lock(submit: Callable[[], Any], hub_data: Path) -> None:
    began = time.monotonic()
    with locked() as let_go:
        threading.Timer(1.0, let_go).start()
        assert submit().status_code == 200
    assert time.monotonic() - began > 1.0
    assert len(stored(hub_data, "submission_files")) == Submission.objects.count() == 1


@in_process
def test_a_lock_that_stays_refuses_what_writes(
    submit: Callable[[], Any], as_: As, impatient: None, hub_data: Path, password: str
) -> None:
    person = {"username": "nina", "email": "nina@example.org", "password": password}
    with locked():
        assert refusal(submit()) == (503, "unavailable")
        assert refusal(as_(None).post("/register", person)) == (503, "unavailable")
        assert refusal(as_(None).post("/login", person)) == (503, "unavailable")
        assert as_(None).get("/analysis/home").status_code == 200
    assert not Submission.objects.exists()
    assert stored(hub_data, "submission_files") == []
    assert submit().status_code == 200


@in_process
def test_a_lock_that_stays_leaves_no_half_of_an_analysis(
    organiser: Account,
    as_: As,
    script_example: tuple[bytes, bytes],
    impatient: None,
    hub_data: Path,
) -> None:
    upload = SimpleUploadedFile("package.zip", script_example[0])
    fields = {"user_id": str(organiser.pk), "analysis_name": "New", **TEXTS}
    client = as_(organiser)
    with locked():
        answer = client.post("/analysis/upload", {**fields, "evaluation_script": upload})
        assert refusal(answer) == (503, "unavailable")
    assert not Analysis.objects.exists()
    assert stored(hub_data, "evaluation_scripts") == []


@in_process
def test_what_is_stored_when_the_lock_comes_is_queued_later(
    submit: Callable[[], Any], impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_submissions._store

    with ExitStack() as lock, monkeypatch.context() as patched:

        def store_and_lock(*args: Any) -> None:
            store(*args)
            lock.enter_context(locked())

        patched.setattr(new_submissions, "_store", store_and_lock)
        assert status_of(submit()) == Status.SUBMITTING
    Submission.objects.update(submitted_at=timezone.now() - HOURS)
    settle_uploads()
    assert Submission.objects.get().status == Status.SUBMITTED


@in_process
def test_a_lock_that_comes_once_an_analysis_is_stored_does_not_refuse_it(
    organiser: Account,
    as_: As,
    script_example: tuple[bytes, bytes],
    impatient: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fields = {"user_id": str(organiser.pk), "analysis_name": "New", **TEXTS}
    upload = SimpleUploadedFile("package.zip", script_example[0])
    client = as_(organiser)
    complete = uploads.complete_version
    with ExitStack() as lock, monkeypatch.context() as patched:

        def complete_and_lock(*args: Any) -> None:
            complete(*args)
            lock.enter_context(locked())

        patched.setattr(uploads, "complete_version", complete_and_lock)
        answer = client.post("/analysis/upload", {**fields, "evaluation_script": upload})
    assert answer.status_code == 200, answer.content
    assert not Preparation.objects.exists()
    request_missing_preparations()
    assert Preparation.objects.get().version.analysis.analysis_name == "New"


def on_a_full_device(**options: Any) -> tuple[int, str]:
    """Make a file as `tempfile.mkstemp` does, but on a device that is always full."""
    descriptor, path = MAKE_FILE(**options)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, descriptor)
    os.close(full)
    return descriptor, path


@in_process
def test_a_full_disk_where_archives_are_kept_leaves_nothing(
    submit: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, hub_data: Path
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("valhub.cloud.whole_files.tempfile.mkstemp", on_a_full_device)
        assert refusal(submit()) == (507, "storage-full")
    assert not Submission.objects.exists()
    assert stored(hub_data, "submission_files") == []
    assert submit().status_code == 200


@in_process
def test_a_full_disk_where_uploads_arrive_leaves_nothing(
    submit: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, hub_data: Path
) -> None:
    with monkeypatch.context() as patched:
        full = "valhub.cloud.incoming_files.tempfile.TemporaryFile"
        patched.setattr(full, lambda **_options: FileIO("/dev/full", "r+"))
        assert refusal(submit()) == (507, "storage-full")
    assert not Submission.objects.exists()
    assert list((hub_data / "uploads").iterdir()) == []
    assert submit().status_code == 200


@in_process
@pytest.mark.parametrize("size", [0, 3 * 1024**2], ids=["in memory", "on disk"])
def test_a_disk_that_is_nearly_full_takes_no_upload(
    version: AnalysisVersion,
    participant: Account,
    as_: As,
    settings: Settings,
    hub_data: Path,
    size: int,
) -> None:
    settings.RESERVED_BYTES = 2**60
    sent = SimpleUploadedFile("algorithm.zip", b"PK\x03\x04" + bytes(size))
    answer = as_(participant).post(
        f"/jobs/analysis/{version.analysis_id}/submission",
        {"user_id": str(participant.pk), "algorithm": sent},
    )
    assert refusal(answer) == (507, "storage-full")
    assert not Submission.objects.exists()
    assert stored(hub_data, "submission_files") == []
    assert as_(participant).get("/").status_code == 200


@pytest.mark.parametrize(("incoming", "full"), [(0, False), (2**60, True)])
def test_what_arrives_counts(settings: Settings, hub_data: Path, incoming: int, full: bool) -> None:
    settings.RESERVED_BYTES = 1
    assert is_nearly_full(hub_data / "not/made/yet", incoming_bytes=incoming) == full


# Clocks


@pytest.fixture(params=[-HOURS, HOURS], ids=["two hours slow", "two hours fast"])
def wrong_clock(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Put this machine's clock wrong; the database's stays right."""
    now = timezone.now

    def set_wrong() -> None:
        monkeypatch.setattr(timezone, "now", lambda: now() + request.param)

    return set_wrong


@in_process
def test_leases_are_kept_by_the_databases_clock(
    submit: Callable[[], Any], wrong_clock: Callable[[], None], settings: Any
) -> None:
    submit()
    right = timezone.now()
    wrong_clock()
    Shard.objects.update(state=Work.QUEUED)
    assert claim(Shard.objects.order_by("turn"), "worker") is not None
    lease_until = Shard.objects.get().lease_until
    assert lease_until is not None
    assert abs(lease_until - right - timedelta(seconds=settings.LEASE_S)) < timedelta(seconds=10)
    assert not expired(Shard).exists()
    Shard.objects.update(lease_until=right - timedelta(seconds=1))
    assert expired(Shard).count() == 1


@in_process
def test_a_sweeper_whose_clock_is_wrong_leaves_a_running_upload_alone(
    submit: Callable[[], Any], wrong_clock: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_submissions._store

    def sweep_and_store(*args: Any) -> None:
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(timezone, "now", timezone.now)
            wrong_clock()
            settle_uploads()
        store(*args)

    monkeypatch.setattr(new_submissions, "_store", sweep_and_store)
    assert status_of(submit()) == Status.SUBMITTED


@in_process
def test_an_upload_on_a_machine_whose_clock_is_wrong_is_not_swept(
    submit: Callable[[], Any], wrong_clock: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_submissions._store

    def sweep_and_store(*args: Any) -> None:
        with monkeypatch.context() as elsewhere:
            elsewhere.undo()
            settle_uploads()
        store(*args)

    wrong_clock()
    monkeypatch.setattr(new_submissions, "_store", sweep_and_store)
    assert status_of(submit()) == Status.SUBMITTED


@in_process
def test_a_sweeper_whose_clock_is_wrong_leaves_a_running_publication_alone(
    organiser: Account,
    script_example: tuple[bytes, bytes],
    wrong_clock: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def store_and_sweep(key: str, source: Any) -> str:
        stored = store_file(key, source)
        wrong_clock()
        sweep_uploads()
        return stored

    monkeypatch.setattr(uploads, "store_file", store_and_sweep)
    upload = SimpleUploadedFile("package.zip", script_example[0])
    version = store_analysis(creator=organiser, fields=AnalysisFields("Mine"), upload=upload)
    assert default_storage.exists(version.archive)


@in_process
def test_workers_are_seen_alive_from_a_machine_whose_clock_is_wrong(
    as_: As, wrong_clock: Callable[[], None]
) -> None:
    Worker.objects.create(name="host-7")
    wrong_clock()
    assert as_(None).get("/readyz").json()["workers"] == {"alive": 1, "in_trouble": 0}
