"""Nothing that a stranger writes acts on a terminal, whatever command shows it.

Each text of the values that a command shows is replaced by one with markup, escapes, a link and a
mark of direction. All of it must be there to read, and none of it must be obeyed.
"""

import ast
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import valhub
from valhub.client import doctor_report, rank_table, tables
from valhub.client.cli import ErrorReporting
from valhub.client.contest import Contest
from valhub.client.progress import LiveBar, PlainLines
from valhub.client.report.page import render_report
from valhub.client.result_document import Subject, as_document, write_document
from valhub.client.terminal import PlainConsole
from valhub.console import echo
from valhub.errors import ValhubError
from valhub.evaluation.events import FileDone, Notice, Preparing, Started
from valhub.evaluation.execution.sandbox.doctor import Check
from valhub.evaluation.results import (
    Aggregate,
    Best,
    EvaluationResult,
    FileOutcome,
    PartSummary,
    Slice,
    Verdict,
)
from valhub.texts import visible

Run = Callable[..., Result]
ROOT = Path(valhub.__file__).parent
LINK = "\x1b]8;;https://evil.example\x1b\\"
NASTY = f"[/x][red]{LINK}\x1b[2J\u202e\u2066\x9b2J:boom:"
OBEYED = ("\x1b]8", "\x1b[2J", "\x9b", "\u202e", "\u2066", "\x07")


