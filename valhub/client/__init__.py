"""The `valhub` command, and the client for programs.

`cli` is the command and its error handler, `commands` holds one file per sub-command, `report`
draws the HTML page, and `hubs` is the client: `from valhub.client import Hub`. Nothing here decides
a score; it stands on `valhub.evaluation` only.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from valhub.client.hubs.hub import AsyncHub, Hub

__all__ = ["AsyncHub", "Hub"]


def __getattr__(name: str) -> Any:
    """Load the client when it is first named: the command needs it only for some of its work."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from valhub.client.hubs import hub

    return getattr(hub, name)
