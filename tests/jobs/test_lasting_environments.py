"""On a hub, requirements resolve alike for good: by a version's day, and by its kept locks."""

from datetime import UTC, datetime

import pytest

from valhub.analyses.models import PackageKind
from valhub.analyses.selectors.environments import environment_of, packages_until
from valhub.evaluation.execution.environments.requirement_locks import lock_hash
from valhub.evaluation.packages.tasks.task_environment import ALWAYS_INSTALLED
from valhub.jobs.models import RequirementLock, Run
from valhub.jobs.worker.version_locks import VersionLocks

pytestmark = pytest.mark.django_db(transaction=True)

PUBLISHED = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
IMPORTING = "import sklearn\n\ndef estimate_azimuth(series):\n    return 1.0\n"


@pytest.mark.parametrize(
    ("environment", "day"),
    [
        (None, "2026-03-01"),
        ({"python": None, "packages": [], "exclude_newer": None}, "2026-03-01"),
        ({"packages": ["pvlib"], "exclude_newer": "2025-12-31"}, "2025-12-31"),
    ],
)
def test_the_day_before_the_publication_counts_unless_the_task_names_one(version, environment, day):
    version.created_at, version.environment = PUBLISHED, environment
    assert packages_until(version) == day


def test_a_script_packages_version_is_frozen_too(version):
    version.created_at, version.kind = PUBLISHED, PackageKind.SCRIPT
    assert environment_of(version) is None
    assert packages_until(version) == "2026-03-01"


def test_the_first_lock_of_a_version_is_kept(version):
    locks = VersionLocks(version.pk)
    assert locks.find("a") is None
    assert locks.keep("a", "alpha==1.0") == "alpha==1.0"
    assert locks.keep("a", "alpha==2.0") == "alpha==1.0"
    assert locks.find("a") == "alpha==1.0"
    assert VersionLocks(version.pk + 1).find("a") is None


def test_what_a_task_declares_is_stored_with_its_version(tiny_version):
    assert tiny_version.environment == {"python": None, "packages": [], "exclude_newer": None}
    assert environment_of(tiny_version).provided == ALWAYS_INSTALLED


def test_a_run_says_its_day_and_keeps_its_lock(submit, work, tiny_version):
    submission = submit()
    work()
    receipt = Run.objects.get(submission=submission).receipt
    assert receipt["packages_until"] == packages_until(tiny_version)
    (lock,) = RequirementLock.objects.filter(version=tiny_version)
    assert "numpy==" in lock.document


def test_a_kept_lock_is_what_the_next_worker_installs(submit, work, tiny_version):
    submit()
    work()
    lock = RequirementLock.objects.get(version=tiny_version)
    kept = f"{lock.document}# from another machine\n"
    RequirementLock.objects.update(document=kept)
    submission = submit()
    work()
    receipt = submission.runs.get().receipt
    assert receipt["environment_lock"] == lock_hash(kept)


def test_imports_that_nothing_brings_are_noted_at_the_upload(submit, tiny_version):
    submission = submit(IMPORTING)
    note, submitted = submission.events.order_by("number")[:2]
    assert (note.kind, submitted.kind) == ("note", "submitted")
    assert "imports `sklearn`" in note.data["reason"]
    assert "`scikit-learn`" in note.data["reason"]


def test_what_the_task_provides_is_not_noted(submit, tiny_version):
    tiny_version.environment = {"packages": ["scikit-learn==1.5.0"]}
    tiny_version.save()
    assert not submit(IMPORTING).events.filter(kind="note").exists()
