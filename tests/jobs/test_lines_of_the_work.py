"""The log follows the work by ids: accepted, taken, started, ended."""

import re

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_step_of_a_run_is_a_line(submit, work, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="valhub.jobs"):
        submission = submit()
        work()
    lines = [one.getMessage() for one in caplog.records]
    run = submission.runs.get()
    for words in (
        rf"submission_accepted submission={submission.pk} analysis=\d+ account=\S+",
        r"work_taken kind=preparation id=\d+ worker=\S+",
        r"work_taken kind=shard id=\d+ worker=\S+",
        rf"run_started run={run.pk} submission={submission.pk}",
        rf"run_ended run={run.pk} submission={submission.pk} status=finished verdict=scored",
    ):
        assert [line for line in lines if re.fullmatch(words, line)], (words, lines)
    ends = [line for line in lines if line.startswith("run_ended")]
    assert len(ends) == 1
