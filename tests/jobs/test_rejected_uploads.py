"""Uploads that are rejected cost the hub's time, so an account may send only so many an hour."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from error_codes import coded
from valhub.accounts.models import Account, RejectedUpload
from valhub.analyses.models import AnalysisVersion
from valhub.analyses.services import uploads
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.rejected_uploads import WINDOW, delete_old_rejections
from valhub.analyses.services.uploads import add_version, store_analysis
from valhub.errors import Conflict, Invalid, TooLarge, TooMany, Unavailable, UnsupportedType
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.upload_reading import InspectionFailed, TooLargeToInspect
from valhub.jobs.services import new_submissions
from valhub.jobs.services.new_submissions import submit_algorithm

pytestmark = pytest.mark.django_db(transaction=True)

Send = Callable[..., object]
TOO_MANY = coded("too-many-rejected-uploads")
WRONG = {"submission_wrapper.py": "def another(series):\n    return 1.0\n"}


@pytest.fixture
def send(
    tiny_version: AnalysisVersion,
    participant: Account,
    tiny_algorithm: Callable[..., bytes],
    settings: Settings,
) -> Send:
    """Send an algorithm, as the participant by default; keywords change its files."""
    settings.QUOTA_REJECTED = 2

    def call(content: bytes | None = None, account: Account = participant, **files: str) -> object:
        packed = tiny_algorithm(**files) if content is None else content
        upload = SimpleUploadedFile("mine.zip", packed)
        return submit_algorithm(analysis=tiny_version.analysis, account=account, upload=upload)

    return call


def reject(send: Send, times: int, account: Account | None = None) -> None:
    for _ in range(times):
        with pytest.raises(InvalidPackage):
            send(**({"account": account} if account else {}), **WRONG)


def test_after_so_many_rejections_nothing_of_the_account_is_read(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    reject(send, 2)
    monkeypatch.setattr(new_submissions, "inspect_algorithm", lambda request: pytest.fail("read"))
    with pytest.raises(TooMany, check=TOO_MANY) as caught:
        send()
    assert 3500 < caught.value.retry_after_s <= 3600
    assert "At most 2 of your uploads may be rejected within an hour." in caught.value.detail


@pytest.mark.parametrize("quota", ["PER_DAY", "TOTAL", "RUNNING"])
def test_beyond_a_quota_nothing_is_read(
    send: Send, settings: Settings, monkeypatch: pytest.MonkeyPatch, quota: str
) -> None:
    setattr(settings, f"QUOTA_{quota}", 1)
    assert send()
    monkeypatch.setattr(new_submissions, "inspect_algorithm", lambda request: pytest.fail("read"))
    for _ in range(3):
        with pytest.raises(TooMany, check=coded("quota-reached")):
            send()
    assert not RejectedUpload.objects.exists()


def test_another_account_is_not_kept_from_sending(send: Send, outsider: Account) -> None:
    reject(send, 2)
    assert send(account=outsider)


def test_what_is_accepted_does_not_count(send: Send) -> None:
    reject(send, 1)
    for _ in range(3):
        send()
    assert RejectedUpload.objects.count() == 1


def test_after_an_hour_the_oldest_counts_no_more(send: Send) -> None:
    reject(send, 2)
    first = RejectedUpload.objects.earliest("id")
    RejectedUpload.objects.filter(pk=first.pk).update(at=timezone.now() - WINDOW + timedelta(0, 90))
    with pytest.raises(TooMany, check=TOO_MANY) as caught:
        send()
    assert 1 <= caught.value.retry_after_s <= 91
    RejectedUpload.objects.filter(pk=first.pk).update(at=timezone.now() - WINDOW)
    assert send()
    assert delete_old_rejections() == 1
    assert RejectedUpload.objects.count() == 1


def test_a_clock_that_was_set_back_keeps_nobody_out(send: Send) -> None:
    reject(send, 2)
    RejectedUpload.objects.update(at=timezone.now() + 2 * WINDOW)
    assert send()


@pytest.mark.parametrize(
    ("raised", "answered", "counted"),
    [
        (TooLargeToInspect("slow"), TooLarge, 1),
        (InspectionFailed("killed"), Unavailable, 0),
        (OSError(28, "disk full"), OSError, 0),
    ],
)
def test_only_what_the_account_can_fix_counts(
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    answered: type[Exception],
    counted: int,
) -> None:
    def fail(_: object) -> None:
        raise raised

    monkeypatch.setattr(new_submissions, "inspect_algorithm", fail)
    with pytest.raises(answered):
        send()
    assert RejectedUpload.objects.count() == counted


def test_what_is_no_zip_counts_and_what_is_no_archive_at_all_does_not(
    send: Send, tiny_version: AnalysisVersion, participant: Account
) -> None:
    with pytest.raises(UnsupportedType):
        send(b"Rar!\x1a\x07\x00")
    with pytest.raises(Invalid):
        submit_algorithm(
            analysis=tiny_version.analysis,
            account=participant,
            upload=SimpleUploadedFile("mine.zip", b""),
            display_name="\u200b",
        )
    assert RejectedUpload.objects.count() == 1


def package(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("tiny.zip", content)


def test_packages_and_algorithms_count_together(
    send: Send, organiser: Account, staff: Account, tiny_version: AnalysisVersion, tiny_task: bytes
) -> None:
    reject(send, 1, account=organiser)
    with pytest.raises(InvalidPackage):
        add_version(analysis=tiny_version.analysis, upload=package(tiny_task[:400]))
    for again in (
        lambda: add_version(analysis=tiny_version.analysis, upload=package(tiny_task)),
        lambda: store_analysis(
            creator=organiser, fields=AnalysisFields(analysis_name="x"), upload=package(tiny_task)
        ),
        lambda: send(account=organiser),
    ):
        with pytest.raises(TooMany, check=TOO_MANY):
            again()
    # The one who sends it counts.
    with pytest.raises(Conflict):
        add_version(analysis=tiny_version.analysis, upload=package(tiny_task), by=staff)
    assert RejectedUpload.objects.filter(account=staff).count() == 1


def test_a_sound_package_is_not_read_again_and_again(
    send: Send,
    organiser: Account,
    tiny_version: AnalysisVersion,
    tiny_task: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def twice() -> None:
        fields = AnalysisFields(analysis_name="Tiny")
        store_analysis(creator=organiser, fields=fields, upload=package(tiny_task))

    def version() -> None:
        add_version(analysis=tiny_version.analysis, upload=package(tiny_task))

    for again in (twice, version):
        with pytest.raises(Conflict):
            again()
    monkeypatch.setattr(uploads, "inspect_package", lambda request: pytest.fail("read"))
    for again in (twice, version):
        with pytest.raises(TooMany, check=TOO_MANY):
            again()


def test_the_route_answers_with_the_time_to_wait(
    send: Send,
    participant: Account,
    tiny_version: AnalysisVersion,
    tiny_algorithm: Callable[..., bytes],
    as_: Callable[[Account | None], Client],
) -> None:
    reject(send, 2)
    archive = SimpleUploadedFile("mine.zip", tiny_algorithm())
    answer = as_(participant).post(
        f"/jobs/analysis/{tiny_version.analysis_id}/submission",
        {"user_id": str(participant.pk), "algorithm": archive},
    )
    assert answer.status_code == 429
    assert answer.json()["code"] == "too-many-rejected-uploads"
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
