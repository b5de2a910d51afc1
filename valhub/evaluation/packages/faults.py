"""Faults in what people upload, gathered so that all of them are reported at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from valhub.evaluation.errors import EvaluationError
from valhub.texts import cut

# Nobody fixes more at once, and every one of them is sent, stored and shown.
MOST_FAULTS = 1_000
_LONGEST_SENTENCE = 1_000
_LONGEST_PLACE = 200


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a package, an algorithm or an archive.

    Attributes
    ----------
    problem : str
        What is wrong, as a sentence that names the thing.
    fix : str
        How to fix it, as a sentence to its author.
    file : str
        Path inside the package, with `/`; empty for the package as a whole.
    line : int or None
        Line in the file, from 1 (a CSV's header is line 1).
    column : str
        Column of a table or key of a JSON object.
    """

    problem: str
    fix: str
    file: str = ""
    line: int | None = None
    column: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return f"{place}: {self.problem} {self.fix}" if place else f"{self.problem} {self.fix}"


def _fault(problem: str, fix: str, file: str, line: int | None, column: str) -> Fault:
    problem, fix = (_printable(text, _LONGEST_SENTENCE) for text in (problem, fix))
    file, column = (_printable(text, _LONGEST_PLACE) for text in (file, column))
    return Fault(problem, fix, file, line, column)


def _printable(text: str, most: int) -> str:
    text = cut(text, most)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class InvalidPackage(EvaluationError):
    """The package cannot be used as it is."""

    code = "invalid-package"
    faults: tuple[Fault, ...]

    def __init__(self, name: str, faults: tuple[Fault, ...]) -> None:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n".join([f"{name} has {count}:", *(f"- {fault}" for fault in faults)]))
        self.name = name
        self.faults = faults


class FaultList:
    """Collects faults while a package is read; raises them together at the end.

    Attributes
    ----------
    notes : list of str
        What is no fault, but probably not what the author meant.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.notes: list[str] = []
        self._faults: list[Fault] = []
        self._more = 0

    def add(
        self, problem: str, fix: str, *, file: str = "", line: int | None = None, column: str = ""
    ) -> None:
        """Note one fault and go on reading.

        The texts may quote untrusted names: what a terminal would obey is escaped, and what nobody
        would read to its end is cut.
        """
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(_fault(problem, fix, file, line, column))
        else:
            self._more += 1

    def note(self, problem: str, fix: str, *, file: str = "", line: int | None = None) -> None:
        """Add to `notes` what its author should look at, though it is no fault."""
        if len(self.notes) < MOST_FAULTS:
            self.notes.append(str(_fault(problem, fix, file, line, "")))

    def extend(self, other: "FaultList") -> None:
        """Note all that another list holds."""
        room = MOST_FAULTS - len(self._faults)
        self._faults.extend(other._faults[:room])
        self._more += other._more + len(other._faults[room:])
        self.notes.extend(other.notes)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def raise_if_any(self) -> None:
        """Raise `InvalidPackage` with everything found so far, if anything was."""
        if self._faults:
            raise self.error()

    def error(self) -> InvalidPackage:
        """Make the error with everything found so far."""
        return InvalidPackage(self.name, self.found())

    def found(self) -> tuple[Fault, ...]:
        """Return the faults, and at the end how many more there are."""
        if not self._more:
            return tuple(self._faults)
        rest = Fault(f"There are {self._more:,} more faults.", "Fix the others first.")
        return (*self._faults, rest)


@contextmanager
def all_faults(name: str) -> Iterator[FaultList]:
    """Collect faults inside the block and raise them together when it ends.

    A block that itself raises `InvalidPackage` adds those faults to the ones found before.
    """
    faults = FaultList(name)
    try:
        yield faults
    except InvalidPackage as error:
        raise InvalidPackage(name, (*faults.found(), *error.faults)) from None
    faults.raise_if_any()
