"""What stops an evaluation; each reason is defined next to the code that raises it."""

from valhub.errors import ValhubError


class EvaluationError(ValhubError):
    """The evaluation could not continue."""

    code = "evaluation-error"
