"""Names of exceptions that may be shown where the data is hidden.

A class of the algorithm's own, or one that it gave a name and a module of its choice, could spell
out hidden data. So a name counts only when it is in this list: Python's own exceptions, and those
of the libraries that algorithms use most. What an algorithm can say by choosing among them is as
much as the list is long, and no more.
"""

import builtins
from typing import Any

OTHER = "Error"
_MOST_CLASSES = 20

_BUILTIN = frozenset(
    name
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException) and not name.startswith("_")
)
# By the package that defines it: where inside differs between versions.
_LIBRARIES = {
    "json": ("JSONDecodeError",),
    "subprocess": ("CalledProcessError", "TimeoutExpired"),
    "zoneinfo": ("ZoneInfoNotFoundError",),
    "numpy": ("AxisError", "LinAlgError", "DTypePromotionError", "TooHardError"),
    "pandas": (
        "DataError",
        "EmptyDataError",
        "IntCastingNaNError",
        "InvalidIndexError",
        "MergeError",
        "OutOfBoundsDatetime",
        "OutOfBoundsTimedelta",
        "ParserError",
        "UndefinedVariableError",
    ),
    "scipy": ("ArpackError", "ArpackNoConvergence", "QhullError", "LinAlgError"),
    "sklearn": ("NotFittedError", "ConvergenceWarning"),
    "statsmodels": ("MissingDataError", "X13Error"),
    "numba": ("NumbaError", "TypingError", "UnsupportedError", "LoweringError"),
    "joblib": ("JoblibException",),
    "pytz": ("AmbiguousTimeError", "NonExistentTimeError", "UnknownTimeZoneError"),
    "cvxpy": ("DCPError", "SolverError"),
    "polars": ("ColumnNotFoundError", "ComputeError", "InvalidOperationError", "ShapeError"),
    "pyarrow": ("ArrowInvalid", "ArrowTypeError", "ArrowNotImplementedError"),
    "torch": ("OutOfMemoryError",),
    "xgboost": ("XGBoostError",),
    "lightgbm": ("LightGBMError",),
}
KNOWN = _BUILTIN | {f"{top}.{name}" for top, names in _LIBRARIES.items() for name in names}


def builtin_name(error: dict[str, Any]) -> str:
    """Nearest exception that Python itself defines, as the guest says; `OTHER` if it is none."""
    base = error.get("base")
    return base if isinstance(base, str) and base in _BUILTIN else OTHER


def known_name(error: dict[str, Any]) -> str:
    """Name of an exception for an author who may not see the data.

    Parameters
    ----------
    error : dict
        What the guest's `raised.describe` wrote; none of it is trusted beyond a name in the list.
    """
    classes = error.get("classes")
    for one in (classes if isinstance(classes, list) else [])[:_MOST_CLASSES]:
        if isinstance(one, str):
            top, _, rest = one.partition(".")
            name = f"{top}.{rest.rpartition('.')[2]}"
            if name in KNOWN:
                return name
    return builtin_name(error)
