"""What is made of an exception that came over the wire, without a sandbox around it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.execution.disclosure import raised, uncallable
from valhub.evaluation.execution.outcome import Doubt, ShownFailure
from valhub.evaluation.execution.program import Program
from valhub.evaluation.results import Verdict

INSIDE = "/algorithm/submission/"
LINES = "\n".join(f"    line_{number}()" for number in range(1, 13))
TRACEBACK = f"""Traceback (most recent call last):
  File "/valhub/valhub_guest/loop.py", line 3, in call
    return function(*arguments)
           ^^^^^^^^^^^^^^^^^^^^
  File "{INSIDE}submission_wrapper.py", line 1, in f
    line_1()
  File "/valhub/valhub_guest/loop.py", line 4, in call
    again()
ValueError: no
"""
Show = Callable[..., ShownFailure]


@pytest.fixture
def program(make_program: Callable[..., Program]) -> Program:
    made = make_program("")
    (made.code / "submission_wrapper.py").write_text(LINES)
    (made.code / "inner").mkdir()
    (made.code / "inner/latin.py").write_bytes(b"# caf\xe9\n\x1b = 1\n")
    return made


@pytest.fixture
def show(program: Program) -> Show:
    def show(*, reveal: bool = True, **error: Any) -> ShownFailure:
        return raised(error, program).shown(reveal=reveal)

    return show


def places(*numbers: int, name: str = "submission_wrapper.py") -> list[list[object]]:
    return [[f"{INSIDE}{name}", number] for number in numbers]


@pytest.mark.parametrize(
    ("base", "doubt"), [("KeyboardInterrupt", Doubt.EITHER), ("ValueError", Doubt.NONE)]
)
def test_only_what_a_signal_raises_may_come_from_outside(
    program: Program, base: str, doubt: Doubt
) -> None:
    assert raised({"base": base}, program).doubt is doubt


def test_open_data_shows_type_message_and_traceback(show: Show) -> None:
    failure = show(base="ValueError", type="my.Error", message="no\nmore", traceback=TRACEBACK)
    assert failure.verdict is Verdict.ERROR
    assert failure.message == "The algorithm raised my.Error: no."
    assert failure.traceback.splitlines() == [
        "Traceback (most recent call last):",
        '  File "submission_wrapper.py", line 1, in f',
        "    line_1()",
        "ValueError: no",
    ]


def test_hidden_data_shows_pythons_type_and_own_lines_alone(show: Show) -> None:
    failure = show(
        reveal=False,
        base="ValueError",
        type="my.Error",
        message="no",
        traceback=TRACEBACK,
        places=[["/valhub/valhub_guest/loop.py", 3], *places(2, 12)],
    )
    assert failure.message == "The algorithm raised ValueError."
    assert failure.traceback.splitlines() == [
        "submission_wrapper.py:2: line_2()",
        "submission_wrapper.py:12: line_12()",
    ]


def test_the_last_ten_places_are_shown(show: Show) -> None:
    shown = show(reveal=False, places=places(*range(1, 13))).traceback.splitlines()
    assert shown == [f"submission_wrapper.py:{n}: line_{n}()" for n in range(3, 13)]


@pytest.mark.parametrize("number", [0, -1, 13, True, None, "1", 1.0])
def test_a_line_that_is_not_there_is_left_out_and_those_after_it_are_not(
    show: Show, number: object
) -> None:
    odd = [f"{INSIDE}submission_wrapper.py", number]
    shown = show(reveal=False, places=[odd, *places(2)]).traceback.splitlines()
    # True is 1 in Python, and must say no more than 1 would.
    expected = ["submission_wrapper.py:1: line_1()"] if number is True else []
    assert shown == [*expected, "submission_wrapper.py:2: line_2()"]


@pytest.mark.parametrize("name", ["other.py", "inner", "", "../code/submission_wrapper.py"])
def test_a_file_that_is_not_there_is_left_out(show: Show, name: str) -> None:
    assert show(reveal=False, places=places(1, name=name)).traceback == ""


def test_a_file_of_another_folder_of_the_same_end_is_left_out(show: Show) -> None:
    assert show(reveal=False, places=[["submission_wrapper.py", 1]]).traceback == ""


def test_lines_are_printable_whatever_the_file_holds(show: Show) -> None:
    shown = show(reveal=False, places=places(1, 2, name="inner/latin.py")).traceback
    assert shown == "inner/latin.py:1: # caf\ufffd\ninner/latin.py:2: \ufffd = 1"


def test_a_file_larger_than_any_module_is_not_read(show: Show, program: Program) -> None:
    (program.code / "blank.py").write_text(" " * (4 * 1024 * 1024 + 1))
    error = {"places": [*places(1, name="blank.py"), *places(2)]}
    assert show(reveal=False, **error).traceback == "submission_wrapper.py:2: line_2()"


@pytest.mark.parametrize("field", ["base", "type", "message", "places", "part", "read_only"])
@pytest.mark.parametrize("value", [np.array([1, 2]), pd.Series([1, 2])], ids=["array", "series"])
@pytest.mark.parametrize("reveal", [True, False])
def test_arrays_in_place_of_texts_are_no_texts(
    show: Show, program: Program, field: str, value: object, *, reveal: bool
) -> None:
    (program.code / "random.py").write_text("")
    error = {"places": [[value, 1]]} if field == "part" else {field: value}
    assert show(reveal=reveal, **error).message == "The algorithm raised Error."


@pytest.mark.parametrize("reveal", [True, False])
def test_what_ran_out_of_memory_has_its_own_verdict(show: Show, reveal: bool) -> None:
    assert show(reveal=reveal, out_of_memory=True).verdict is Verdict.OUT_OF_MEMORY
    for other in (False, 1, "true", None):
        assert show(reveal=reveal, out_of_memory=other).verdict is Verdict.ERROR


@pytest.mark.parametrize("reveal", [True, False])
def test_an_import_that_fails_is_called_one(program: Program, reveal: bool) -> None:
    failure = raised({"base": "OSError"}, program, while_importing=True).shown(reveal=reveal)
    assert failure.message == "The algorithm could not be imported: OSError."


@pytest.mark.parametrize(
    ("base", "shown"),
    [
        ("ValueError", "ValueError"),
        ("KeyboardInterrupt", "KeyboardInterrupt"),
        ("int", "Error"),
        ("print", "Error"),
        ("nothing", "Error"),
        (3, "Error"),
        (None, "Error"),
    ],
)
def test_only_pythons_own_exceptions_are_named(show: Show, base: object, shown: str) -> None:
    assert show(reveal=False, base=base).message == f"The algorithm raised {shown}."


def test_a_message_ends_in_one_full_stop_and_has_one_line(show: Show) -> None:
    assert show(type="E", message="no...").message == "The algorithm raised E: no."
    assert show(type="E", message="\n\n one \ntwo").message == "The algorithm raised E: one ."
    assert show(type="E", message=" \n ").message == "The algorithm raised E."
    assert show(type="E").message == "The algorithm raised E."


def test_texts_are_cut_to_their_end(show: Show) -> None:
    failure = show(type="a" + "t" * 200, message="a" + "m" * 2_000, traceback="a" + "x" * 20_000)
    assert failure.message == f"The algorithm raised {'t' * 200}: {'m' * 2_000}."
    assert failure.traceback == "x" * 20_000


def test_only_our_own_frames_are_dropped(show: Show) -> None:
    text = 'first\n  File "/valhub", line 1\n    a\n  File "/valhub/x", line 1\n    b\nlast\n    c'
    assert show(traceback=text).traceback == 'first\n  File "/valhub", line 1\n    a\nlast\n    c'
    assert show(traceback="    cut off\nlast").traceback == "    cut off\nlast"


def test_what_could_act_on_a_terminal_is_replaced(show: Show) -> None:
    failure = show(type="\x1b", message="\x07", traceback="\x1b[2J")
    assert (failure.message, failure.traceback) == (
        "The algorithm raised \ufffd: \ufffd.",
        "\ufffd[2J",
    )


@pytest.mark.parametrize(
    ("module", "fix"),
    [
        ("pvlib", "Add `pvlib` to requirements.txt."),
        ("sklearn", "Add `scikit-learn` to requirements.txt."),
        ("pkg_resources", "Add `setuptools<81` to requirements.txt."),
        ("distutils", "Add `setuptools<81` to requirements.txt."),
        ("imp", "This Python has no `imp`: name one that has it in .python-version."),
        ("pandas.tslib", "The installed `pandas` has no `pandas.tslib`: require a version"),
        ("latin", "Your archive has `inner/latin.py`, but Python does not find it"),
    ],
)
def test_a_module_that_was_not_found_has_its_fix(show: Show, module: str, fix: str) -> None:
    kind, message = "ModuleNotFoundError", f"No module named '{module}'"
    failure = show(base=kind, type=kind, message=message)
    assert failure.message.startswith(f"The algorithm raised {kind}: {message}. {fix}")


def test_a_hidden_import_error_names_no_module(show: Show) -> None:
    kind = "ModuleNotFoundError"
    failure = show(reveal=False, base=kind, type=kind, message="No module named 's3cret'")
    assert failure.message == (
        "The algorithm raised ModuleNotFoundError. Add what the line imports to requirements.txt."
    )


def test_long_line_of_source_is_cut_wherever_it_is_shown(program: Program, show: Show) -> None:
    lines = ["x = 1", f"y = '{'z' * 3_000_000}'", "\u2028z = 3"]
    (program.code / "submission_wrapper.py").write_text("\n".join(lines))
    failure = show(reveal=False, base="ValueError", places=places(2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3))
    *long, last = failure.traceback.splitlines()
    assert len(long) == 9
    assert all(line.startswith("submission_wrapper.py:2: y = 'zzz") for line in long)
    assert len(failure.traceback) < 3_000
    assert last.startswith("submission_wrapper.py:3: ")


def test_long_name_of_a_module_is_cut(program: Program, show: Show) -> None:
    folder = program.code / "/".join(["a" * 200] * 8)
    folder.mkdir(parents=True)
    (folder / "b.py").write_text("x = 1\n")
    name = (folder / "b.py").relative_to(program.code).as_posix()
    failure = show(reveal=False, base="ValueError", places=places(1, name=name))
    assert failure.traceback.endswith(":1: x = 1")
    assert len(failure.traceback) < 200


@pytest.mark.parametrize("line", [10**30, -1, 0, 2**31])
def test_line_that_no_file_has_is_left_out(show: Show, line: int) -> None:
    failure = show(reveal=False, base="ValueError", places=places(line))
    assert failure.traceback == ""


@pytest.mark.parametrize("reveal", [True, False])
def test_nothing_of_an_exception_is_long(show: Show, reveal: bool) -> None:
    long = "a\ud800\0" * 500_000
    said = {"type": long, "message": long, "traceback": long, "base": long, "places": [[long, 1]]}
    failure = show(reveal=reveal, **said)
    assert len(failure.message) < 2_500
    assert len(failure.traceback) <= 20_000
    assert "\0" not in failure.message + failure.traceback
    (failure.message + failure.traceback).encode()


def test_a_hidden_import_says_what_to_do_about_a_missing_module_alone(program: Program) -> None:
    def said(base: str) -> str:
        failure = raised({"base": base}, program, while_importing=True)
        return failure.shown(reveal=False).message

    assert said("ModuleNotFoundError") == Closed.IMPORT_MODULE_MISSING.said(
        who=program.who, error="ModuleNotFoundError"
    )
    assert said("ValueError") == Closed.IMPORT_RAISED.said(who=program.who, error="ValueError")
    assert "requirements.txt" not in said("ValueError")


def test_words_of_another_exception_about_a_module_get_no_fix(show: Show) -> None:
    failure = show(base="ValueError", type="ValueError", message="No module named 'x'")
    assert failure.message == "The algorithm raised ValueError: No module named 'x'."


def test_a_file_that_hides_a_module_is_named_by_the_place_that_raised(
    program: Program, show: Show
) -> None:
    (program.code / "json.py").write_text("")
    failure = show(base="ValueError", message="no", places=places(1, name="json.py"))
    assert "json.py: Python has a module of this name" in failure.message


@pytest.mark.parametrize("reveal", [True, False])
def test_what_cannot_be_called_is_the_algorithms_error(*, reveal: bool) -> None:
    failure = uncallable("f() takes no\x1b \x7fdata" + "x" * 3000, "The algorithm").shown(
        reveal=reveal
    )
    assert failure.verdict is Verdict.ERROR
    assert failure.message.startswith("f() takes no\ufffd" if reveal else "The algorithm")
    assert "\x1b" not in failure.message
    assert len(failure.message) <= 2000
