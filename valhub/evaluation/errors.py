"""What keeps an evaluation from going on; each reason stands next to the code that raises it."""

from valhub.errors import ValhubError


class EvaluationError(ValhubError):
    """The evaluation could not go on."""

    code = "evaluation-error"
