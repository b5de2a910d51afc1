"""Parquet data files as Arrow tables with the time stamps in the first column."""

from pathlib import Path

import pyarrow as pa

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.parser_errors import read_or_note
from valhub.evaluation.packages.tables.unfolding import read_bounded

# What pandas calls an index that has no name.
UNNAMED_INDEX = "__index_level_"


def read_parquet(path: Path, file: str, faults: FaultList) -> pa.Table | None:
    """Read a Parquet file whole.

    Parameters
    ----------
    path : Path
        The file.
    file : str
        Its path inside the package, for the faults.
    faults : FaultList
        Takes note of a file that is not Parquet or unfolds to too much; see `unfolding`.

    Returns
    -------
    pyarrow.Table or None
        With the index that pandas wrote, if it did, as the first column. None when a fault was
        noted.
    """
    problem = "This is not a readable Parquet file"
    return read_or_note(
        lambda: _whole_table(path, file, faults), faults, problem, "Save it again.", file=file
    )


def _whole_table(path: Path, file: str, faults: FaultList) -> pa.Table | None:
    table = read_bounded(path, file, faults)
    if table is None:
        return None
    return _without_row_numbers(_first(table.replace_schema_metadata(None), _index_column(table)))


def _index_column(table: pa.Table) -> str | None:
    metadata = table.schema.pandas_metadata
    names = metadata.get("index_columns", []) if isinstance(metadata, dict) else []
    if isinstance(names, list) and len(names) == 1 and names[0] in table.column_names:
        return str(names[0])
    return None


def _first(table: pa.Table, name: str | None) -> pa.Table:
    if name is None:
        return table
    return table.select([name, *(other for other in table.column_names if other != name)])


def _without_row_numbers(table: pa.Table) -> pa.Table:
    """Leave out the row numbers that pandas writes as an index when rows were removed before."""
    unnamed = table.column_names[:1] and table.column_names[0].startswith(UNNAMED_INDEX)
    return (
        table.drop_columns([table.column_names[0]])
        if (unnamed and pa.types.is_integer(table.column(0).type))
        else table
    )
