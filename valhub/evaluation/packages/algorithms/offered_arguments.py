"""What a task offers the functions of its algorithms besides the data, and in which way."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from valhub.evaluation.packages.algorithms.argument_binding import POSITIONAL, Bound, Mismatch, bind

if TYPE_CHECKING:
    # An algorithm is read without it: it takes longer to load than most algorithms to read.
    from valhub.evaluation.packages.tasks.task_config import TaskConfig


@dataclass(frozen=True)
class OfferedArguments:
    """The arguments of a task.

    Attributes
    ----------
    names : tuple of str
        The data's further columns where each is passed by itself, those of `allowable_kwargs`,
        then the sidecars, in the package's order.
    by_position : bool
        Whether the task passes them by position, whatever the names are.
    """

    names: tuple[str, ...]
    by_position: bool = False

    @classmethod
    def from_config(cls, config: "TaskConfig") -> "OfferedArguments":
        """Read them from a package's configuration."""
        sidecars = (Path(name).stem for name in config.sidecars)
        names = (*config.data_columns[1:], *config.allowable_kwargs, *sidecars)
        return cls(names, config.arguments == "positional")

    def bind(self, parameters: Sequence[inspect.Parameter]) -> Bound | Mismatch:
        """Decide what a function with these parameters gets: names instead of values."""
        return bind(parameters, {name: name for name in self.names}, by_position=self.by_position)

    def describe(self, parameters: Sequence[inspect.Parameter]) -> str:
        """Say what a function with these parameters gets, and which way was used.

        Empty when it cannot be called with what is offered.
        """
        bound = self.bind(parameters)
        if isinstance(bound, Mismatch):
            return ""
        # Defaults may stand among the values; they are no names of the task's.
        passed = {value for value in (*bound.positional, *bound.named) if value in self.names}
        if not passed:
            return "the data alone"
        if not bound.by_position:
            names = [name for name in self.names if name in passed]
            return f"the data, and by name {', '.join(names)}"
        places = [p.name for p in parameters[1:] if p.kind in POSITIONAL]
        pairs = [f"{to} = {name}" for to, name in zip(places, bound.positional, strict=False)]
        rest = bound.positional[len(places) :]
        return f"the data, and by position {', '.join([*pairs, *rest, *bound.named])}"
