"""What stops an evaluation; each reason is defined next to the code that raises it."""

from valhub.errors import ValhubError


class EvaluationError(ValhubError):
    """The evaluation could not continue."""

    code = "evaluation-error"


class UnusableEvaluation(EvaluationError):
    """What the analysis itself requires cannot be installed. Its organiser must fix it."""

    code = "unusable-evaluation"
