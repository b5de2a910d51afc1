"""Which value of an aggregate is the best: the lowest, the highest, or zero."""

from valhub.evaluation.scoring.metrics import METRICS
from valhub.evaluation.scoring.operations import OPERATIONS
from valhub.evaluation.scoring.statistics import Best

WORDS = {Best.LOWEST: "lower", Best.HIGHEST: "higher", Best.ZERO: "nearer 0"}


def best_of(aggregate_name: str, *, lower_is_better: bool) -> Best:
    """Give the direction of an aggregate, such as `mean_mean_bias_error_time_series`.

    Parameters
    ----------
    lower_is_better : bool
        As the result says; of a signed metric it speaks of the size.
    """
    operation, _, column = aggregate_name.partition("_")
    names = [name for name in METRICS if column == name or column.startswith(f"{name}_")]
    keeps_sign = operation in OPERATIONS and operation != "std"
    if keeps_sign and names and METRICS[max(names, key=len)].signed:
        return Best.ZERO
    return Best.LOWEST if lower_is_better else Best.HIGHEST


def better_word(aggregate_name: str, *, lower_is_better: bool) -> str:
    """Say which values are better, such as `lower`."""
    return WORDS[best_of(aggregate_name, lower_is_better=lower_is_better)]
