"""The bootstrap's resamples: how often each file is drawn, system by system.

Files of one site share its weather, its equipment and its faults, so whole systems are drawn,
not single files. The draws depend on the seed and on the files' order and systems alone, never
on scores: two algorithms over the same files meet in the same resamples.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from valhub.evaluation.scoring.operations import Weights

RESAMPLES = 2_000
SEED = 20_240_601
# Fewer systems give too few different resamples for an interval to mean anything.
FEWEST_SYSTEMS = 5
# Numbers held at once; a hundred thousand files go through in blocks of this size.
BLOCK = 200_000

Unit = Literal["systems", "files"]


@dataclass(frozen=True)
class Resampling:
    """What is drawn with replacement, and how often.

    Attributes
    ----------
    groups : ndarray of int, shape (files,)
        The number of the system, or of the file itself, each file is drawn with.
    unit : {"systems", "files"}
    resamples, seed : int
    """

    groups: NDArray[np.intp]
    unit: Unit
    resamples: int = RESAMPLES
    seed: int = SEED

    @classmethod
    def of(
        cls, systems: Sequence[object], *, resamples: int = RESAMPLES, seed: int = SEED
    ) -> "Resampling":
        """Draw systems when there are five or more, files otherwise.

        Parameters
        ----------
        systems : sequence
            The system each file belongs to, in the order of the files; None for a file that
            stands alone.
        """
        numbers: dict[object, int] = {}
        names = [("file", i) if name is None else name for i, name in enumerate(systems)]
        groups = np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.intp)
        if len(numbers) >= FEWEST_SYSTEMS:
            return cls(groups, "systems", resamples, seed)
        return cls(np.arange(len(systems), dtype=np.intp), "files", resamples, seed)

    def weights(self) -> Iterator[Weights]:
        """Yield blocks of shape (some resamples, files): how often each file was drawn."""
        drawn = int(self.groups.max()) + 1
        rng = np.random.default_rng(self.seed)
        height = max(1, BLOCK // self.groups.size)
        for start in range(0, self.resamples, height):
            rows = min(height, self.resamples - start)
            picks = rng.integers(0, drawn, size=(rows, drawn))
            picks += np.arange(rows)[:, None] * drawn
            counts = np.bincount(picks.ravel(), minlength=rows * drawn).reshape(rows, drawn)
            yield counts[:, self.groups]
