"""An evaluator and an algorithm, a sandbox each: what crosses, what does not, whose fault it is."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.script_run import ScriptOutcome
from valhub.evaluation.results import Verdict

Script = Callable[..., ScriptOutcome]

TRUTH = "t0p-s3cret-truth"
ASKS = """
    def evaluate(test_data, annotation, predict):
        return {"answer": predict([1, 2, 3])}
"""


def test_the_evaluator_reads_both_files_and_the_algorithm_answers(script: Script) -> None:
    evaluate = """
        def evaluate(test_data, annotation, predict):
            days = [int(line) for line in open(test_data)]
            return [predict(days), open(annotation).read()]
    """
    outcome = script(evaluate, "def predict(days): return [2 * day for day in days]", truth=TRUTH)
    assert (outcome.failure, outcome.returned) == (None, [[2, 4], TRUTH])


@pytest.mark.parametrize(
    ("evaluate", "predict", "ran"),
    [
        (ASKS, "def predict(days): return 1", True),
        (ASKS, "def predict(days): 1 / 0", True),
        (ASKS, "1 / 0\ndef predict(days): return 1", False),
        ("def evaluate(a, b, predict): return predict(1) / 0", "def predict(n): return 1", True),
        ("def evaluate(a, b, predict): return 1 / 0", "def predict(n): return 1", False),
    ],
)
def test_whether_the_algorithm_ran_is_known(
    script: Script, evaluate: str, predict: str, ran: bool
) -> None:
    assert script(evaluate, predict).ran is ran


def test_predict_is_called_as_often_as_the_evaluator_likes(script: Script) -> None:
    evaluate = """
        def evaluate(test_data, annotation, predict):
            return [predict(number) for number in range(300)]
    """
    outcome = script(evaluate, "def predict(n): return n * n")
    assert outcome.returned == [n * n for n in range(300)]


def test_the_algorithm_keeps_its_state_within_one_evaluation(script: Script) -> None:
    evaluate = "def evaluate(a, b, predict): return [predict(1), predict(2), predict(3)]"
    predict = "seen = []\ndef predict(n):\n    seen.append(n)\n    return seen"
    assert script(evaluate, predict).returned == [[1], [1, 2], [1, 2, 3]]


def test_the_algorithm_cannot_see_the_truth(script: Script, tmp_path: Path) -> None:
    predict = f"""
        import os

        def files(top):
            for folder, _, names in os.walk(top):
                paths = (os.path.join(folder, name) for name in names)
                yield from (path for path in paths if not os.path.islink(path))

        def predict(data):
            tops = ["/algorithm", "/analysis", "/tmp", "/dev/shm", "/home", "/etc", "/var"]
            truths = [path for top in tops for path in files(top)
                      if {TRUTH[:4]!r} + {TRUTH[4:]!r} in open(path, errors="replace").read()]
            return [truths, os.path.exists({str(tmp_path)!r}), os.path.exists("/analysis")]
    """
    assert script(ASKS, predict, truth=TRUTH).returned == {"answer": [[], False, False]}


def test_the_truth_can_be_seen_where_it_is_shown(script: Script) -> None:
    evaluate = "import os\ndef evaluate(a, b, predict): return [os.path.exists(a), open(b).read()]"
    outcome = script(evaluate, "def predict(n): pass", truth=TRUTH)
    assert outcome.returned == [True, TRUTH]


FAILING = [
    ("raise ValueError('clouds')", Verdict.ERROR, "The algorithm raised ValueError: clouds."),
    (
        "import time; time.sleep(60)",
        Verdict.TIMEOUT,
        "The algorithm took longer than the limit of 1 s.",
    ),
    (
        "x = bytearray(10**9)",
        Verdict.OUT_OF_MEMORY,
        "needed more memory than the limit of 192 MiB.",
    ),
    ("import os; os._exit(3)", Verdict.ERROR, "ended its process (exit status 3)"),
    ("return {1, 2}", Verdict.INVALID_OUTPUT, "returned a value of type builtins.set"),
    ("print('x' * 9_000_000)", Verdict.ERROR, "printed more than the limit of 2 MiB."),
]


@pytest.mark.parametrize(("body", "verdict", "message"), FAILING, ids=[f[0] for f in FAILING])
def test_a_predict_that_fails_is_the_algorithms_failure(
    script: Script, body: str, verdict: Verdict, message: str
) -> None:
    timeout_s = 1 if "sleep" in body else 30
    outcome = script(ASKS, f"def predict(data):\n    {body}", timeout_s=timeout_s)
    assert (outcome.returned, outcome.failure.verdict) == (None, verdict)
    assert message in outcome.failure.message


def test_an_algorithm_that_cannot_be_imported_is_the_algorithms_failure(script: Script) -> None:
    outcome = script(ASKS, "import nothing_like_it")
    assert outcome.failure.verdict is Verdict.ERROR
    assert "could not be imported: ModuleNotFoundError" in outcome.failure.message


@pytest.mark.parametrize(
    ("evaluate", "message"),
    [
        ("def evaluate(a, b, p): return 1 / 0", "evaluate raised ZeroDivisionError: division by"),
        ("def evaluate(a, b): return 1", "evaluate raised TypeError: "),
        ("def evaluate(a, b, p): return p(1) + 'x'", "evaluate raised TypeError: "),
        ("def evaluate(a, b, p): return p({1})", "evaluate raised Unencodable: a value of type"),
        ("def evaluate(a, b, p): return {1}", "evaluate returned a value of type builtins.set"),
        ("import nothing_like_it", "evaluate could not be imported: ModuleNotFoundError"),
        ("import os\ndef evaluate(a, b, p): os._exit(0)", "evaluate ended its process"),
        (
            "def evaluate(a, b, p): return bytearray(10**9)",
            "evaluate needed more memory than the limit of 192 MiB",
        ),
    ],
)
def test_an_evaluate_that_fails_is_the_organisers_failure(
    script: Script, evaluate: str, message: str
) -> None:
    outcome = script(evaluate, "def predict(data): return 1")
    assert outcome.failure.verdict is Verdict.ORGANISER_ERROR
    assert f"The analysis' {message}" in outcome.failure.message


def test_an_evaluator_may_survive_the_algorithms_failure(script: Script) -> None:
    evaluate = """
        def evaluate(a, b, predict):
            answers = []
            for number in (1, 0, 2):
                try:
                    answers.append(predict(number))
                except Exception as error:
                    answers.append(str(error))
            return answers
    """
    outcome = script(evaluate, "import os\ndef predict(n): return n or os._exit(1)")
    failed = "The algorithm ended its process (exit status 1) instead of answering."
    assert (outcome.failure, outcome.returned) == (None, [1, failed, 2])


@pytest.mark.slow
def test_each_predict_has_the_whole_time(script: Script, host_sandbox: Bubblewrap) -> None:
    evaluate = "def evaluate(a, b, predict): return [predict(1) for _ in range(3)]"
    predict = """
        import time
        def predict(n):
            end = time.process_time() + 0.1
            while time.process_time() < end:
                pass
            time.sleep(1.1)
            return n
    """
    outcome = script(evaluate, predict, timeout_s=3)
    assert outcome.returned == [1, 1, 1]
    assert outcome.cost.cpu_s > 0.28 if host_sandbox.accounts else outcome.cost.cpu_s is None
    assert outcome.cost.wall_s > 3


@pytest.mark.slow
def test_the_evaluators_own_time_is_not_the_algorithms(script: Script) -> None:
    evaluate = """
        import time
        def evaluate(a, b, predict):
            predict(1)
            time.sleep(3)
            return predict(2)
    """
    outcome = script(evaluate, "def predict(n): return n", timeout_s=2.5)
    assert outcome.returned == 2
    assert outcome.cost.wall_s < 3


@pytest.mark.parametrize(
    ("evaluate", "predict"),
    [
        (ASKS, "import time\ndef predict(n): time.sleep(3600)"),
        ("import time\ndef evaluate(a, b, p): time.sleep(3600)", "def predict(n): pass"),
    ],
)
def test_cancelling_ends_a_script_on_either_side(
    script: Script, evaluate: str, predict: str
) -> None:
    cancel = threading.Event()
    threading.Timer(0.4, cancel.set).start()
    # Nothing else ends it before the test's own time is up.
    outcome = script(evaluate, predict, timeout_s=3600, total_s=3600, cancel=cancel)
    assert outcome.failure.verdict is Verdict.CANCELLED


def test_what_the_algorithm_prints_is_kept_for_its_author(script: Script) -> None:
    predict = "def predict(n):\n    print('predicting', n)\n    return n"
    assert script(ASKS, predict).logs == "predicting [1, 2, 3]\n"


def test_nothing_said_on_hidden_data_is_shown(script: Script) -> None:
    evaluate = "def evaluate(a, b, predict): return predict(open(b).read())"
    predict = "def predict(text):\n    print(text)\n    raise ValueError(text)"
    assert TRUTH in str(script(evaluate, predict, truth=TRUTH))
    outcome = script(evaluate, predict, truth=TRUTH, reveal=False)
    assert TRUTH not in str(outcome)
    assert outcome.failure.message == "The algorithm raised ValueError."


def test_an_evaluator_that_talks_nonsense_is_the_organisers_failure(script: Script) -> None:
    evaluate = """
        import os
        def evaluate(a, b, predict):
            for fd in range(3, 20):
                try:
                    os.write(fd, b"nonsense" * 100)
                except OSError:
                    pass
            return 1
    """
    outcome = script(evaluate, "def predict(n): return n")
    assert outcome.failure.verdict is Verdict.ORGANISER_ERROR


def test_an_answer_that_can_be_read_but_not_passed_on_is_the_algorithms(script: Script) -> None:
    """One frame may be nested deeper than a value that is written; its message adds levels."""
    predict = """
        import sys

        values = sys.modules["valhub_guest.values"]

        def predict(data):
            values.MAX_DEPTH = 1000
            value = 1
            for _ in range(66):
                value = [value]
            return value
    """
    outcome = script("def evaluate(a, b, predict): return len(predict(1))", predict)
    assert outcome.failure.verdict is Verdict.INVALID_OUTPUT
    assert outcome.failure.message == (
        "The algorithm's process sent something that is not an answer."
    )


ON_ANSWER = "The evaluation failed on your answer."


@pytest.mark.parametrize(
    ("evaluate", "said"),
    [
        ("raise ValueError(open(b).read())", Closed.EVALUATION_FAILED_ALONE),
        ("p(1)\n    raise ValueError(open(b).read())", ON_ANSWER),
        ("p(1)\n    raise KeyError(open(b).read())", ON_ANSWER),
        ("p(1)\n    import os; os._exit(len(open(b).read()))", ON_ANSWER),
        ("p(1)\n    return 10**400, open(b).read()", ON_ANSWER),
    ],
)
def test_a_hidden_evaluate_says_nothing_of_why_it_failed(
    script: Script, caplog: pytest.LogCaptureFixture, evaluate: str, said: str
) -> None:
    evaluate = f"def evaluate(a, b, p):\n    {evaluate}"
    outcome = script(evaluate, "def predict(n): return n", truth=TRUTH, reveal=False)
    assert outcome.failure.verdict is Verdict.ORGANISER_ERROR
    assert outcome.failure.message == said
    # Its code is the organiser's, and what it says of the truth is for them and the host's log.
    assert outcome.failure.traceback == ""
    if "Error" in evaluate:
        assert TRUTH in outcome.report
        assert TRUTH in caplog.text


@pytest.mark.parametrize("reveal", [True, False])
def test_an_import_that_fails_says_everything_as_it_has_seen_no_data(
    script: Script, reveal: bool
) -> None:
    evaluate = "def evaluate(a, b, p): return p(1)"
    outcome = script(evaluate, "raise ValueError('my own words')", reveal=reveal)
    assert (
        outcome.failure.message == "The algorithm could not be imported: ValueError: my own words."
    )
