"""How an organiser's `evaluate` fails on an answer says nothing of the truth, and is not for free.

An author chooses the answers. Were the failures told apart, or free, a handful of submissions would
read an annotation: the evaluation below fails in another way for each answer.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from tests.jobs.conftest import DoWork
from tests.jobs.disclosure.outlets import addresses, numbers_in, precision, read_all
from tiny.packing import SCRIPT_EXAMPLE, zipped
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.jobs.models import Run
from valhub.jobs.services.new_submissions import submit_algorithm
from valhub.jobs.services.preparations import request_preparation
from valhub.jobs.services.quotas import QuotaReached

pytestmark = pytest.mark.django_db(transaction=True)

As = Callable[[Account | None], Client]
Publish = Callable[[str], Analysis]
TRUTH = "417"
# What evaluate does for each answer, and what of it its organiser reads.
WAYS = {
    "raise ValueError('sunny')": "ValueError: sunny",
    "raise KeyError(truth)": f"KeyError: &#x27;{TRUTH}&#x27;",
    "import os; os._exit(int(truth) % 200)": "exit status 17",
    "return {1, 2}": "builtins.set",
    "return {'result': truth}": "must return a dictionary",
    "return {'result': [{'all': {truth: 'x'}}]}": f"all.{TRUTH}",
    "return {'result': [{'all': {'m' + truth: float('nan')}}]}": f"all.m{TRUTH}",
    "return {'result': [{'all': {'huge': max([1, 10**400])}}]}": "a whole number beyond",
    "return {'result': [{'all': {'is_right': truth == '417'}}]}": "all.is_right",
    "return {'result': [{'all': {'mae': 1, 'MAE': 2}}]}": "all.MAE",
    "return {'result': [{'all': {'ACCURACY': int(truth)}}]}": "all.ACCURACY",
    "x = [1]; x.append(x); return x": "nested more than 64 deep",
}
HEAD = "def evaluate(data, annotation, predict, **_):\n    way = predict(1)\n"
READ = f"    truth = {TRUTH!r}\n"
SCORED = "    return {'result': [{'all': {'accuracy': 1.0}}]}\n"
EVALUATE = HEAD + READ + "".join(
    f"    if way == {number}:\n        {way}\n" for number, way in enumerate(WAYS)
) + SCORED  # fmt: skip


@pytest.fixture
def publish(organiser: Account, real_engine: None) -> Publish:
    """Publishes an analysis with an evaluation of its own."""

    def publish(evaluate: str) -> Analysis:
        package = zipped(SCRIPT_EXAMPLE / "analysis", main__py=evaluate)
        fields = AnalysisFields(analysis_name="Oracle", primary_metric="all.accuracy")
        upload = SimpleUploadedFile("package.zip", package)
        version = store_analysis(creator=organiser, fields=fields, upload=upload)
        request_preparation(version)
        return version.analysis

    return publish


@pytest.fixture
def analysis(publish: Publish) -> Analysis:
    return publish(EVALUATE)


def answer(analysis: Analysis, account: Account, number: int) -> Run:
    source = f"def predict(data): return {number}\n"
    archive = zipped(SCRIPT_EXAMPLE / "algorithm", main__py=source)
    upload = SimpleUploadedFile("algorithm.zip", archive)
    return submit_algorithm(analysis=analysis, account=account, upload=upload).runs.get()


def alike(text: str) -> str:
    """A text without what differs between any two submissions."""
    text = re.sub(r'value="\w{64}"|csrftoken=\w+', "", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,64}", "ID", text)
    text = re.sub(r"Submission [0-9a-f]{8}", "Submission ID", text)
    text = re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "N", text)
    return re.sub(r"N (ms|s|KiB|MiB)\b", "COST", text)


def own_pages(run: Run) -> Iterator[str]:
    """What the hub says of one submission; the archive is the author's own."""
    own = (one for one in addresses(run) if str(run.submission_id) in one)
    yield from (one for one in own if not one.startswith("/files/") and "/algorithm" not in one)


@pytest.mark.slow
def test_an_evaluation_that_fails_reads_alike_whatever_the_answer_was(
    analysis: Analysis,
    participant: Account,
    outsider: Account,
    organiser: Account,
    work: DoWork,
    as_: As,
    settings: Settings,
) -> None:
    settings.QUOTA_PER_DAY = settings.QUOTA_RUNNING = 1 + len(WAYS)
    # The board knows its column before any answer fails.
    answer(analysis, outsider, len(WAYS))
    work()
    runs = [answer(analysis, participant, number) for number in range(len(WAYS))]
    work()
    reader, author = as_(organiser), as_(participant)
    assert len({alike(read_all(author, own_pages(run))) for run in runs}) == 1
    everything = read_all(author, (one for run in runs for one in addresses(run)))
    for run, told in zip(runs, WAYS.values(), strict=True):
        run.refresh_from_db()
        assert (run.status, run.counted) == ("failed", True), run.reason
        assert run.reason == "The evaluation failed on your answer."
        # No worker ended over it, which would have been the hub's fault, and free.
        assert run.shards.get().deaths == 0
        # The control: the organiser learns how it failed, so there is something to be told.
        assert told in reader.get(f"/submissions/{run.submission_id}").content.decode(), told
        assert told not in everything


def test_failed_evaluations_use_up_a_quota(
    analysis: Analysis, participant: Account, work: DoWork, settings: Settings
) -> None:
    settings.QUOTA_PER_DAY = 2
    for number in range(2):
        answer(analysis, participant, number)
        work()
    with pytest.raises(QuotaReached, match="At most 2 submissions"):
        answer(analysis, participant, 2)


def test_an_evaluation_that_fails_without_an_answer_costs_its_author_nothing(
    publish: Publish, participant: Account, work: DoWork
) -> None:
    run = answer(publish("def evaluate(*_, **__): raise ValueError('early')\n"), participant, 1)
    work()
    run.refresh_from_db()
    assert (run.reason, run.counted) == (
        "The evaluation failed before it asked for an answer.",
        False,
    )


SHOWN = """
def evaluate(data, annotation, predict, **_):
    predict(1)
    return {
        "result": [{"all": {"accuracy": 1.81234567, "count": 2**63 + 76543210}}],
        "submission_result": {"hint": [1.71234567, 2**64 + 12345678]},
        "submission_metadata": 1.61234567,
        "execution_time": 5.1234567,
    }
"""
# What evaluate returned, and how many digits of it the author, everybody and the organiser see.
DIGITS = {
    1.81234567: (4, 4, 9),
    1.71234567: (4, 0, 0),
    1.61234567: (0, 0, 0),
    5.1234567: (0, 0, 8),
}
LARGE = ("9223372036931319018", "18446744073721897294")


def test_what_an_evaluation_returns_obeys_the_policy(
    publish: Publish, participant: Account, organiser: Account, work: DoWork, as_: As
) -> None:
    run = answer(publish(SHOWN), participant, 1)
    work()
    run.refresh_from_db()
    assert run.status == "finished", run.reason
    readers = (participant, None, organiser)
    texts = [read_all(as_(account), addresses(run)) for account in readers]
    seen = {value: tuple(precision(numbers_in(text), value) for text in texts) for value in DIGITS}
    assert seen == DIGITS
    # A whole number that a database cannot hold is rounded as any other.
    assert [one for one in LARGE for text in texts[:2] if one[:8] in text] == []
