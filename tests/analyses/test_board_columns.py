"""Columns of a board, read from the documents that a version keeps."""

from valhub.analyses.board_columns import BoardColumn, columns_of
from valhub.analyses.models import AnalysisVersion
from valhub.evaluation.results import Best

ERROR = "mean_bias_error_time_series"
FILE_COLUMNS = [{"name": ERROR, "unit": "min"}, {"name": "runtime", "unit": "s"}]


def earlier(name: str, best: str) -> dict[str, object]:
    """A document as versions kept it before columns had an operation."""
    return {"name": name, "label": "An error", "unit": "min", "best": best, "shown": True}


def test_what_a_version_keeps_is_read_back() -> None:
    column = BoardColumn(f"p95_{ERROR}", "P95", "min", "p95", ERROR, Best.ZERO, shown=False)
    assert columns_of(AnalysisVersion(columns=[column.document()])) == (column,)


def test_a_column_stored_earlier_gets_its_operation_from_the_file_columns() -> None:
    stored = [earlier(f"std_{ERROR}", "lowest"), earlier("max_runtime", "lowest")]
    version = AnalysisVersion(columns=stored, file_columns=FILE_COLUMNS)
    read = [(one.operation, one.column, one.best) for one in columns_of(version)]
    assert read == [("std", ERROR, Best.LOWEST), ("max", "runtime", Best.LOWEST)]


def test_a_script_package_s_column_stored_earlier_is_its_own() -> None:
    version = AnalysisVersion(columns=[earlier("all.mean_error", "highest")])
    (column,) = columns_of(version)
    assert (column.operation, column.column) == ("", "all.mean_error")
    assert column.best is Best.HIGHEST
