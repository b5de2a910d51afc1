"""What the `valhub` command's exit status means; documented for scripts that call it."""

from enum import IntEnum

from valhub.evaluation.results import EvaluationResult, Verdict


class ExitCode(IntEnum):
    """How a command ended."""

    SCORED = 0
    FAILED = 1
    BAD_INPUT = 2
    NO_SANDBOX = 3
    NOT_SIGNED_IN = 4
    UNREACHABLE = 5
    STILL_RUNNING = 6
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.SCORED: "every file was scored",
    ExitCode.FAILED: "the algorithm failed on some or all files",
    ExitCode.BAD_INPUT: "the package, the algorithm, an option or a setting cannot be used",
    ExitCode.NO_SANDBOX: "there is no working sandbox here; nothing was run (see valhub doctor)",
    ExitCode.NOT_SIGNED_IN: "you are not signed in at the hub, or your token is no longer valid",
    ExitCode.UNREACHABLE: "the hub cannot be reached, or something else answers in its place",
    ExitCode.STILL_RUNNING: "the time of --wait is over, and the submission goes on",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C; the partial result was still printed",
}


def exit_code(result: EvaluationResult, *, interrupted: bool = False) -> ExitCode:
    """Give the exit status of a run that ended, or that the user ended."""
    match result.verdict:
        case Verdict.SCORED:
            return ExitCode.SCORED
        case _ if interrupted:
            return ExitCode.INTERRUPTED
        case Verdict.ORGANISER_ERROR:
            return ExitCode.BAD_INPUT
        case _:
            return ExitCode.FAILED


def exit_code_help() -> str:
    """Write the table of exit codes for a command's help, one a line."""
    lines = [f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items()]
    return "\n".join(["\b", "Exit codes:", *lines])
