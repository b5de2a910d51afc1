"""Parquet data files as Arrow tables with the time stamps in the first column."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.member_names import shown

# A few bytes of Parquet can stand for any number of equal values.
_MAX_VALUES = 100_000_000


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
    try:
        with pq.ParquetFile(path) as parquet:
            values = parquet.metadata.num_rows * parquet.metadata.num_columns
            if values > _MAX_VALUES:
                problem = f"The file holds {values:,} values; at most {_MAX_VALUES:,} are allowed."
                faults.add(problem, "Split it.", file=file)
                return None
            table = parquet.read()
            index = _index_column(table)
            return _first(table.replace_schema_metadata(None), index)
    except MemoryError:
        raise  # Of pyarrow's, too; it says nothing about the file.
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = shown(str(error).split("\n", 1)[0])
        faults.add(f"This is not a readable Parquet file ({reason}).", "Save it again.", file=file)
        return None


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