def poisoned(value: Any) -> Any:
    """Return a value with `NASTY` for all texts that are not the hub's own."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return f"{value}{NASTY}"
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{one.name: poisoned(getattr(value, one.name)) for one in fields(value)}
        )
    if isinstance(value, dict):
        return {poisoned(key): poisoned(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(poisoned(one) for one in value)
    return value


SCORE = Aggregate(1.5, 1.0, 2.0, "kWh", "Mean", "mean", "mae", Best.LOWEST, 4, 2, "caveat", 1)
FILES = (
    FileOutcome("a.csv", Verdict.SCORED, metrics={"mae": 1.0}, wall_s=1.0, coverage=1.0),
    FileOutcome("b.csv", Verdict.ERROR, "message", traceback="lines", logs="prints"),
)
SLICES = (Slice("issue", "x", 2, 1, {"mean": SCORE}),)
RESULT = EvaluationResult(
    Verdict.ERROR, "message", 0.5, "mean", "mae",
    {"mean": SCORE, "other": replace(SCORE, low=None, high=None)}, SLICES, FILES, 3.0,
    final=PartSummary(Verdict.SCORED, 1.0, {"mean": SCORE}, SLICES),
    receipt={"package": "1"},
)  # fmt: skip
SUBJECT = Subject("package", "algorithm", {"a.csv": "1", "b.csv": "2"}, frozenset({"a.csv"}))


@pytest.fixture(params=["terminal", "file"])
def console(request: pytest.FixtureRequest) -> PlainConsole:
    is_terminal = request.param == "terminal"
    return PlainConsole(
        file=io.StringIO(), force_terminal=is_terminal, width=400, highlight=False, emoji=False
    )


def written(console: PlainConsole) -> str:
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def is_harmless(text: str, *, times: int = 1) -> bool:
    """Whether a text shows all of `NASTY` at least so often, and nothing of it is obeyed."""
    plain = text.replace("\n", "")
    assert [one for one in OBEYED if one in text] == []
    return plain.count("[/x][red]\\x1b]8;;") >= times and ":boom:" in plain


def test_a_result_is_shown_as_it_is(console: PlainConsole) -> None:
    tables.print_result(
        console, poisoned(RESULT), package=f"package{NASTY}", algorithm=f"algorithm{NASTY}"
    )
    # Two names, message, labels, units, caveats, slices with titles and headings, file and reason.
    assert is_harmless(written(console), times=15)


def test_a_ranking_is_shown_as_it_is(
    console: PlainConsole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = []
    for name in ("one", "two"):
        subject = Subject("package", f"{name}{NASTY}", SUBJECT.systems, SUBJECT.ranked)
        aggregates = {"mean": replace(SCORE, label=NASTY, unit=NASTY)}
        document = as_document(replace(RESULT, aggregates=aggregates), subject)
        path = tmp_path / f"{name}.json"
        write_document(document, str(path))
        paths.append(path)
    monkeypatch.setattr(rank_table, "open_console", lambda: console)
    rank_table.print_ranking(Contest(paths))
    assert is_harmless(written(console), times=4)


def test_results_that_differ_are_named_as_they_are(tmp_path: Path, valhub: Run) -> None:
    for name in ("one", "two"):
        subject = Subject(f"{name}{NASTY}", f"{name}{NASTY}", {}, frozenset())
        write_document(as_document(RESULT, subject), str(tmp_path / f"{name}.json"))
    said = valhub("rank", *sorted(tmp_path.glob("*.json")))
    assert said.exit_code == 2
    assert is_harmless(said.stderr)


@pytest.mark.parametrize("progress", [LiveBar, PlainLines])
def test_progress_is_shown_as_it_is(
    console: PlainConsole, progress: Callable[[PlainConsole], Any]
) -> None:
    with progress(console) as shown:
        shown(Preparing(f"Installing {NASTY}"))
        shown(Notice(f"Note {NASTY}"))
        shown(Started(1))
        shown(FileDone(FILES[1], 1, 1))
    assert is_harmless(written(console))


def test_a_checkup_is_shown_as_it_is(
    console: PlainConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = Check(f"sandbox{NASTY}", ok=False, detail=NASTY, fix=NASTY)
    monkeypatch.setattr(doctor_report, "open_console", lambda: console)
    monkeypatch.setattr(doctor_report, "doctor", lambda: [check])
    assert not doctor_report.print_checkup()
    assert is_harmless(written(console), times=3)


def test_what_is_checked_is_named_as_it_is(tmp_path: Path, valhub: Run) -> None:
    # A folder's name cannot have a slash.
    folder = tmp_path / NASTY.replace("/", "|")
    folder.mkdir()
    (folder / "submission_wrapper.py").write_text("def estimate(power): return power\n")
    said = valhub("check", folder)
    assert said.exit_code == 0
    assert "[|x][red]\\x1b]8;;" in said.stdout
    assert [one for one in OBEYED if one in said.output] == []
    for words in (("check", f"{folder}x"), ("run", f"{folder}x", folder), ("rank", folder / "x")):
        said = valhub(*words)
        assert said.exit_code == 2
        assert "\\x1b]8;;" in said.stderr
        assert [one for one in OBEYED if one in said.output] == []


@pytest.mark.parametrize(
    "error",
    [ValhubError(NASTY), click.UsageError(NASTY), click.BadParameter(NASTY)],
    ids=["own", "usage", "parameter"],
)
def test_an_error_is_reported_as_it_is(error: Exception) -> None:
    @click.group(cls=ErrorReporting)
    def group() -> None: ...

    @group.command()
    def fail() -> None:
        raise error

    said = CliRunner().invoke(group, ["fail"])
    assert is_harmless(said.stderr)


def test_a_line_is_written_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    echo(NASTY)
    echo(NASTY, err=True)
    out, err = capsys.readouterr()
    assert is_harmless(out)
    assert is_harmless(err)


def test_the_report_shows_texts_as_they_are() -> None:
    result = poisoned(replace(RESULT, primary_metric="mean", aggregates={"mean": SCORE}))
    page = render_report(result, poisoned(SUBJECT), lambda _: None)
    assert [one for one in OBEYED if one in page] == []
    assert page.count("[/x][red]\\x1b]8;;") > 10


def test_a_poisoned_value_has_the_text_everywhere() -> None:
    assert json.dumps(as_document(poisoned(RESULT), poisoned(SUBJECT))).count("[/x]") > 40
    assert visible(NASTY) != NASTY


# What writes to a terminal other than through `echo` and `open_console`.
WRITERS = {
    "valhub/console.py": {"click.echo"},
    "valhub/client/terminal.py": {"Text", "Text.assemble", "PlainConsole"},
    # JSON, in ASCII.
    "valhub/client/result_document.py": {"sys.stdout.write"},
    # To the process that started them, not to a terminal.
    "valhub/evaluation/reader_process.py": {"sys.stdout.write"},
    "valhub/evaluation/execution/sandbox/probe.py": {"print"},
}
WRITES = {
    "print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write", "Text",
    "Text.assemble", "Text.from_markup", "Text.from_ansi", "Console", "PlainConsole", "rich.print",
}  # fmt: skip
SOURCES = [path for path in sorted(ROOT.rglob("*.py")) if "guest" not in path.parts]


def writes(source: str) -> Iterator[str]:
    """Every call that writes to a terminal, or tells rich to obey markup."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name in WRITES:
            yield name
        for key in node.keywords:
            obeys = not isinstance(key.value, ast.Constant) or key.value.value is not False
            if key.arg == "markup" and obeys:
                yield "markup"
        is_column = name.endswith("TextColumn")
        if is_column and "markup" not in {key.arg for key in node.keywords}:
            yield name


def test_only_the_helpers_write_to_a_terminal() -> None:
    found = {f"valhub/{path.relative_to(ROOT)}": set(writes(path.read_text())) for path in SOURCES}
    assert {name: calls for name, calls in found.items() if calls} == WRITERS


@pytest.mark.parametrize(
    "source",
    [
        "print(name)",
        "click.echo(f'{name}')",
        "Console().print(name)",
        "Text(name)",
        "console.print(name, markup=True)",
        "TextColumn('{task.description}')",
    ],
)
def test_another_writer_is_found(source: str) -> None:
    assert list(writes(source))


def test_the_control_obeys() -> None:
    """rich's own console takes the markup of a cell, and lets escapes through."""
    from rich.console import Console

    file = io.StringIO()
    Console(file=file, force_terminal=True, highlight=False).print(f"[red]x[/red]{LINK}")
    assert "[red]" not in file.getvalue()
    assert "\x1b]8" in file.getvalue()
