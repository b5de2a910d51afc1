"""How large a data file may be, CSV or Parquet; each fault is a problem and its fix."""

from valhub.evaluation.packages.limits import MOST_DATA_COLUMNS, MOST_VALUES


def columns_fault(count: int) -> tuple[str, str] | None:
    """Say that a file has too many columns."""
    if count <= MOST_DATA_COLUMNS:
        return None
    problem = f"The file has {count:,} columns; at most {MOST_DATA_COLUMNS:,} are allowed."
    return problem, "Leave out what algorithms do not need."


def values_fault(count: int) -> tuple[str, str] | None:
    """Say that a file has too many values: rows times columns."""
    if count <= MOST_VALUES:
        return None
    return f"The file holds {count:,} values; at most {MOST_VALUES:,} are allowed.", "Split it."
