"""Answers stored on disk, to be plotted beside the input and the truth."""

import threading
from pathlib import Path

from valhub.evaluation.answer_boundary import answer_boundary
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.packages.tasks.dataset import Dataset
from valhub.evaluation.scoring.answers import InvalidAnswer


class Answers:
    """The answers of one run.

    Parameters
    ----------
    folder : Path
        Where to keep them; made when missing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._paths: dict[str, Path] = {}
        self._dataset: Dataset | None = None
        self._lock = threading.Lock()

    def begin(self, dataset: Dataset) -> None:
        """Say which data the answers belong to."""
        self._dataset = dataset

    def keep(self, file_name: str, answer: object) -> None:
        """Keep one file's answer; raises `InvalidAnswer` when it is of no form to be kept."""
        with answer_boundary(InvalidAnswer.unreadable):
            parts = list(wire.frame_parts(answer))
        # Several files are answered at a time.
        with self._lock:
            path = self._folder / f"{len(self._paths)}.frame"
            self._paths[file_name] = path
        with path.open("wb") as file:
            file.writelines(parts)

    def series(self, file_name: str) -> tuple[object, object, object]:
        """Input, truth and answer of a file; None for what is missing."""
        if self._dataset is None:
            return None, None, None
        answer = self._paths.get(file_name)
        return (
            wire.read_value(self._dataset.input_path(file_name).read_bytes()),
            wire.read_value(self._dataset.truth_path(file_name).read_bytes()),
            wire.read_value(answer.read_bytes()) if answer else None,
        )
