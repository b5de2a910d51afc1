"""A script package's run: the evaluator with the truth, the algorithm without, a call across.

Two sandboxes: what the organiser's `evaluate` asks of `predict_func` is carried, as data, from one
to the other by the host, which belongs to neither.
"""

import logging
from dataclasses import dataclass
from itertools import count
from typing import Any

from valhub.evaluation.closed_sentences import ALGORITHM, EVALUATE, Closed
from valhub.evaluation.execution.conversation import Conversation
from valhub.evaluation.execution.guest_process import gibberish
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.outcome import CallFailed, Cost, Failure, ShownFailure, Unsendable
from valhub.evaluation.execution.repeats import Repeats
from valhub.evaluation.results import Verdict

log = logging.getLogger(__name__)
# On an organiser's own machine, where nothing keeps a log, the result says it in full.
log.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class ScriptOutcome:
    """What `evaluate` returned, or why it did not, with what the algorithm's calls cost.

    `calls` is how often it asked the algorithm, and `ran` whether this could be imported then.
    `report` says in full why `evaluate` itself failed, which its organiser alone may read.
    """

    returned: Any
    failure: ShownFailure | None
    cost: Cost
    logs: str
    calls: int
    ran: bool
    report: str = ""


class _Repeat(Exception):
    """Something outside may be why a call failed: the evaluation is to be repeated as a whole."""


class _Algorithm:
    """The algorithm's side: one child for all calls of an evaluation, a new one after a failure."""

    def __init__(self, host: Host, timeout_s: float, repeats: Repeats, *, reveal: bool) -> None:
        self._host = host
        self._repeats = repeats
        self.reveal = reveal
        self._timeout_s = timeout_s
        self._opened: Any = None
        self._talk: Conversation | None = None
        self.failure: Failure | None = None
        self.calls = 0
        self.ran = False

    def predict(self, value: object) -> dict[str, Any]:
        """Reply to the evaluator: an answer, or a message that there is none.

        Raises
        ------
        CallFailed
            When the evaluation cannot continue, through no fault of the algorithm's.
        _Repeat
            Before the evaluator learns of a failure that nobody may be to blame for.
        """
        self.calls += 1
        try:
            if self._talk is None:
                self._opened = self._host.conversation(self._timeout_s, reveal=self.reveal)
                self._talk = self._opened.__enter__()
                self.ran = True
            reply = self._talk.ask({"kind": "predict", "value": value})
            return {"kind": "answer", "value": self._talk.value(reply)}
        except CallFailed as error:
            self.failure = error.failure
            self._end()
            self.require_certain(error.failure)
            if error.failure.blameless:
                # An evaluator could survive this and score an algorithm that was not asked.
                raise
            return self._failed(error.failure)
        except Unsendable:
            # The evaluator has sent what nobody can write.
            raise CallFailed(gibberish(EVALUATE)) from None

    def require_certain(self, failure: Failure) -> None:
        """Raise `_Repeat` for a failure that something outside may have caused, a few times."""
        if self._repeats.allow(failure.doubt):
            raise _Repeat(failure.closed)

    def refuse(self) -> dict[str, Any]:
        """Message to an evaluator whose environment cannot read the last answer."""
        self.failure = Failure(Verdict.INVALID_OUTPUT, Closed.PLAIN_VALUES.said())
        return self._failed(self.failure)

    def _failed(self, failure: Failure) -> dict[str, Any]:
        # The evaluator may print or return it.
        return {"kind": "failed", "message": failure.shown(reveal=self.reveal).message}

    def _end(self) -> None:
        if self._talk is not None:
            self._talk = None
            self._opened.__exit__(None, None, None)

    def __enter__(self) -> "_Algorithm":
        return self

    def __exit__(self, *exc: object) -> None:
        self._end()


def run_script(
    evaluator: Host,
    algorithm: Host,
    *,
    test_data: str,
    annotation: str,
    timeout_s: float,
    total_s: float,
    reveal: bool,
) -> ScriptOutcome:
    """Let an evaluator judge an algorithm.

    Parameters
    ----------
    evaluator, algorithm : Host
        Not started; each with a sandbox of its own.
    test_data, annotation : str
        Paths of the two files in the evaluator's sandbox.
    timeout_s : float
        Run time of each `predict`.
    total_s : float
        Run time of the evaluation.
    reveal : bool
        Whether exceptions and prints may be read in full.

    Returns
    -------
    ScriptOutcome
        With the algorithm's failure when it had one that the evaluator did not survive, else the
        organiser's when `evaluate` itself failed: its participant reads a sentence that is always
        the same.
    """
    request = {"kind": "evaluate", "test_data": test_data, "annotation": annotation}
    repeats = Repeats()
    ran = False
    for tries in count(1):
        asked = _Algorithm(algorithm, timeout_s, repeats, reveal=reveal)
        try:
            returned, failure, report = _run(evaluator, asked, request, total_s)
            break
        except _Repeat as why:
            log.warning("evaluation_repeated try=%d why=%r", tries, str(why))
            ran |= asked.ran
            evaluator.renew()
            algorithm.renew()
    shown = failure.shown(reveal=reveal) if failure else None
    logs = algorithm.take_logs() if reveal else ""
    ran |= asked.ran
    return ScriptOutcome(returned, shown, algorithm.cost, logs, asked.calls, ran, report)


def _run(
    evaluator: Host, asked: _Algorithm, request: dict[str, Any], total_s: float
) -> tuple[Any, Failure | None, str]:
    """Evaluate once; return what came of it, or why nothing did, and that in full."""
    try:
        with asked, evaluator.conversation(total_s, reveal=asked.reveal) as talk:
            reply = talk.ask(request)
            while reply.get("kind") in ("predict", "unreadable"):
                predicted = reply["kind"] == "predict"
                answer = asked.predict(reply.get("value")) if predicted else asked.refuse()
                reply = talk.ask(answer)
            return talk.value(reply), None, ""
    except CallFailed as error:
        asked.require_certain(error.failure)
        failure = _decisive(error.failure, asked.failure)
        if failure is not None:
            return None, failure, ""
        report = _in_full(error.failure)
        return None, evaluation_failure(report, answered=asked.calls > 0), report
    except Unsendable:
        return None, gibberish(ALGORITHM), ""


def _decisive(failure: Failure, algorithms: Failure | None) -> Failure | None:
    """Why an evaluation failed: nobody's fault, the algorithm's, or None for its own."""
    return failure if failure.blameless else algorithms


def evaluation_failure(report: str, *, answered: bool) -> Failure:
    """Make a failure of an organiser's evaluation, which has seen the truth and the answer.

    Of two answers one may make it fail and the other not, or both in different ways, and the
    algorithm's author chooses the answers. So its kind and its words are the organiser's alone.

    Parameters
    ----------
    report : str
        What happened, in full.
    answered : bool
        Whether the evaluation had asked for an answer by then.
    """
    closed = Closed.EVALUATION_FAILED if answered else Closed.EVALUATION_FAILED_ALONE
    message, _, traceback = report.partition("\n")
    log.warning("evaluate_failed message=%r traceback=%r", message, traceback)
    return Failure(Verdict.ORGANISER_ERROR, closed.said(), message, traceback=traceback)


def _in_full(failure: Failure) -> str:
    shown = failure.shown(reveal=True)
    return f"{shown.message}\n{shown.traceback}".strip()
