"""A run that is over, cancelled or past its deadline, ends soon, wherever it is."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.results import Verdict

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]

HANGS = {
    "the call": "import time\ndef f(data): time.sleep(3600)",
    "the import": "import time\ntime.sleep(3600)",
    "a stubborn call": (
        "import signal, time\ndef f(data):\n"
        "    for number in range(1, 32):\n"
        "        if number not in (9, 19): signal.signal(number, signal.SIG_IGN)\n"
        "    while True: pass"
    ),
}


@pytest.mark.parametrize("where", HANGS)
def test_cancelling_ends_a_call_wherever_it_is(
    make_host: MakeHost, ask: Ask, quick: CallLimits, where: str
) -> None:
    cancel = threading.Event()
    # Nothing else ends it before the test's own time is up.
    host = make_host(HANGS[where], replace(quick, timeout_s=3600, import_s=3600), cancel=cancel)
    threading.Timer(0.5, cancel.set).start()
    started = time.monotonic()
    outcome = ask(host)
    assert (outcome.failure.verdict, outcome.never_ran) == (Verdict.CANCELLED, False)
    assert outcome.failure.message == "The run was cancelled."
    assert time.monotonic() - started >= 0.5


def test_calls_after_cancelling_cost_no_sandbox(
    make_host: MakeHost, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bubblewrap, "start", None)  # to call it is an error
    cancel = threading.Event()
    cancel.set()
    host = make_host("def f(data): return data", cancel=cancel)
    verdicts = {ask(host).failure.verdict for _ in range(200)}
    assert verdicts == {Verdict.CANCELLED}


def test_the_deadline_of_the_run_ends_a_call(
    make_host: MakeHost, ask: Ask, quick: CallLimits
) -> None:
    limits = replace(quick, timeout_s=60, total_s=0.8)
    host = make_host(HANGS["the call"], limits, deadline=time.monotonic() + 0.8)
    outcome = ask(host)
    assert outcome.failure.verdict is Verdict.TIMEOUT
    assert outcome.failure.message == "The whole run took longer than the limit of 0.8 s."
    assert ask(host).failure == outcome.failure


def test_limits_are_told_in_words_of_people(
    make_host: MakeHost, ask: Ask, quick: CallLimits
) -> None:
    limits = replace(quick, total_s=3 * 3600)
    outcome = ask(make_host("def f(data): return 1", limits, deadline=0.0))
    assert outcome.failure.message == "The whole run took longer than the limit of 3.0 h."
