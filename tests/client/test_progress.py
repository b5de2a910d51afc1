import io
from itertools import count

from rich.console import Console

from valhub.client.progress import LiveBar, PlainLines, progress_on
from valhub.evaluation.events import Event, FileDone, Finished, Notice, Preparing, Started
from valhub.evaluation.results import FileOutcome, Verdict


def done(number: int, total: int, verdict: Verdict = Verdict.SCORED) -> FileDone:
    return FileDone(FileOutcome(f"{number}.csv", verdict), number, total)


EVENTS: list[Event] = [
    Preparing("Resolving 4 requirements."),
    Started(3),
    done(1, 3),
    done(2, 3, Verdict.TIMEOUT),
    done(3, 3),
    Finished(),
]


def test_a_pipe_gets_a_line_now_and_then_with_failures_and_time_left() -> None:
    out = io.StringIO()
    seconds = count(0, 6)
    with PlainLines(Console(file=out, width=100), clock=lambda: float(next(seconds))) as show:
        for event in EVENTS:
            show(event)
    lines = out.getvalue().splitlines()
    assert lines[:2] == ["Resolving 4 requirements.", "Running 3 files."]
    assert "2 of 3 files done, 1 failure, about" in out.getvalue()
    assert lines[-1] == "3 of 3 files done, 1 failure"


def test_a_terminal_gets_a_bar_with_files_and_failures() -> None:
    out = io.StringIO()
    with LiveBar(Console(file=out, force_terminal=True, width=120)) as show:
        for event in EVENTS[:-2]:
            show(event)
            show._progress.refresh()
    assert "2/3" in out.getvalue()
    assert "1 failure" in out.getvalue()


def test_the_console_decides() -> None:
    assert isinstance(progress_on(Console(file=io.StringIO())), PlainLines)
    terminal = Console(file=io.StringIO(), force_terminal=True)
    assert isinstance(progress_on(terminal), LiveBar)


def test_a_notice_stays_on_the_screen() -> None:
    for show, console in (
        (PlainLines, Console(file=io.StringIO())),
        (LiveBar, Console(file=io.StringIO(), force_terminal=True)),
    ):
        with show(console) as progress:
            progress(Notice("The package asks for more."))
        assert "The package asks for more." in console.file.getvalue()  # type: ignore[attr-defined]
