"""What an administrator decides about evaluations on this machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from valhub.evaluation.execution.environments import InstallLimits
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.machine_memory import machine_memory_bytes
from valhub.evaluation.execution.sandbox.interface import GIB
from valhub.evaluation.setting_values import BYTES, COUNT, MEMORY, SECONDS, read_number


def default_cache_dir() -> Path:
    """Folder for prepared data and environments: `$XDG_CACHE_HOME/valhub`, or in the home."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "valhub"


@dataclass(frozen=True)
class Settings:
    """How evaluations run here.

    Attributes
    ----------
    cache_dir : Path
        Prepared data sets and environments, kept between runs.
    limits : CallLimits
        What a call may use when its package asks for nothing else.
    max_timeout_s, max_memory_bytes : float, int
        The most a package may ask for.
    machine_memory_bytes : int
        The most that this machine can give.
    install : InstallLimits
        What making an environment may take.
    """

    cache_dir: Path = field(default_factory=default_cache_dir)
    limits: CallLimits = field(default_factory=CallLimits)
    max_timeout_s: float = 4 * 3600.0
    max_memory_bytes: int = 8 * GIB
    machine_memory_bytes: int = field(default_factory=machine_memory_bytes)
    install: InstallLimits = field(default_factory=InstallLimits)

    @property
    def most_memory_bytes(self) -> int:
        """The most that a package can get here."""
        return min(self.max_memory_bytes, self.machine_memory_bytes)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings that are documented for the engine.

        Raises
        ------
        BadSetting
            When a limit is not written as the hub's setting of that name is, too.
        """
        cache = environment.get("VALHUB_CACHE", "").strip()
        default = cls()
        return cls(
            cache_dir=Path(cache).expanduser().absolute() if cache else default.cache_dir,
            max_timeout_s=read_number(
                environment, "VALHUB_MAX_TIMEOUT_S", SECONDS, default.max_timeout_s
            ),
            max_memory_bytes=read_number(
                environment, "VALHUB_MAX_MEMORY_BYTES", MEMORY, default.max_memory_bytes
            ),
            install=InstallLimits(
                timeout_s=read_number(
                    environment, "VALHUB_BUILD_STEP_S", SECONDS, default.install.timeout_s
                ),
                installed_bytes=read_number(
                    environment, "VALHUB_BUILD_BYTES", BYTES, default.install.installed_bytes
                ),
                installed_files=read_number(
                    environment, "VALHUB_BUILD_FILES", COUNT, default.install.installed_files
                ),
            ),
        )

    def limits_for(
        self,
        *,
        timeout_s: float | None = None,
        memory_bytes: int | None = None,
        output_bytes: int | None = None,
    ) -> CallLimits:
        """Limits of a package that asks for these, as far as this machine grants them."""
        default = self.limits
        return replace(
            default,
            timeout_s=min(timeout_s or default.timeout_s, self.max_timeout_s),
            memory_bytes=min(memory_bytes or default.memory_bytes, self.most_memory_bytes),
            output_bytes=min(output_bytes or default.output_bytes, self.max_memory_bytes),
        )
