"""The root of every failure that a user is told about.

Each reason has an exception of its own, next to the code that raises it; its docstring is the
sentence the user reads when no better detail is given, and `code` is the stable name machines
match on.
"""


class EvaluationError(Exception):
    """The evaluation could not go on."""

    code = "evaluation-error"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or (self.__doc__ or self.code).strip())
