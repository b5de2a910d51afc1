"""What an author may read: everything of open data, nothing that a hidden file could say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from valhub.evaluation.execution.disclosure import raised
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.program import Program
from valhub.evaluation.results import Verdict

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]

SECRET = "s3cret"
SOURCE = """
    import os

    def deep(data, how):
        if how == "message":
            raise ValueError(data)
        if how == "class":
            raise type(data, (KeyError,), {})(data)
        if how == "qualified name":
            class Own(Exception):
                __qualname__ = data
            raise Own
        if how == "file name":
            exec(compile("1 / 0", f"/algorithm/submission/{data}.py", "exec"))
        if how == "source":
            exec(f"def {data}(): raise OSError({data!r})\\n{data}()")
        if how == "chain":
            try:
                raise ValueError(data)
            except ValueError as error:
                raise RuntimeError(data) from error
        if how == "notes":
            error = TypeError("no")
            error.add_note(data)
            raise error
        if how == "answer":
            return type(data, (), {})()
        if how == "exit":
            raise SystemExit(data)

    def f(data, how):
        print(data)
        os.write(2, data.encode())
        return deep(data, how)
"""
WAYS = {
    "message": "ValueError",
    "class": "KeyError",
    "qualified name": "Exception",
    "file name": "ZeroDivisionError",
    "source": "OSError",
    "chain": "RuntimeError",
    "notes": "TypeError",
    "exit": "SystemExit",
}


def told(outcome: Outcome) -> str:
    return f"{outcome.failure} {outcome.logs}"


@pytest.mark.parametrize(("how", "kind"), WAYS.items())
def test_an_exception_on_a_hidden_file_carries_nothing_out(
    make_host: MakeHost, ask: Ask, how: str, kind: str
) -> None:
    outcome = ask(make_host(SOURCE), SECRET, how=how, reveal=False)
    assert SECRET not in told(outcome)
    assert outcome.failure.message == f"The algorithm raised {kind}."
    assert "return deep(data, how)" in outcome.failure.traceback.splitlines()[0]


@pytest.mark.parametrize("how", [*WAYS, "answer"])
def test_the_same_exception_on_an_open_file_says_everything(
    make_host: MakeHost, ask: Ask, how: str
) -> None:
    outcome = ask(make_host(SOURCE), SECRET, how=how)
    assert SECRET in outcome.logs
    assert SECRET in str(outcome.failure)


def test_the_type_of_an_answer_on_a_hidden_file_carries_nothing_out(
    make_host: MakeHost, ask: Ask
) -> None:
    outcome = ask(make_host(SOURCE), SECRET, how="answer", reveal=False)
    assert outcome.failure.verdict is Verdict.INVALID_OUTPUT
    assert SECRET not in told(outcome)


def test_the_lines_of_the_authors_own_code_are_shown(make_host: MakeHost, ask: Ask) -> None:
    source = """
        import json

        def f(data):
            return parse(data)

        def parse(text):
            return json.loads(text)
    """
    traceback = ask(make_host(source), SECRET, reveal=False).failure.traceback
    assert traceback.splitlines() == [
        "submission_wrapper.py:5: return parse(data)",
        "submission_wrapper.py:8: return json.loads(text)",
    ]


@pytest.mark.parametrize(
    "place",
    [
        ["/algorithm/submission/../../etc/passwd", 1],
        ["/etc/passwd", 1],
        ["/algorithm/submission/submission_wrapper.py", 99],
        ["/algorithm/submission/submission_wrapper.py", 0],
        ["/algorithm/submission/submission_wrapper.py", "1"],
        ["/algorithm/submission/./submission_wrapper.py", 1],
        ["/algorithm/submission/", 1],
        "submission_wrapper.py",
        None,
    ],
)
def test_a_place_that_is_none_is_left_out(
    make_program: Callable[..., Program], place: object
) -> None:
    error = {"base": "ValueError", "places": [place]}
    assert raised(error, make_program("x = 1")).shown(reveal=False).traceback == ""


@pytest.mark.parametrize("base", ["print", "s3cret", None, 3, "__doc__", "ValueError "])
def test_a_name_that_is_no_exception_of_pythons_is_not_told(
    make_program: Callable[..., Program], base: object
) -> None:
    failure = raised({"base": base}, make_program("x = 1")).shown(reveal=False)
    assert failure.message == "The algorithm raised Error."


@pytest.mark.parametrize("reveal", [True, False])
def test_an_exception_of_odd_shape_is_told_without_fail(
    make_program: Callable[..., Program], reveal: bool
) -> None:
    for odd in ({}, {"type": 3, "message": [], "traceback": None, "places": {"a": 1}}):
        failure = raised(odd, make_program("x = 1")).shown(reveal=reveal)
        assert failure.message == "The algorithm raised Error."


def test_an_exception_that_could_act_on_a_terminal_does_not(make_host: MakeHost, ask: Ask) -> None:
    failure = ask(make_host("def f(data): raise ValueError(data)"), "\x1b[2J\x07").failure
    assert "\x1b" not in str(failure)
    assert failure.message == "The algorithm raised ValueError: \ufffd[2J\ufffd."


@pytest.mark.parametrize("isolated", [True, False])
def test_an_import_after_hidden_data_says_as_little_as_a_call(
    make_host: MakeHost, ask: Ask, tmp_path: Path, isolated: bool
) -> None:
    """The caches of the machine carry whole texts from one sandbox to the next."""
    host = make_host("def f(data): return 1.0", isolated=isolated)
    assert ask(host, SECRET, reveal=False).failure is None
    host.close()
    source = tmp_path / "code/submission_wrapper.py"
    source.write_text(f"print({SECRET!r})\nraise ValueError({SECRET!r})\n")
    outcome = ask(host, 0, reveal=False)
    assert outcome.failure is not None
    assert SECRET not in f"{outcome.failure.message} {outcome.logs}"
    assert "ValueError" in outcome.failure.message
    assert not outcome.never_ran
    # Of a run that has seen nothing hidden, the author reads all.
    fresh = ask(make_host(source.read_text()), 0, reveal=False)
    assert fresh.failure is not None
    assert SECRET in fresh.failure.message
    assert SECRET in fresh.logs
