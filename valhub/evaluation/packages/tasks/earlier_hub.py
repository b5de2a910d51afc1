"""Packages that were made for the earlier PV Validation Hub: how to see it, and what follows.

That hub read the same layout, but left unsaid what this one asks for: it passed all arguments in
the order of `allowable_kwargs`, gave every file 8 GiB, and aligned answers by their order.
"""

from collections.abc import Iterable, Mapping
from typing import Any

_GIB = 1024**3
MEMORY_BYTES = 8 * _GIB
# Where that hub stored, tabulated and plotted results. Nothing is done with them here.
STORAGE_KEYS = frozenset(
    {
        "public_results_table",
        "private_results_table",
        "private_results_columns",
        "s3_bucket_folder_name",
        "plots",
    }
)
TRUTH_KEY = "ground_truth_compare"


def is_of_earlier_hub(data: Mapping[str, Any]) -> bool:
    """Return whether a `config.json` has a key that only the earlier hub used."""
    return TRUTH_KEY in data or not STORAGE_KEYS.isdisjoint(data)


def with_earlier_defaults(data: Mapping[str, Any]) -> dict[str, Any]:
    """Say what a package of the earlier hub leaves unsaid; what it says itself is kept.

    Parameters
    ----------
    data : mapping
        Its `config.json`.

    Returns
    -------
    dict
        With that hub's order of arguments and memory.
    """
    limits = data.get("limits", {})
    if isinstance(limits, dict):
        limits = {"memory_bytes": MEMORY_BYTES, **limits}
    return {"arguments": "positional", **data, "limits": limits}


def older_names(operation: str, metric: str, reference: str) -> Iterable[str]:
    """Yield what the earlier hub's versions called an aggregate in `display_metrics`.

    Parameters
    ----------
    operation, metric, reference : str
        Of the aggregate, which is called `<operation>_<metric>_<reference>` now.
    """
    if reference:
        yield f"{operation}_{metric}"
        # `median_absolute_error` is the median of the mean absolute errors.
        yield f"{operation}_{metric.removeprefix('mean_')}"
    if metric == "runtime":
        yield f"{operation}_run_time"
