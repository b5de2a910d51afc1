"""Where untrusted code runs: one small interface, bubblewrap or a container engine behind it.

`interface` says what a sandbox is; `bubblewrap` is the default one, made of namespaces, a `seccomp`
filter and `cgroups`; `oci` has podman make a container of the same; `choice` is which of them.
`usage` measures from outside; `rundir` leaves nothing behind; `canary` proves that a sandbox on
this machine holds before anything untrusted is run in it.
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
