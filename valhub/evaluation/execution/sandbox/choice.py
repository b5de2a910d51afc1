"""Which sandbox an administrator has chosen for this machine, as `VALHUB_SANDBOX` says it."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from valhub.evaluation.execution.sandbox import cgroups
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.interface import NoSandbox
from valhub.evaluation.execution.sandbox.oci import Oci
from valhub.evaluation.execution.sandbox.oci_engine import Engine, find_engine

OpenSandbox = Bubblewrap | Oci
_ENGINES = ("", "podman", "docker")
_RUNTIMES = ("", "runc", "crun", "runsc")


class UnknownSandbox(NoSandbox):
    """VALHUB_SANDBOX names no sandbox; set it to bubblewrap or oci, or leave it unset."""

    code = "bad-setting"


@dataclass(frozen=True)
class SandboxChoice:
    """A kind of sandbox; for `oci` also which engine and runtime, where they are named."""

    kind: str = "bubblewrap"
    engine: str = ""
    runtime: str = ""

    @classmethod
    def parse(cls, text: str) -> "SandboxChoice":
        """Read `bubblewrap`, `oci`, `oci:podman` or `oci:podman?runtime=runc`; nothing is default.

        Raises
        ------
        UnknownSandbox
            When it is something else.
        """
        if text in {"", "bubblewrap"}:
            return cls()
        parts = urlsplit(text if ":" in text else f"{text}:")
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        choice = cls(parts.scheme, parts.path, options.pop("runtime", ""))
        known = choice.engine in _ENGINES and choice.runtime in _RUNTIMES
        if choice.kind != "oci" or options or not known or parts.netloc or parts.fragment:
            raise UnknownSandbox(
                f"VALHUB_SANDBOX is {text!r}; set it to bubblewrap, to oci, or to one engine and "
                "runtime as in oci:podman?runtime=runc."
            )
        return choice

    def open(self) -> OpenSandbox:
        """Make the sandbox; raises `NoSandbox` with the mend when this machine cannot."""
        if self.kind == "bubblewrap":
            return Bubblewrap.open()
        return Oci.open(self.found_engine())

    def found_engine(self) -> Engine:
        """Find the container engine; raises `NoSandbox` when it is not on this machine."""
        hierarchy = cgroups.detect()
        version = hierarchy.version if hierarchy else 2
        return find_engine(self.engine, self.runtime, cgroup_version=version)


DEFAULT = SandboxChoice()
