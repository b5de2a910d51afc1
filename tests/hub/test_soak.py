"""What a soak takes for a fault: each way in which a hub could go wrong, and nothing else."""

from dataclasses import replace

import pytest

from campaign.accounts import faults_of
from campaign.judgements import LATE_S, Judgement, differences
from campaign.kinds import KINDS, LEAST, Costs
from campaign.uploads import CUT, DOUBLED, PLAIN, Upload

COSTS = Costs(wall_s=0.5, cpu_s=0.12, memory_bytes=60 * 1024**2)
UNDISTURBED = Judgement({"status": "finished", "a.csv: verdict": "scored"}, {"a.csv": COSTS})
EVENTS = ["submitted", "queued", "started", "file", "finished"]


def with_costs(**changed: float | None) -> Judgement:
    return replace(UNDISTURBED, costs={"a.csv": replace(COSTS, **changed)})


@pytest.mark.parametrize(
    "judgement",
    [
        replace(UNDISTURBED, facts={**UNDISTURBED.facts, "a.csv: verdict": "error"}),
        replace(UNDISTURBED, facts={**UNDISTURBED.facts, "reason": "The sandbox ended."}),
        replace(UNDISTURBED, facts={"status": "finished"}),
        with_costs(wall_s=COSTS.wall_s + 2 * LATE_S),
        with_costs(wall_s=LEAST.wall_s / 2),
        with_costs(cpu_s=0.0),
        with_costs(cpu_s=1.0),
        with_costs(memory_bytes=1024),
        with_costs(memory_bytes=1024**3),
    ],
    ids=[
        *("other verdict", "another fact", "a fact less"),
        *("run time with a freeze", "half of the run time"),
        *("no processor time", "that of two tries", "little memory", "much memory"),
    ],
)
def test_what_is_not_as_undisturbed_is_a_difference(judgement):
    assert len(differences(judgement, [UNDISTURBED])) == 1


@pytest.mark.parametrize(
    "judgement",
    [
        UNDISTURBED,
        with_costs(wall_s=None),
        with_costs(cpu_s=None),
        with_costs(wall_s=COSTS.wall_s + LATE_S / 2),
    ],
    ids=["the same", "run time not measured", "processor time not measured", "a busy machine"],
)
def test_what_is_promised_is_no_difference(judgement):
    assert differences(judgement, [UNDISTURBED]) == []


class Rows:
    """The rows of a hub to which one archive was sent."""

    def __init__(self, *submissions, results=4, events=EVENTS):
        self.submissions, self.results, self.events = submissions, results, events

    def __call__(self, sql):
        finished = [pk for pk, status, _ in self.submissions if status == "finished"]
        if "jobs_event" in sql:
            return [(pk, i, kind) for pk in finished for i, kind in enumerate(self.events, 1)]
        if sql.startswith("SELECT display_name, jobs_run.id"):
            return [("me/0", pk, self.results) for pk in finished]
        if sql.startswith("SELECT jobs_submission.id, count"):
            return [(pk, 1) for pk in finished]
        return [("me/0", *submission) for submission in self.submissions]


ONE, OTHER = ("a-1", "finished", ""), ("a-2", "finished", "")
CUT_OFF = ("a-1", "failed", "Its upload was interrupted.")


def upload(manner=PLAIN, answered=(), unanswered=0):
    return Upload("me/0", "sound", manner, list(answered), unanswered)


@pytest.mark.parametrize(
    ("sent", "rows"),
    [
        (upload(answered=["a-1"]), Rows()),
        (upload(answered=["a-1"]), Rows(ONE, OTHER)),
        (upload(answered=["a-1"]), Rows(CUT_OFF)),
        (upload(answered=["a-1"]), Rows(("a-1", "running", ""))),
        (upload(answered=["a-1"]), Rows(ONE, results=3)),
        (upload(answered=["a-1"]), Rows(ONE, results=5)),
        (upload(answered=["a-1"]), Rows(ONE, events=[*EVENTS, "finished"])),
        (upload(answered=["a-1"]), Rows(ONE, events=EVENTS[1:])),
        (upload(CUT, unanswered=1), Rows(ONE)),
        (upload(DOUBLED, answered=["a-1", "a-2"]), Rows(ONE)),
    ],
    ids=[
        *("lost", "doubled", "given up", "not ended", "a result less", "a result more"),
        *("told twice", "not told", "stored although cut", "one of two lost"),
    ],
)
def test_what_is_lost_or_doubled_is_a_fault(sent, rows):
    assert len(faults_of([sent], rows)) == 1


@pytest.mark.parametrize(
    ("sent", "rows"),
    [
        (upload(answered=["a-1"]), Rows(ONE)),
        (upload(unanswered=1), Rows(ONE)),
        (upload(unanswered=1), Rows(CUT_OFF)),
        (upload(unanswered=1), Rows()),
        (upload(CUT, unanswered=1), Rows()),
        (upload(DOUBLED, answered=["a-1", "a-2"]), Rows(ONE, OTHER)),
        (upload(DOUBLED, answered=["a-1"], unanswered=1), Rows(ONE)),
    ],
)
def test_what_was_not_acknowledged_may_have_arrived_or_not(sent, rows):
    assert faults_of([sent], rows) == []


def test_every_kind_is_packed_the_same_again_and_otherwise_in_another_soak():
    for name, kind in KINDS.items():
        assert kind.archive(1, 2) == kind.archive(1, 2)
        assert (kind.archive(1, 2) != kind.archive(3, 2)) == (name == "own requirements")
