"""Parquet data files as Arrow tables with the time stamps in the first column."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.parser_errors import read_or_note

# A few bytes of Parquet can stand for any number of equal values.
_MAX_VALUES = 100_000_000
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
        Takes note of a file that is not Parquet or unfolds to more than 100 million values.

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
    with open_parquet(path) as parquet:
        values = parquet.metadata.num_rows * parquet.metadata.num_columns
        if values > _MAX_VALUES:
            problem = f"The file holds {values:,} values; at most {_MAX_VALUES:,} are allowed."
            faults.add(problem, "Split it.", file=file)
            return None
        table = parquet.read()
    return _without_row_numbers(_first(table.replace_schema_metadata(None), _index_column(table)))


def open_parquet(path: Path) -> pq.ParquetFile:
    """Open a Parquet file; raises what `read_or_note` makes a fault of."""
    try:
        return pq.ParquetFile(path)
    except UnicodeDecodeError as error:
        # The only text that opening reads.
        raise ValueError("the name of a column is not UTF-8: rename it") from error


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
