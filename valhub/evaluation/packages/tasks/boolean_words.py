"""Booleans in other languages, as spreadsheets and people write them.

They stay text, and every text counts as true in an algorithm, that of FALSCH and "no" as well.
"""

from collections.abc import Collection, Iterable, Iterator, Set

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.tables.gap_words import is_gap
from valhub.evaluation.packages.tables.row_faults import Finding, note_findings
from valhub.evaluation.packages.tasks.metadata_tables import Table, TableRow
from valhub.texts import cut

_OWN = frozenset({"true", "false"})
# What spreadsheets make of TRUE and FALSE; nobody writes these words for anything else.
_OF_SPREADSHEETS = tuple(
    frozenset(pair.split())
    for pair in (
        *("wahr falsch", "vrai faux", "verdadero falso", "verdadeiro falso", "vero falso"),
        *("waar onwaar", "sant falskt", "sand falsk", "sann usann", "tosi epätosi"),
        *("prawda fałsz", "pravda nepravda", "igaz hamis", "adevărat fals"),
        *("истина ложь", "doğru yanliş", "αληθης ψευδης", "αληθής ψευδής"),
    )
)
# What people write; it may be meant as a label.
_OF_PEOPLE = tuple(
    frozenset(words.split())
    for words in (
        *("yes no", "y n", "on off", "t f", "ja nein", "ja nee", "ja nej", "ja nei"),
        *("oui non", "sí si no", "sì si no", "sim não nao", "tak nie", "ano ne", "да нет"),
    )
)
# Alone, these are more often labels: a kind of soil, a direction.
_LABELS = frozenset({"sand", "y", "n", "t", "f"})
_FIX = "Write True or False."


def note_boolean_words(table: Table, columns: Collection[str], faults: FaultList) -> None:
    """Note booleans that algorithms would receive as text.

    Parameters
    ----------
    table : Table
        A metadata table.
    columns : collection of str
        Those whose values reach algorithms, and that nothing else checks.
    faults : FaultList
        Takes note of columns that hold nothing but a spreadsheet's booleans in one language, and of
        other words in columns that are mostly True and False.
    """
    for column, given in _texts(table, columns):
        words = {text.lower() for _, text in given}
        is_boolean = 2 * sum(text.lower() in _OWN for _, text in given) > len(given)
        if is_boolean or _is_pair(words - _OWN, _OF_SPREADSHEETS):
            odd = [(row, text) for row, text in given if text.lower() not in _OWN]
            found = (
                Finding(row.line, f'"{cut(text)}" is not a boolean.', _FIX, "are not booleans")
                for row, text in odd
            )
            note_findings(found, table.file, faults, column=column)


def boolean_notes(table: Table, columns: Collection[str]) -> Iterator[str]:
    """Say which columns may hold booleans as text.

    Parameters
    ----------
    table : Table
        A metadata table.
    columns : collection of str
        Those that reach algorithms or slices, and that nothing else checks.

    Yields
    ------
    str
        A sentence or two for each column.
    """
    for column, given in _texts(table, columns):
        words = {text.lower() for _, text in given}
        if _is_pair(words, (*_OF_SPREADSHEETS, *_OF_PEOPLE)):
            row, text = given[0]
            line = "" if row.line is None else f":{row.line}"
            yield (
                f'{table.file}{line}: "{cut(text)}" in the column "{shown(column)}" is text, not a '
                "boolean. Write True or False if it should be one."
            )


def _is_pair(words: Set[str], pairs: Iterable[Set[str]]) -> bool:
    if len(words) == 1 and words <= _LABELS:
        return False
    return any(words <= pair for pair in pairs)


def _texts(
    table: Table, columns: Collection[str]
) -> Iterator[tuple[str, list[tuple[TableRow, str]]]]:
    """Yield each column that has words, with the cells that are no gap."""
    for column in table.columns:
        cells = [(row, row.values[column]) for row in table.rows] if column in columns else []
        given = [(row, text) for row, text in cells if isinstance(text, str) and not is_gap(text)]
        if given:
            yield column, given
