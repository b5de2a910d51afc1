"""What an author may read of an exception.

Everything where the data is public, or the reader's own. Where it is hidden, a message, a print or
even a class name could carry the data out: then only Python's own name for the kind of error, and
the lines of the algorithm's own code that it went through, read from the hub's copy of that code.
"""

import builtins
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from valhub.evaluation.execution.hints import hint
from valhub.evaluation.execution.logs import printable
from valhub.evaluation.execution.outcome import Failure
from valhub.evaluation.execution.program import Program
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.requirements.distribution_names import missing_module_fix
from valhub.evaluation.results import Verdict
from valhub.texts import cut

_SHOWN_PLACES = 10
_MESSAGE_CHARACTERS = 2_000
_LINE_CHARACTERS = 200
# No archive holds a file with more, and the guest may name any number.
_MOST_LINES = 1 << 30
_MOST_SOURCE_BYTES = 4 * 1024 * 1024
_HARNESS = "/valhub/"
_NO_MODULE = re.compile(r"No module named '([\w.]{1,200})'")
_IMPORT_FIX = " Add what the line imports to requirements.txt."


def raised(
    error: dict[str, Any], program: Program, *, reveal: bool, while_importing: bool = False
) -> Failure:
    """Describe an exception that came over the wire, as far as its reader may see it.

    Parameters
    ----------
    error : dict
        What the guest's `raised.describe` wrote; none of it is trusted beyond its type.
    program : Program
        Whose code raised it.
    reveal : bool
        Whether the reader may see everything.
    while_importing : bool
        Whether it came from the import of the algorithm, not from a call.
    """
    doing = "could not be imported:" if while_importing else "raised"
    verdict = Verdict.OUT_OF_MEMORY if error.get("out_of_memory") is True else Verdict.ERROR
    base = _builtin(error.get("base"))
    missing = base == ModuleNotFoundError.__name__
    if not reveal:
        lines = list(_own_lines(error.get("places"), program))
        fix = _IMPORT_FIX if missing else ""
        return Failure(verdict, f"The algorithm {doing} {base}.{fix}", "\n".join(lines))
    name = _text_of(error, "type", 200) or base
    first = _text_of(error, "message", 2_000).strip().splitlines()[:1]
    message = f"{name}: {first[0]}" if first else name
    text = _without_harness(_text_of(error, "traceback", 20_000))
    fix = _fix_of_import(message, program) if missing else ""
    sentence = f"The algorithm {doing} {message}".rstrip(".") + f".{fix}"
    sentence += hint(error, program.code, program.shown_at)
    return Failure(verdict, sentence, text.replace(f"{program.shown_at}/", ""))


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


def uncallable(message: str) -> Failure:
    """Say why a function cannot be called with what its task offers.

    The guest says so before it gets any data, and its words are of names alone.
    """
    return Failure(Verdict.ERROR, printable(message[:_MESSAGE_CHARACTERS]))


def _text_of(error: dict[str, Any], key: str, characters: int) -> str:
    """One text of the guest's; its own limits bind only a guest that has not been changed."""
    value = error.get(key)
    return printable(value[-characters:]) if isinstance(value, str) else ""


def _builtin(name: object) -> str:
    kind = getattr(builtins, name, None) if isinstance(name, str) else None
    return kind.__name__ if isinstance(kind, type) and issubclass(kind, BaseException) else "Error"


def _own_lines(places: object, program: Program) -> Iterator[str]:
    inside = f"{program.shown_at}/"
    # A place counts only when it names a file of the code exactly: it may say anything.
    files = {str(path.relative_to(program.code)): path for path in program.code.rglob("*.py")}
    for place in (places if isinstance(places, list) else [])[-_SHOWN_PLACES:]:
        match place:
            case [str(name), int(line)] if name.startswith(inside):
                path = files.get(name.removeprefix(inside))
                text = _line_of(path, line) if path and 0 < line <= _MOST_LINES else None
                if path and text is not None:
                    yield f"{shown(str(path.relative_to(program.code)))}:{line}: {text}"


def _line_of(path: Path, number: int) -> str | None:
    """Read one line of source, as far as a person reads it: a line can have megabytes.

    Modules are small, and reading is not the algorithm's time: of a larger file nothing is read.
    """
    if path.stat().st_size > _MOST_SOURCE_BYTES:
        return None
    with path.open(encoding="utf-8", errors="replace") as source:
        line = next(islice(source, number - 1, None), None)
    return None if line is None else printable(cut(line.strip(), _LINE_CHARACTERS))


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
