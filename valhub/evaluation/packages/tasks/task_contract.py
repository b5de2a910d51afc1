"""What a task asks of its algorithms, as plain values: the call, the answer, and their limits.

A reader finds it in the package; the hub stores it with the version, so that its web server can
show it without reading packages.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    # The web server reads what is stored, and no configuration.
    from valhub.evaluation.packages.tasks.task_config import TaskConfig

Source = Literal["data", "metadata", "sidecar"]
# Of the metadata columns that the format knows; no package states units of its own.
UNITS: Mapping[str, str] = {
    "latitude": "degrees",
    "longitude": "degrees",
    "azimuth": "degrees",
    "tilt": "degrees",
    "elevation": "m",
    "data_sampling_frequency": "min",
}


@dataclass(frozen=True)
class Argument:
    """One argument besides the data.

    Attributes
    ----------
    unit : str
        Empty where the format knows none.
    source : str
        A further column of the data, a metadata column, or a sidecar file.
    """

    name: str
    unit: str
    source: Source


@dataclass(frozen=True)
class TaskContract:
    """What a function is called with, and what it has to return.

    Attributes
    ----------
    data_columns : tuple of str
        The columns that the package names, of which the first is the data; empty for all of them.
    by_position : bool
        Whether arguments are passed by position, whatever their names are.
    answer : str
        "time_series" or "scalar".
    references : tuple of str
        What the answer is compared with, in order.
    alignment : str or None
        What a series is aligned by: "date" or "timestamp".
    fill_missing : float or None
        The number for an unanswered row; None where an unanswered row makes the answer invalid.
    timeout_s, memory_bytes, output_bytes
        What one file may take, if the machine grants it.
    """

    data_columns: tuple[str, ...]
    arguments: tuple[Argument, ...]
    by_position: bool
    answer: str
    references: tuple[str, ...]
    alignment: str | None
    fill_missing: float | None
    timeout_s: float
    memory_bytes: int
    output_bytes: int

    @classmethod
    def from_config(
        cls, config: "TaskConfig", *, timeout_s: float, memory_bytes: int, output_bytes: int
    ) -> "TaskContract":
        """Read it from a package's configuration; the limits are those if it asks for none."""
        wanted = config.limits
        return cls(
            data_columns=config.data_columns,
            arguments=_arguments(config),
            by_position=config.arguments == "positional",
            answer=config.comparison_type,
            references=config.references_compare,
            alignment=config.alignment,
            fill_missing=config.fill_missing,
            timeout_s=wanted.timeout_s or timeout_s,
            memory_bytes=wanted.memory_bytes or memory_bytes,
            output_bytes=wanted.output_bytes or output_bytes,
        )

    def document(self) -> dict[str, Any]:
        """The form in which a version stores it."""
        document = asdict(self)
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in document.items()
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "TaskContract":
        """Read what `document` gave."""
        arguments = (Argument(**one) for one in document["arguments"])
        lists = {name: tuple(document[name]) for name in ("data_columns", "references")}
        return cls(**{**document, **lists, "arguments": tuple(arguments)})

    def example(self, function: str) -> str:
        """Write an algorithm that answers every file with zeros, to begin from."""
        names = [one.name for one in self.arguments if _can_be_parameter(one.name)]
        if self.by_position and len(names) < len(self.arguments):
            # Position needs a parameter for each.
            names = [f"argument_{number}" for number, _ in enumerate(self.arguments, start=1)]
        data = next(name for name in ("data", "data_file", "measured") if name not in names)
        head = f"def {function}({', '.join((data, *names))}):"
        if self.answer == "scalar":
            zeros = ", ".join("0.0" for _ in self.references)
            return f"{head}\n    return ({zeros},)  # {', '.join(self.references)}\n"
        index = f"{data}.index.normalize()" if self.alignment == "date" else f"{data}.index"
        body = f"    times = {index}.drop_duplicates()\n    return pd.Series(0.0, index=times)\n"
        return f"import pandas as pd\n\n\n{head}\n{body}"


def _arguments(config: "TaskConfig") -> tuple[Argument, ...]:
    """List them in the order of `OfferedArguments`."""
    sources: tuple[tuple[Source, tuple[str, ...]], ...] = (
        ("data", config.data_columns[1:]),
        ("metadata", config.allowable_kwargs),
        ("sidecar", tuple(Path(name).stem for name in config.sidecars)),
    )
    return tuple(
        Argument(name, UNITS.get(name, "") if source == "metadata" else "", source)
        for source, names in sources
        for name in names
    )


def _can_be_parameter(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)
