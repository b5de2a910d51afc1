"""What a soak takes for a fault: each way in which a hub could go wrong, and nothing else."""

import io
import json
import logging
import math
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import Mock, patch
from urllib.request import Request

import pytest

from campaign.accounts import faults_of
from campaign.acts import INDISPENSABLE, Task, never_hit
from campaign.frozen_calls import Call, Freeze, Record, measured_calls
from campaign.judgements import Judgement, Undisturbed, differences, wrong_costs
from campaign.kinds import KINDS, LEAST, Costs
from campaign.tree import NESTED, ROLES, Member, members
from campaign.uploads import CUT, DOUBLED, PLAIN, CuttingHub, Upload
from valhub.client.hub import Hub, HubUnreachable
from valhub.evaluation.execution.guard import Guard
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.sandbox.interface import Usage

HOST, SANDBOX = 100, 200
COSTS = Costs(wall_s=0.5, cpu_s=0.12, memory_bytes=60 * 1024**2)
UNDISTURBED = Judgement(
    {"status": "finished", "a.csv: verdict": "scored"}, {"a.csv": COSTS}, {"a.csv": Task(1, 1)}
)
EVENTS = ["submitted", "queued", "started", "file", "finished"]


@pytest.mark.parametrize(
    "facts",
    [
        {**UNDISTURBED.facts, "a.csv: verdict": "error"},
        {**UNDISTURBED.facts, "reason": "The sandbox ended."},
        {"status": "finished"},
    ],
    ids=["other verdict", "another fact", "a fact less"],
)
def test_what_is_not_as_undisturbed_is_a_difference(facts):
    assert len(differences(replace(UNDISTURBED, facts=facts), UNDISTURBED)) == 1
    assert differences(replace(UNDISTURBED, costs={}), UNDISTURBED) == []


def wrong(frozen=(), **changed):
    """What is wrong with costs that are measured in one call, which began at 1000."""
    taken = replace(COSTS, **changed)
    wall_s = 0.5 if taken.wall_s is None else taken.wall_s
    calls = [Call(HOST, SANDBOX, 1000.0, 1000.0 + wall_s, wall_s, taken.cpu_s)]
    seen = Judgement(UNDISTURBED.facts, {"a.csv": taken}, {"a.csv": Task(2, 1)})
    judged = [("sound", UNDISTURBED), ("sound", seen)]
    undisturbed = Undisturbed.of(judged, {Task(2, 1)})
    return [*wrong_costs("sound", seen, undisturbed, Record(calls, frozen))]


def freeze(role="child", began=1000.2, ended=1002.8, **changed):
    worker = {"pid": HOST} if role == "worker" else {"pid": 7, "under": HOST, "sandbox": SANDBOX}
    return [Freeze([Member(role=role, **{**worker, **changed})], began, ended)]


@pytest.mark.parametrize(
    "changed",
    [
        {"wall_s": LEAST.wall_s / 2},
        {"cpu_s": 0.0},
        {"cpu_s": 1.0},
        {"memory_bytes": 1024},
        {"memory_bytes": 1024**3},
        *({"wall_s": 3.1, "frozen": freeze(role)} for role in ("worker", "guest", "child")),
        {"wall_s": 3.1, "frozen": freeze("inner bwrap")},
        # The call began while its child, forked before, stood still.
        {"wall_s": 3.1, "frozen": freeze(began=999.0)},
    ],
    ids=[
        *("half of the run time", "no processor time", "that of two tries"),
        *("little memory", "much memory", "the worker stood still", "the guest did", "the child"),
        *("the first process", "from before the call"),
    ],
)
def test_a_cost_that_is_not_what_it_took_is_wrong(changed):
    assert len(wrong(**changed)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"wall_s": None},
        {"cpu_s": None},
        {"wall_s": 3600.0},
        {"wall_s": None, "frozen": freeze()},
        {"wall_s": 3.1, "frozen": freeze("outer bwrap")},
        {"wall_s": 3.1, "frozen": freeze("worker", pid=101)},
        {"wall_s": 3.1, "frozen": freeze(sandbox=201)},
        {"wall_s": 3.1, "frozen": freeze(began=996.0, ended=1000.0)},
        {"wall_s": 3.1, "frozen": freeze(began=1003.2, ended=1006.0)},
    ],
    ids=[
        *("the same", "run time not measured", "processor time not measured", "a busy machine"),
        *("a freeze that is not measured", "who only waits stood still", "another worker did"),
        *("another sandbox did", "before the call", "after the answer"),
    ],
)
def test_a_busy_machine_and_a_freeze_elsewhere_make_no_cost_wrong(changed):
    assert wrong(**changed) == []


@pytest.mark.parametrize(
    ("wall_s", "cpu_s"), [(1.0, 0.24), (1.0, 0.12), (0.5, 0.24), (None, 0.24), (None, 0.12)]
)
def test_a_cost_is_that_of_one_call(wall_s, cpu_s):
    calls = [Call(HOST, SANDBOX, at, at + 0.5, 0.5, 0.12) for at in (1000.0, 1001.0)]
    is_of_one = (wall_s, cpu_s) == (None, 0.12)
    assert bool([*Record(calls, []).faults(Costs(wall_s, cpu_s, 1))]) is not is_of_one


def test_what_was_hit_may_cost_what_others_do_at_the_same_time():
    busy = Judgement({}, {"a.csv": replace(COSTS, cpu_s=0.6)}, {"a.csv": Task(3, 1)})
    judged = [("sound", UNDISTURBED), ("partly failing", busy)]
    assert Undisturbed.of(judged, set()).cpu_s == 0.6
    assert Undisturbed.of(judged, {Task(3, 1)}).cpu_s == 0.12


def test_calls_are_read_from_the_log_that_guards_write(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    limits = {"deadline": math.inf, "cancel": threading.Event(), "tmp_inodes": 1}
    process = Mock(pid=SANDBOX)
    process.usage.side_effect = [Usage(cpu_s, 1, 1, 1, 0, 0) for cpu_s in (0.25, 0.5)]
    cost = Guard(process, CallLimits(), time_limit_s=1.0, **limits).cost()
    log = tmp_path / "data.log"
    written = json.dumps({"event": caplog.messages[-1], "level": "debug"})
    log.write_text(f"The hub listens.\n{written}\n[1]\n")
    [call] = measured_calls([log])
    assert (call.host, call.sandbox) == (os.getpid(), SANDBOX)
    assert (call.wall_s, call.cpu_s) == (cost.wall_s, cost.cpu_s) == (call.ended - call.began, 0.25)


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
    everybody = dict.fromkeys([*(f"kill {role}" for role in ROLES), *INDISPENSABLE], 1)
    assert never_hit(everybody) == []
    assert never_hit({**everybody, "kill guest": 0, "freeze guest": 2}) == []
    assert never_hit({**everybody, "kill builder": 0}) == ["builder"]
    assert never_hit({**everybody, "restart hub": 0}) == ["restart hub"]
    assert never_hit({**everybody, "freeze child": 0}) == ["freeze child"]


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
        found = members({1})
    parts = {(one.pid, one.role) for one in found}
    installer = {(pid, "installer") for pid in (4, 5, 6)}
    algorithm = {*zip((7, 9, 10, 11), NESTED, strict=True)}
    others = {(1, "supervisor"), (2, "worker"), (3, "builder"), (8, "reader")}
    assert parts == installer | algorithm | others
    assert {one.sandbox for one in found if one.role in NESTED} == {9}


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
