"""What an author may read of an exception.

Everything where the data is public, or the reader's own. Where it is hidden, a message, a print or
even a class name could carry the data out: then only a name from a list for the kind of error, and
the lines of the algorithm's own code that it went through, read from the hub's copy of that code.
"""

import re
from typing import Any

from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.execution.exception_names import builtin_name, known_name
from valhub.evaluation.execution.hints import hint
from valhub.evaluation.execution.logs import printable
from valhub.evaluation.execution.outcome import Doubt, Failure
from valhub.evaluation.execution.program import Program
from valhub.evaluation.execution.source_lines import own_lines
from valhub.evaluation.packages.requirements.distribution_names import missing_module_fix
from valhub.evaluation.results import Verdict

_MESSAGE_CHARACTERS = 2_000
_HARNESS = "/valhub/"
_NO_MODULE = re.compile(r"No module named '([\w.]{1,200})'")


def raised(error: dict[str, Any], program: Program, *, while_importing: bool = False) -> Failure:
    """Describe an exception that came over the wire, for every kind of reader.

    Parameters
    ----------
    error : dict
        What the guest's `raised.describe` wrote; none of it is trusted beyond its type.
    program : Program
        Whose code raised it.
    while_importing : bool
        Whether it came from the import of the algorithm, not from a call.
    """
    missing = builtin_name(error) == ModuleNotFoundError.__name__
    if while_importing:
        closed = Closed.IMPORT_MODULE_MISSING if missing else Closed.IMPORT_RAISED
    else:
        closed = Closed.MODULE_MISSING if missing else Closed.RAISED
    doing = "could not be imported:" if while_importing else "raised"
    text = _without_harness(_text_of(error, "traceback", 20_000))
    return Failure(
        Verdict.OUT_OF_MEMORY if error.get("out_of_memory") is True else Verdict.ERROR,
        closed.said(who=program.who, error=known_name(error)),
        f"{program.who} {doing} {_in_full(error, program, missing=missing)}",
        own_lines=own_lines(error.get("places"), program.code, program.shown_at),
        # Python raises it for a signal, which may come from outside.
        doubt=Doubt.EITHER if builtin_name(error) == KeyboardInterrupt.__name__ else Doubt.NONE,
        traceback=text.replace(f"{program.shown_at}/", ""),
    )


def _in_full(error: dict[str, Any], program: Program, *, missing: bool) -> str:
    """Type and message of an exception, with what fixes it."""
    name = _text_of(error, "type", 200) or builtin_name(error)
    first = _text_of(error, "message", 2_000).strip().splitlines()[:1]
    message = f"{name}: {first[0]}" if first else name
    fix = _fix_of_import(message, program) if missing else ""
    return message.rstrip(".") + f".{fix}" + hint(error, program.code, program.shown_at)


def _fix_of_import(message: str, program: Program) -> str:
    """Say what brings a module that was not found, unless it is in the archive itself."""
    found = _NO_MODULE.search(message)
    if found is None:
        return ""
    top = found[1].partition(".")[0]
    own = (*program.code.rglob(f"{top}.py"), *program.code.rglob(f"{top}/__init__.py"))
    if not own:
        return f" {missing_module_fix(found[1])}"
    place = min(path.relative_to(program.code).as_posix() for path in own)
    return f" Your archive has `{printable(place)}`, but Python does not find it by this name."


def uncallable(message: str, who: str) -> Failure:
    """Say why a function cannot be called with what its task offers; its words are of names."""
    return Failure(
        Verdict.ERROR,
        Closed.UNCALLABLE.said(who=who),
        printable(message[:_MESSAGE_CHARACTERS]),
    )


def _text_of(error: dict[str, Any], key: str, characters: int) -> str:
    """One text of the guest's; its own limits bind only a guest that has not been changed."""
    value = error.get(key)
    return printable(value[-characters:]) if isinstance(value, str) else ""


def _without_harness(text: str) -> str:
    """Drop the harness's own frames, each a line for the place and the lines of code below it."""
    kept = []
    ours = False
    for line in text.splitlines():
        if line.startswith('  File "'):
            ours = line.startswith(f'  File "{_HARNESS}')
        elif not line.startswith("    "):
            ours = False
        if not ours:
            kept.append(line)
    return "\n".join(kept)
