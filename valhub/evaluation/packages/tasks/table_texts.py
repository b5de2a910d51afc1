"""The gate for the texts of a metadata table; see `package_texts`."""

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.package_texts import LONGEST_LABEL, check_text
from valhub.evaluation.packages.tasks.metadata_tables import Table

_LONGEST_CELL = 2_000


def check_table(table: Table, faults: FaultList) -> None:
    """Check the names of a table's columns, and every cell."""
    first = 1 if table.file.endswith(".csv") else None
    for name in table.columns:
        check_text(name, LONGEST_LABEL, faults, file=table.file, line=first, column=name)
    for row in table.rows:
        for column, value in row.values.items():
            if isinstance(value, str):
                check_text(
                    value,
                    _LONGEST_CELL,
                    faults,
                    file=table.file,
                    line=row.line,
                    column=column,
                    has_lines=True,
                )
