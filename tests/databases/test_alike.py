"""What the databases would do each in its own way, and do alike here."""

from datetime import timedelta

import pytest
from django.db import DataError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Now
from django.utils import timezone

from valhub.accounts.models import Account, FailedSignIn
from valhub.analyses.models import Analysis, AnalysisVersion, DataFile
from valhub.jobs.models import Worker

SIMILAR = ["ann", "Ann", "ANN", "änn", "ánn", "ann ", "ann\N{ZERO WIDTH SPACE}"]


@pytest.fixture
def version(organiser: Account) -> AnalysisVersion:
    analysis = Analysis.objects.create(analysis_name="Any", creator=organiser)
    return AnalysisVersion.objects.create(analysis=analysis, number=1, kind="task")


def test_similar_names_are_different_ones(version: AnalysisVersion) -> None:
    DataFile.objects.bulk_create(
        DataFile(version=version, ordinal=i, name=name, size=1) for i, name in enumerate(SIMILAR)
    )
    for name in SIMILAR:
        assert [one.name for one in DataFile.objects.filter(name=name)] == [name]


def test_any_character_comes_back_as_it_was(version: AnalysisVersion) -> None:
    text = "☀ 光伏 \N{GRINNING FACE} Ω ‮ \\ ' \" % \r\n\t"
    version.columns = [{"name": text, "value": 0.1 + 0.2, "large": 2**60}]
    version.analysis.description = text
    version.save()
    version.analysis.save()
    found = AnalysisVersion.objects.select_related("analysis").get(pk=version.pk)
    assert (found.analysis.description, found.columns) == (text, version.columns)


@pytest.mark.parametrize("number", [0.1 + 0.2, 1e-308, 1.7976931348623157e308, -5e-324, 1 / 3])
def test_a_number_comes_back_to_the_last_bit(version: AnalysisVersion, number: float) -> None:
    version.file_columns = [number]
    version.save()
    [found] = AnalysisVersion.objects.get(pk=version.pk).file_columns
    assert float(found) == number  # whole numbers may come back without their point


def test_moments_keep_their_microseconds(db: None) -> None:
    at = timezone.now().replace(microsecond=123456)
    FailedSignIn.objects.create(key="k", at=at)
    assert FailedSignIn.objects.get(at=at).at == at


def test_the_databases_clock_is_in_utc_wherever_its_server_is(db: None) -> None:
    Worker.objects.create(name="w", heartbeat_at=Now() + Value(timedelta(hours=1)))
    found = Worker.objects.annotate(now=Now()).get()
    assert abs(found.now - timezone.now()) < timedelta(minutes=1)
    assert abs(found.heartbeat_at - found.now - timedelta(hours=1)) < timedelta(minutes=1)


def test_a_transaction_sees_what_others_committed_meanwhile(db: None) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:  # one writer at a time: there is nothing to be seen
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        return
    question = {"postgresql": "SHOW transaction_isolation", "mysql": "SELECT @@tx_isolation"}
    with connection.cursor() as cursor:
        cursor.execute(question[connection.vendor])
        assert cursor.fetchone()[0].lower().replace("-", " ") == "read committed"


def test_text_that_does_not_fit_is_not_cut(db: None) -> None:
    if connection.vendor == "sqlite":  # it has no lengths; nothing is cut there
        Worker.objects.create(name="x" * 101)
        assert Worker.objects.get().name == "x" * 101
        return
    with pytest.raises(DataError), transaction.atomic():
        Worker.objects.create(name="x" * 101)
