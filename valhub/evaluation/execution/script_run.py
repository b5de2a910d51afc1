"""A script package's run: the evaluator with the truth, the algorithm without, a call across.

Two sandboxes: what the organiser's `evaluate` asks of `predict_func` is carried, as data, from one
to the other by the host, which belongs to neither.
"""

import logging
from dataclasses import dataclass
from typing import Any

from valhub.evaluation.closed_sentences import ALGORITHM, EVALUATE, Closed
from valhub.evaluation.execution.conversation import Conversation
from valhub.evaluation.execution.guest_process import gibberish
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.outcome import CallFailed, Cost, Failure, ShownFailure, Unsendable
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


class _Algorithm:
    """The algorithm's side: one child for all calls of an evaluation, a new one after a failure."""

    def __init__(self, host: Host, timeout_s: float, *, reveal: bool) -> None:
        self._host = host
        self._reveal = reveal
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
        """
        self.calls += 1
        try:
            if self._talk is None:
                self._opened = self._host.conversation(self._timeout_s, reveal=self._reveal)
                self._talk = self._opened.__enter__()
                self.ran = True
            reply = self._talk.ask({"kind": "predict", "value": value})
            return {"kind": "answer", "value": self._talk.value(reply)}
        except CallFailed as error:
            self.failure = error.failure
            self._end()
            if error.failure.blameless:
                # An evaluator could survive this and score an algorithm that was not asked.
                raise
            return self._failed(error.failure)
        except Unsendable:
            # The evaluator has sent what nobody can write.
            raise CallFailed(gibberish(EVALUATE)) from None

    def refuse(self) -> dict[str, Any]:
        """Message to an evaluator whose environment cannot read the last answer."""
        self.failure = Failure(Verdict.INVALID_OUTPUT, Closed.PLAIN_VALUES.said())
        return self._failed(self.failure)

    def _failed(self, failure: Failure) -> dict[str, Any]:
        # The evaluator may print or return it.
        return {"kind": "failed", "message": failure.shown(reveal=self._reveal).message}

    def _end(self) -> None:
        if self._talk is not None:
            self._opened.__exit__(None, None, None)
            self._talk = None

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
    report = ""
    request = {"kind": "evaluate", "test_data": test_data, "annotation": annotation}
    with _Algorithm(algorithm, timeout_s, reveal=reveal) as asked:
        try:
            with evaluator.conversation(total_s, reveal=reveal) as talk:
                reply = talk.ask(request)
                while reply.get("kind") in ("predict", "unreadable"):
                    predicted = reply["kind"] == "predict"
                    answer = asked.predict(reply.get("value")) if predicted else asked.refuse()
                    reply = talk.ask(answer)
                returned, failure = talk.value(reply), None
        except CallFailed as error:
            returned, failure = None, _decisive(error.failure, asked.failure)
            if failure is None:
                report = _in_full(error.failure)
                failure = evaluation_failure(report, answered=asked.calls > 0)
        except Unsendable:
            returned, failure = None, gibberish(ALGORITHM)
    shown = failure.shown(reveal=reveal) if failure else None
    logs = algorithm.take_logs() if reveal else ""
    return ScriptOutcome(returned, shown, algorithm.cost, logs, asked.calls, asked.ran, report)


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
