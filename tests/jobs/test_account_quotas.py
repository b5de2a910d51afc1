"""What an account may use over all analyses: submissions a day, and bytes of archives."""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from pytest_django import Settings

from error_codes import coded
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.analyses.selectors.stored_bytes import stored_bytes
from valhub.analyses.services import uploads
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import add_version, store_analysis
from valhub.errors import Conflict, TooLarge, ValhubError
from valhub.jobs.models import Run, Status, Submission
from valhub.jobs.services import new_submissions
from valhub.jobs.services.analysis_deletion import delete_analysis
from valhub.jobs.services.archive_sizes import measure_archives
from valhub.jobs.services.new_submissions import complete_submission, submit_algorithm
from valhub.jobs.services.quotas import QuotaReached, check_quotas
from valhub.jobs.services.run_ends import cancel_run
from valhub.jobs.services.submission_changes import rerun_submission
from valhub.jobs.sweeper import settle_uploads

pytestmark = pytest.mark.django_db(transaction=True)

FULL = coded("storage-quota-reached")


@pytest.fixture
def other_version(version: AnalysisVersion, organiser: Account) -> AnalysisVersion:
    """The one version of another analysis."""
    analysis = Analysis.objects.create(analysis_name="Another", creator=organiser)
    other = AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind=version.kind, content_hash="1" * 64, archive="b.zip"
    )
    Analysis.objects.filter(pk=analysis.pk).update(current_version=other)
    return other


def submit_to(version: AnalysisVersion, account: Account) -> Submission:
    """Submit as far as the database goes."""
    analysis = Analysis.objects.get(pk=version.analysis_id)
    with transaction.atomic():
        check_quotas(analysis=analysis, account=account)
        submission = Submission.objects.create(
            analysis=analysis, created_by=account, algorithm="s.zip"
        )
    complete_submission(submission)
    return submission


def test_submissions_to_all_analyses_count_together(
    version: AnalysisVersion,
    other_version: AnalysisVersion,
    participant: Account,
    outsider: Account,
    settings: Settings,
) -> None:
    settings.QUOTA_ACCOUNT_PER_DAY = 3
    first = submit_to(version, participant)
    submit_to(other_version, participant)
    # Whatever becomes of them: one that is cancelled at once counts too, and so does a rerun.
    cancel_run(first.runs.get())
    rerun_submission(first)
    for one in (version, other_version):
        with pytest.raises(QuotaReached, match="At most 3 of your submissions to all") as refused:
            submit_to(one, participant)
        assert refused.value.retry_after_s in range(86_000, 86_401)
    cancel_run(first.runs.latest("number"))
    with pytest.raises(QuotaReached, match="to all analyses"):
        rerun_submission(first)
    # Controls: another account, and the next day.
    assert submit_to(other_version, outsider)
    Run.objects.filter(submission=first).update(created_at=F("created_at") - timedelta(days=1))
    assert submit_to(version, participant)


