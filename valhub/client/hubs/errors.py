"""What goes wrong between a program and a hub; an exit code tells the last two apart."""

from typing import Any

from valhub.errors import FieldFault, ValhubError


class HubRefused(ValhubError):
    """The hub refused the request.

    Attributes
    ----------
    code : str
        The hub's own name of the reason, such as `not-found`.
    status : int
        Of the answer.
    faults : tuple of FieldFault
        Every faulty field, where the hub names some.
    """

    code = "hub-refused"
    status = 0

    @classmethod
    def of_problem(cls, problem: dict[str, Any], *, status: int, detail: str = "") -> "HubRefused":
        """Make an error of the problem that the hub answered with."""
        error = cls(
            detail or _text(problem, "detail") or _text(problem, "title"),
            code=_text(problem, "code"),
            field=_text(problem, "field"),
        )
        error.status = status
        error.faults = tuple(_faults(problem))
        return error


class SignInNeeded(HubRefused):
    """You are not signed in at the hub."""

    code = "sign-in-needed"


class HubUnreachable(ValhubError):
    """The hub does not answer."""

    code = "hub-unreachable"


def _text(problem: dict[str, Any], name: str) -> str | None:
    found = problem.get(name)
    return found if isinstance(found, str) and found else None


def _faults(problem: dict[str, Any]) -> list[FieldFault]:
    found = problem.get("errors")
    return [
        FieldFault(
            field=_text(one, "field") or _text(one, "parameter") or "",
            detail=_text(one, "detail") or "",
            pointer=_text(one, "pointer") or "",
        )
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
    ]
