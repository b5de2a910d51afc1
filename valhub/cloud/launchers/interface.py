"""What every launcher does, what it reports of an instance, and why it may fail."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from valhub.errors import ValhubError


class InstanceState(StrEnum):
    """The life of an instance; one that has ended is not listed at all."""

    STARTING = "starting"
    RUNNING = "running"
    ENDING = "ending"


@dataclass(frozen=True)
class Instance:
    """A machine, or a process, that works for one analysis.

    Attributes
    ----------
    id : str
        What the launcher calls it.
    token : str
        The launch it came from; a launch makes one instance.
    analysis_pk : int
        The analysis it works for.
    """

    id: str
    token: str
    analysis_pk: int
    state: InstanceState


class LauncherError(ValhubError):
    """Instances can be neither launched nor looked up."""

    code = "launcher-failed"


class LaunchRefused(LauncherError):
    """An instance was asked for and refused, as when there is no capacity or no permission."""

    code = "launch-refused"


class LauncherUnreachable(LauncherError):
    """Nobody knows whether it was launched: the answer did not come."""

    code = "launcher-unreachable"


class Launcher(Protocol):
    """Launches workers, finds those it launched, ends them.

    Attributes
    ----------
    workers : int
        Worker processes on each instance: the shards it evaluates at once.
    """

    workers: int

    def launch(self, analysis_pk: int, token: str) -> str:
        """Start an instance for an analysis.

        Parameters
        ----------
        analysis_pk : int
            What it works for; the instance reads it from its own tag.
        token : str
            Names this launch. Asking twice with one token may start two instances, so that
            callers look for it in `instances` first.

        Returns
        -------
        str
            The instance's id.

        Raises
        ------
        LaunchRefused
            With the reason and how to fix it.
        LauncherUnreachable
            It may have been launched, or not.
        """
        ...

    def instances(self, analysis_pk: int | None = None) -> list[Instance]:
        """Find what this hub launched and has not ended, of one analysis or of all.

        Raises
        ------
        LauncherError
            When EC2 does not answer or refuses.
        """
        ...

    def end(self, instance_id: str) -> None:
        """End an instance; one that has ended already is no failure. Raises `LauncherError`."""
        ...

    def close(self) -> None:
        """Let go of what cannot outlive this process."""
        ...