def package(content: bytes, comment: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile("tiny.zip", content + comment)


@pytest.fixture
def send(
    tiny_version: AnalysisVersion, participant: Account, tiny_algorithm: Callable[..., bytes]
) -> Callable[..., Submission]:
    """Submit an algorithm for real, each with a function of its own."""
    numbers = iter(range(100))

    def call(account: Account = participant) -> Submission:
        text = f"def find_azimuth(data):\n    return {next(numbers):02d}\n"
        packed = tiny_algorithm(**{"notes.py": text})
        upload = SimpleUploadedFile("mine.zip", packed)
        return submit_algorithm(analysis=tiny_version.analysis, account=account, upload=upload)

    return call


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_algorithms_are_stored_as_long_as_there_is_room(
    send: Callable[..., Submission],
    participant: Account,
    outsider: Account,
    hub_data: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = send()
    size = first.archive_bytes
    assert size is not None
    assert stored_bytes(participant).used == size > 100
    settings.QUOTA_BYTES = 2 * size + size // 2
    send()
    before = files_below(hub_data)
    with monkeypatch.context() as patched:
        patched.setattr(new_submissions, "inspect_algorithm", lambda request: pytest.fail("read"))
        with pytest.raises(TooLarge, check=FULL, match=r"may hold .* together") as refused:
            send()
    assert refused.value.field == "algorithm"
    assert files_below(hub_data) == before
    assert Submission.objects.count() == 2
    assert send(outsider)


def test_packages_and_algorithms_count_together(
    send: Callable[..., Submission],
    organiser: Account,
    tiny_version: AnalysisVersion,
    tiny_task: bytes,
    hub_data: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    algorithm = send(organiser)
    used = stored_bytes(organiser).used
    assert used == tiny_version.archive_bytes + (algorithm.archive_bytes or 0)
    settings.QUOTA_BYTES = used + len(tiny_task) - 1
    before = files_below(hub_data)
    monkeypatch.setattr(uploads, "inspect_package", lambda request: pytest.fail("read"))
    fields = AnalysisFields(analysis_name="Another")
    for attempt in (
        lambda: store_analysis(creator=organiser, fields=fields, upload=package(tiny_task)),
        lambda: add_version(analysis=tiny_version.analysis, upload=package(tiny_task)),
    ):
        with pytest.raises(TooLarge, check=FULL) as refused:
            attempt()
        assert refused.value.field == "evaluation_script"
    assert files_below(hub_data) == before
    assert AnalysisVersion.objects.count() == 1


def test_one_byte_decides(
    organiser: Account, tiny_version: AnalysisVersion, tiny_task: bytes, settings: Settings
) -> None:
    settings.QUOTA_BYTES = stored_bytes(organiser).used + len(tiny_task)
    fields = AnalysisFields(analysis_name="Another")
    with pytest.raises(TooLarge, check=FULL):
        store_analysis(creator=organiser, fields=fields, upload=package(tiny_task, b"x"))
    assert store_analysis(creator=organiser, fields=fields, upload=package(tiny_task))


def test_side_by_side_nobody_stores_more(
    send: Callable[..., Submission], participant: Account, settings: Settings
) -> None:
    size = send().archive_bytes or 0
    settings.QUOTA_BYTES = 3 * size + size // 2

    def one(_: int) -> str:
        try:
            send()
        except ValhubError as error:
            return error.code
        finally:
            connection.close()
        return "stored"

    with ThreadPoolExecutor(5) as pool:
        codes = Counter(pool.map(one, range(5)))
    assert codes == {"stored": 2, "storage-quota-reached": 3}
    assert stored_bytes(participant).used <= settings.QUOTA_BYTES


def test_what_is_deleted_or_never_came_takes_no_room(
    send: Callable[..., Submission], participant: Account, tiny_version: AnalysisVersion
) -> None:
    cancel_run(send().runs.get())
    lost = Submission.objects.create(
        analysis=tiny_version.analysis,
        created_by=participant,
        algorithm="submission_files/lost.zip",
        archive_bytes=10**9,
    )
    Submission.objects.filter(pk=lost.pk).update(submitted_at=F("submitted_at") - timedelta(1))
    settle_uploads()
    assert 0 < stored_bytes(participant).used < 10**6
    Analysis.objects.update(state="closed")
    delete_analysis(tiny_version.analysis, by="command root")
    owner = tiny_version.analysis.creator
    assert (stored_bytes(participant).used, stored_bytes(owner).used) == (0, 0)


def test_the_sweeper_measures_what_an_earlier_release_stored(
    send: Callable[..., Submission],
    participant: Account,
    organiser: Account,
    tiny_version: AnalysisVersion,
) -> None:
    send()
    before = stored_bytes(participant).used, stored_bytes(organiser).used
    Submission.objects.update(archive_bytes=None)
    AnalysisVersion.objects.update(archive_bytes=None)
    Submission.objects.create(
        analysis=tiny_version.analysis,
        created_by=participant,
        algorithm="submission_files/gone.zip",
        status=Status.FAILED,
    )
    assert (stored_bytes(participant).used, stored_bytes(organiser).used) == (0, 0)
    measure_archives()
    assert (stored_bytes(participant).used, stored_bytes(organiser).used) == before
    assert not Submission.objects.filter(archive_bytes=None).exists()


def test_a_package_that_is_there_already_is_not_stored_twice(
    organiser: Account, tiny_version: AnalysisVersion, tiny_task: bytes
) -> None:
    used = stored_bytes(organiser).used
    with pytest.raises(Conflict):
        add_version(analysis=tiny_version.analysis, upload=package(tiny_task))
    assert stored_bytes(organiser).used == used


def test_routes_and_pages_say_what_is_left(
    tiny_version: AnalysisVersion,
    participant: Account,
    organiser: Account,
    tiny_algorithm: Callable[..., bytes],
    as_: Callable[[Account | None], Client],
    settings: Settings,
) -> None:
    settings.QUOTA_BYTES, settings.QUOTA_ACCOUNT_PER_DAY = 10, 7
    answer = as_(participant).post(
        f"/jobs/analysis/{tiny_version.analysis_id}/submission",
        {
            "user_id": str(participant.pk),
            "algorithm": SimpleUploadedFile("mine.zip", tiny_algorithm()),
        },
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "storage-quota-reached")

    def page(account: Account, path: str) -> str:
        html = as_(account).get(f"/analyses/{tiny_version.analysis_id}{path}").content.decode()
        return re.sub(r"\s+", " ", html)

    shown = page(participant, "")
    assert "To all analyses together, 7 submissions are left within 24 hours" in shown
    assert "10 B of 10 B for your archives" in shown
    assert "of 10 B." in page(organiser, "/manage")
