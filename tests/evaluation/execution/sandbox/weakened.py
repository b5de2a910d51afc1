"""Sandboxes that each lack one protection: what the attacks achieve in them is what it prevents."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from valhub.evaluation.execution.sandbox import Bind, Command, Process
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.interface import MIB, Usage

Words = list[str | Bind]


class Weakened(Bubblewrap):
    """The sandbox, except for what a test changes of its commands and arguments."""

    change_command: Callable[[Command], Command] = staticmethod(lambda command: command)
    change_words: Callable[[Words], Words] = staticmethod(lambda words: words)
    wrap: Callable[[Process], Any] = staticmethod(lambda process: process)
    more_descriptors: tuple[int, ...] = ()

    def start(self, command: Command, *, pass_fds: Any = (), **streams: Any) -> Any:
        passed = (*pass_fds, *self.more_descriptors)
        process = super().start(self.change_command(command), pass_fds=passed, **streams)
        return self.wrap(process)

    def _privately(self, command: Command, number: int, arguments: Any, *more: Any) -> list[str]:
        arguments._words = self.change_words(arguments._words)
        return super()._privately(command, number, arguments, *more)


def without(option: str, values: int = 0) -> Callable[[Words], Words]:
    """Drop an option of bubblewrap's, with so many values of its own."""

    def drop(words: Words) -> Words:
        place = words.index(option)
        return words[:place] + words[place + 1 + values :]

    return drop


def writable(words: Words) -> Words:
    """Let the attacks' own folder be written, and the root too."""
    root = next(i for i in range(len(words)) if words[i : i + 2] == ["--remount-ro", "/"])
    words = [*words[:root], *words[root + 2 :]]
    return [replace(word, writable=True) if _is_attack(word) else word for word in words]


def _is_attack(word: str | Bind) -> bool:
    return isinstance(word, Bind) and word.target.startswith(("/algorithm", "/attacks"))


def with_limit(name: str, value: str) -> Callable[[Words], Words]:
    """Set a limit of one process, such as `core`, to something else."""

    def change(words: Words) -> Words:
        start = f"--{name}="
        return [
            f"{start}{value}" if isinstance(word, str) and word.startswith(start) else word
            for word in words
        ]

    return change


def showing(folder: Path) -> Callable[[Words], Words]:
    """Show a folder of this machine in the place of the sandbox's own."""

    def change(words: Words) -> Words:
        place = words.index(str(folder))
        # `--perms MODE --size BYTES --tmpfs FOLDER` makes the sandbox's own.
        return [*words[: place - 5], Bind(folder, str(folder)), *words[place + 1 :]]

    return change


class Lingering:
    """A process that goes on after everybody has left it, until it is ended on purpose."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def __getattr__(self, name: str) -> Any:
        return getattr(self.process, name)

    def __enter__(self) -> "Lingering":
        return self

    def __exit__(self, *exc: object) -> None:
        return None


class Unwatched(Lingering):
    """A process whose use of memory nobody sees."""

    def usage(self) -> Usage:
        return Usage(0.0, MIB, MIB, 1, 0, 0)

    def __exit__(self, *exc: object) -> None:
        self.process.close()
