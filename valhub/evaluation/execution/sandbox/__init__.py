"""Where untrusted code runs: one small interface, and bubblewrap behind it.

`interface` says what a sandbox is; `bubblewrap` makes one of namespaces, a `seccomp` filter and
`cgroups`. `usage` measures from outside; `rundir` leaves nothing behind; `canary` proves that the
sandbox on this machine holds before anything untrusted is run in it.
"""

from valhub.evaluation.execution.sandbox.interface import (
    Bind,
    Command,
    NoSandbox,
    Process,
    Sandbox,
    SandboxLimits,
    Usage,
)

__all__ = ["Bind", "Command", "NoSandbox", "Process", "Sandbox", "SandboxLimits", "Usage"]
