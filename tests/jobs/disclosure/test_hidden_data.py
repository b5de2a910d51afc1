"""What a real run lets out of data and truth, with an algorithm that says all it reads."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.jobs.disclosure.outlets import addresses, numbers_in, precision, read_all
from tiny.packing import TINY, zipped
from valhub.analyses.models import Analysis
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.jobs.models import Run
from valhub.jobs.services.new_submissions import submit_algorithm
from valhub.jobs.services.preparations import request_preparation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PARTS = ("public", *("hidden",) * 6, "final")
FILES = dict(enumerate(PARTS))
# What it reads reaches a message, a print, the name of a class, a line number, an exit status and
# an answer. The answer is 0 for all others, so that their error is their truth.
LEAKING = """
import sys

def estimate_azimuth(series):
    first = float(series.iloc[0])
    print("printed", first)
    kind = int(first) % 10
    if kind in (0, 2):
        raise ValueError(f"read {first}")
    if kind == 3:
        raise type(f"Read_{str(first).replace('.', '_')}", (Exception,), {})(first)
    if kind == 4:
        return f"answer {first}"
    if kind == 5:
        sys.exit(f"exit {first}")
    return 0.0
"""


def given(number):
    """The first value of a file: its place is the last digit before the point."""
    return 640 + number + 0.13579


def truth(number):
    return 131.57931 + 10.1 * number


def package(**disclosure):
    rows = [f"{n},roof-{n}.csv,Etc/GMT+7,{n > 0},{part}" for n, part in FILES.items()]
    systems = [f"{n},roof {n},39.7,-105.2,{truth(n)!r}" for n in FILES]
    texts = {
        "data/file_metadata.csv": "\n".join(
            ["system_id,file_name,timezone,include_on_leaderboard,part", *rows]
        ),
        "data/system_metadata.csv": "\n".join(
            ["system_id,name,latitude,longitude,azimuth", *systems]
        ),
    }
    for number in FILES:
        texts[f"data/files/roof-{number}.csv"] = (
            f"measured_on,ac_power\n2024-01-01 00:00:00,{given(number)!r}\n"
            "2024-01-01 12:00:00,5.5\n"
        )
    # The largest error of two files would be the truth of one of them.
    config = (TINY / "task" / "config.json").read_text().replace("max", "median")
    texts["config.json"] = config.replace("{", f'{{"disclosure": {disclosure},', 1).replace(
        "'", '"'
    )
    return zipped(TINY / "task", **texts)


@pytest.fixture
def evaluated(organiser, participant, real_engine, tiny_algorithm, work):
    """Evaluate the leaking algorithm under a policy; gives its run."""

    def evaluate(**disclosure):
        version = store_analysis(
            creator=organiser,
            fields=AnalysisFields(analysis_name="Tiny"),
            upload=SimpleUploadedFile("tiny.zip", package(**disclosure)),
        )
        request_preparation(version)
        submission = submit_algorithm(
            analysis=Analysis.objects.get(pk=version.analysis_id),
            account=participant,
            upload=SimpleUploadedFile("algorithm.zip", tiny_algorithm(LEAKING)),
        )
        work()
        return Run.objects.select_related("version").get(submission=submission)

    return evaluate


def seen(text):
    """Which files' data and truths stand in a text, were it with four digits."""
    numbers = numbers_in(text.replace("_", "."))
    return (
        [n for n in FILES if precision(numbers, given(n))],
        [n for n in FILES if precision(numbers, truth(n))],
    )


def test_an_author_reads_data_of_public_files_and_no_truth(
    evaluated, as_, participant, outsider, caplog
):
    with caplog.at_level("DEBUG", logger="valhub"):
        run = evaluated()
    text = read_all(as_(participant), addresses(run))
    assert seen(text) == ([0], [])
    for account in (outsider, None):
        assert seen(read_all(as_(account), addresses(run))) == ([], [])
    lines = [one.getMessage() for one in caplog.records]
    assert [line for line in lines if seen(line) != ([], [])] == []
    # The sentence on how the run ended quotes what was raised on the public file.
    assert seen(str(list(run.submission.events.values_list("data")))) == ([0], [])


def test_a_policy_that_shows_files_shows_errors_and_still_no_data(evaluated, as_, participant):
    run = evaluated(scores="files")
    # The others have no score.
    assert seen(read_all(as_(participant), addresses(run))) == ([0], [1, 6])
