"""Programs of this machine that make sandboxes."""

import shutil
from collections.abc import Iterable

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where they are searched for, and all they get as an environment."""


def tool_path(tool: str) -> str | None:
    """Where a program is that a sandbox would start; the user's own PATH does not count."""
    return shutil.which(tool, path=PATH)


def missing(tools: Iterable[str]) -> list[str]:
    """Those of the programs that are not on this machine."""
    return [tool for tool in tools if tool_path(tool) is None]
