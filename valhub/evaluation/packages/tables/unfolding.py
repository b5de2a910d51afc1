"""Reading Parquet without unfolding more than its size warrants.

A few bytes of Parquet can stand for any number of equal values, and for any number of long texts.
So what a file claims is checked before anything is read. It is read in small batches, whose real
size is added up, and text stays a dictionary, whose unfolded size is known before it is unfolded.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.limits import (
    MOST_UNFOLDED_BYTES,
    UNFOLDED_FREELY_BYTES,
    UNFOLDED_RATIO,
)
from valhub.evaluation.packages.tables.table_sizes import columns_fault, values_fault
from valhub.texts import cut

_MIB = 1024 * 1024
_BATCH_BYTES = 16 * _MIB
# Bytes of a value by its type in the file; a text has its place in a dictionary.
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "INT96": 8, "FLOAT": 4, "DOUBLE": 8}
_TEXT_WIDTH = 8
_IS_TEXT = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_binary,
    pa.types.is_large_binary,
)


def read_bounded(path: Path, file: str, faults: FaultList) -> pa.Table | None:
    """Read a Parquet file whole.

    Parameters
    ----------
    path : Path
        The file.
    file : str
        Its path inside the package, for the faults.
    faults : FaultList
        Takes note of columns within columns, and of too many columns, values or unfolded bytes.

    Returns
    -------
    pyarrow.Table or None
        Text is in dictionaries. None when a fault was noted.
    """
    size = path.stat().st_size
    allowed = min(MOST_UNFOLDED_BYTES, max(UNFOLDED_FREELY_BYTES, UNFOLDED_RATIO * size))
    with open_parquet(path) as parquet:
        if _note_nested(parquet.schema_arrow, file, faults):
            return None
        fault = _claim_fault(parquet.metadata, allowed)
        if fault is None:
            found = _read_within(allowed, path, parquet)
            if isinstance(found, pa.Table):
                return found.replace_schema_metadata(parquet.schema_arrow.metadata)
            fault = found
    faults.add(*fault, file=file)
    return None


def open_parquet(path: Path, **options: object) -> pq.ParquetFile:
    """Open a Parquet file; raises what `read_or_note` makes a fault of."""
    try:
        return pq.ParquetFile(path, **options)
    except UnicodeDecodeError as error:
        # The only text that opening reads.
        raise ValueError("the name of a column is not UTF-8: rename it") from error


def _note_nested(schema: pa.Schema, file: str, faults: FaultList) -> bool:
    nested = [field for field in schema if pa.types.is_nested(field.type)]
    for field in nested:
        problem = f"The column is of type {cut(str(field.type))}."
        faults.add(problem, "Use numbers or text.", file=file, column=field.name)
    return bool(nested)


def _claim_fault(metadata: pq.FileMetaData, allowed: int) -> tuple[str, str] | None:
    """Say what is too much of what the file says about itself."""
    fault = columns_fault(metadata.num_columns)
    fault = fault or values_fault(metadata.num_rows * metadata.num_columns)
    if fault is not None:
        return fault
    decoded = sum(
        metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)
    )
    unfolded = max(decoded, metadata.num_rows * _row_width(metadata))
    return _too_large(allowed) if unfolded > allowed else None


def _row_width(metadata: pq.FileMetaData) -> int:
    columns = (metadata.schema.column(number) for number in range(metadata.num_columns))
    return sum(_WIDTHS.get(column.physical_type, _TEXT_WIDTH) for column in columns) or 1


def _too_large(allowed: int) -> tuple[str, str]:
    problem = (
        f"The file unfolds to more than {allowed / _MIB:,.0f} MiB. Allowed are {UNFOLDED_RATIO} "
        f"times its size, at least {UNFOLDED_FREELY_BYTES // _MIB:,} MiB and at most "
        f"{MOST_UNFOLDED_BYTES // _MIB:,} MiB."
    )
    return problem, "Split it, or leave out what algorithms do not need."


def _read_within(allowed: int, path: Path, known: pq.ParquetFile) -> pa.Table | tuple[str, str]:
    """Read all rows, or say that they are larger than the file claims."""
    metadata = known.metadata
    rows = max(1, _BATCH_BYTES // _row_width(metadata))
    with open_parquet(path, metadata=metadata, read_dictionary=_texts(known)) as parquet:
        batches: list[pa.RecordBatch] = []
        unfolded = 0
        for batch in parquet.iter_batches(batch_size=rows):
            unfolded += sum(_unfolded_bytes(column) for column in batch.columns)
            if unfolded > allowed:
                return _too_large(allowed)
            batches.append(batch)
        return pa.Table.from_batches(
            batches, batches[0].schema if batches else parquet.schema_arrow
        )


def _texts(parquet: pq.ParquetFile) -> list[str]:
    """Name the columns of text, by their path in the file."""
    return [
        parquet.metadata.schema.column(number).path
        for number, field in enumerate(parquet.schema_arrow)
        if any(is_text(field.type) for is_text in _IS_TEXT)
    ]


def _unfolded_bytes(column: pa.Array) -> int:
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    if not any(is_text(column.type.value_type) for is_text in _IS_TEXT):
        return len(column) * _TEXT_WIDTH
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    return (pc.sum(lengths.cast(pa.int64())).as_py() or 0) + len(column) * _TEXT_WIDTH
