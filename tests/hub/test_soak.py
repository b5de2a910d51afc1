"""What a soak takes for a fault: each way in which a hub could go wrong, and nothing else."""

import io
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import patch
from urllib.request import Request

import pytest

from campaign.accounts import faults_of
from campaign.acts import never_hit
from campaign.judgements import LATE_S, Judgement, differences
from campaign.kinds import KINDS, LEAST, Costs
from campaign.tree import NESTED, ROLES, members
from campaign.uploads import CUT, DOUBLED, PLAIN, CuttingHub, Upload
from valhub.client.hub import Hub, HubUnreachable

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


WAITING = [
    *("submitted", "queued", "environment_waiting", "environment_building", "queued"),
    *("environment_ready", "started", "file", "finished"),
]


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
        (upload(answered=["a-1"]), Rows(ONE, events=["queued", *EVENTS])),
        (upload(answered=["a-1"]), Rows(ONE, events=["file", *WAITING])),
        (upload(answered=["a-1"]), Rows(ONE, events=[*WAITING, "environment_waiting"])),
        (upload(CUT, unanswered=1), Rows(ONE)),
        (upload(DOUBLED, answered=["a-1", "a-2"]), Rows(ONE)),
    ],
    ids=[
        *("lost", "doubled", "given up", "not ended", "a result less", "a result more"),
        *(
            "told twice",
            "not told",
            "queued twice",
            "a file twice",
            "never ready",
            "stored although cut",
            "one of two lost",
        ),
    ],
)
def test_what_is_lost_or_doubled_is_a_fault(sent, rows):
    assert len(faults_of([sent], rows)) == 1


@pytest.mark.parametrize(
    ("sent", "rows"),
    [
        (upload(answered=["a-1"]), Rows(ONE)),
        (upload(answered=["a-1"]), Rows(ONE, events=WAITING)),
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


def test_a_kind_of_process_that_was_never_hit_is_told():
    whole = ("freeze whole hub", "restart hub", "kill hub")
    everybody = dict.fromkeys([*(f"kill {role}" for role in ROLES), *whole], 1)
    assert never_hit(everybody) == []
    assert never_hit({**everybody, "kill guest": 0, "freeze guest": 2}) == []
    assert never_hit({**everybody, "kill builder": 0}) == ["builder"]
    assert never_hit({**everybody, "restart hub": 0}) == ["restart hub"]


def test_a_builder_and_what_it_runs_are_told_from_readers_and_algorithms():
    hub = {
        1: (0, "python -m valhub.client.cli up"),
        2: (1, "python -P -m valhub.server worker"),
        3: (2, "python -P -m valhub.server build --idle-exit=60.0"),
        4: (3, "bwrap --unshare-all"),
        5: (4, "bwrap --unshare-net"),
        6: (5, "uv pip compile"),
        7: (2, "bwrap --unshare-all"),
        8: (2, "python -m reader"),
        9: (7, "bwrap --unshare-net"),
        10: (9, "python guest"),
        11: (10, "python guest"),
    }
    with patch("campaign.tree.processes", return_value=hub):
        parts = {(one.pid, one.role) for one in members({1})}
    installer = {(pid, "installer") for pid in (4, 5, 6)}
    algorithm = {*zip((7, 9, 10, 11), NESTED, strict=True)}
    others = {(1, "supervisor"), (2, "worker"), (3, "builder"), (8, "reader")}
    assert parts == installer | algorithm | others


def test_a_cut_upload_names_its_length_and_sends_half_of_it():
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        hub = CuttingHub(Hub(f"http://127.0.0.1:{server.getsockname()[1]}"))
        request = Request(f"{hub.address}/", io.BytesIO(b"x" * 40_000), {}, method="POST")
        sending = pool.submit(hub._send, request)
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as sent:
            head, _, body = sent.read().partition(b"\r\n\r\n")
        assert isinstance(sending.exception(), HubUnreachable)
    assert b"content-length: 40000" in head.lower()
    assert body == b"x" * 20_000
