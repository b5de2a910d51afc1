"""The standard streams of a command, as `subprocess.Popen` takes them, made into descriptors."""

import os
import subprocess


class Streams:
    """Descriptors for a command's streams, and our ends of those that are pipes.

    Parameters
    ----------
    stdin, stdout, stderr : int or None
        A descriptor, `subprocess.PIPE` for the two that are written to, or None for `/dev/null`.
    """

    def __init__(self, stdin: int | None, stdout: int | None, stderr: int | None) -> None:
        self.stdout: int | None = None
        self.stderr: int | None = None
        self._given: list[int] = []
        self.inside = [stdin if stdin is not None else self._null()]
        self.stdout = self._added(stdout)
        self.stderr = self._added(stderr)

    def _added(self, asked: int | None) -> int | None:
        if asked == subprocess.PIPE:
            ours, theirs = os.pipe()
            self._given.append(theirs)
            self.inside.append(theirs)
            return ours
        self.inside.append(asked if asked is not None else self._null())
        return None

    def _null(self) -> int:
        self._given.append(os.open(os.devnull, os.O_RDWR))
        return self._given[-1]

    def handed_in(self) -> None:
        """Close what only the command is to have from now on."""
        while self._given:
            os.close(self._given.pop())

    def close(self) -> None:
        """Close our ends too."""
        self.handed_in()
        for end in (self.stdout, self.stderr):
            if end is not None:
                os.close(end)
        self.stdout = self.stderr = None
