"""What runs lost on each system: what comparisons are made of."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from valhub.evaluation.results import Best
from valhub.evaluation.scoring.agreement import Numbers
from valhub.evaluation.scoring.operations import apply
from valhub.evaluation.scoring.packed_losses import PackedLosses

_LOSS, _MISSING = np.dtype("<f8"), np.dtype("<u4")
# Of the 52 bits of a float's fraction, those beyond the first 20: a millionth of its value.
_BITS_LEFT_OUT = 32


@dataclass(frozen=True)
class Losses:
    """What runs lost on each system; the smaller, the better.

    Attributes
    ----------
    losses : ndarray of float64, shape (runs, systems)
        The aggregate over a system's files as a loss; NaN where no file was answered.
    missing : ndarray of int64, shape (runs, systems)
        How many of a system's files were not scored.
    files : int
        How many files the systems have together.
    """

    losses: Numbers
    missing: NDArray[np.int64]
    files: int

    @cached_property
    def complete(self) -> bool:
        """Whether every run was scored on every file."""
        return not self.missing.any()

    @property
    def systems(self) -> int:
        """How many systems there are."""
        systems: int = self.losses.shape[1]
        return systems

    def distinct(self) -> int:
        """Count the runs with any score, those that are alike on every system once."""
        scored = [bool(answered.any()) for answered in ~np.isnan(self.losses)]
        return len(set(compress(self.digests(), scored)))

    def digests(self) -> list[int]:
        """Give each run a number that it shares with those that are alike on every system."""
        # Adding zero turns -0.0 into 0.0, which are alike.
        losses = np.nan_to_num(self.losses, nan=0.0).astype(_LOSS) + 0.0
        missing = self.missing.astype(_MISSING)
        rows = zip(losses, missing, strict=True)
        return [_digest(loss.tobytes() + unanswered.tobytes()) for loss, unanswered in rows]

    def pack(self) -> list[PackedLosses]:
        """Write each run as bytes."""
        rows = zip(self.losses, self.missing, self.digests(), strict=True)
        return [
            PackedLosses(
                losses=loss.astype(_LOSS).tobytes(),
                missing=missing.astype(_MISSING).tobytes() if missing.any() else b"",
                systems=self.systems,
                files=self.files,
                digest=digest,
            )
            for loss, missing, digest in rows
        ]


def _digest(row: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(row, digest_size=8).digest(), "little", signed=True)


def without_noise(losses: Numbers) -> Numbers:
    """Round losses to a millionth of their value.

    A rerun that adds in another order, or an algorithm with a little noise, has no other result:
    runs that differ by less are equal on a system, and count once where they are so on all.
    """
    half, kept = np.int64(1 << (_BITS_LEFT_OUT - 1)), np.int64(-1 << _BITS_LEFT_OUT)
    bits = np.asarray(losses, np.float64).view(np.int64)
    largest = np.finfo(np.float64).max
    return np.clip(((bits + half) & kept).view(np.float64), -largest, largest)


def unpack(runs: Sequence[PackedLosses | None]) -> Losses:
    """Read the losses of some runs over the same systems.

    Parameters
    ----------
    runs : sequence of (PackedLosses or None)
        At least one that is known. An unknown one ties with every other on every system, so that
        it is never shown to be better or worse.
    """
    one = next(run for run in runs if run is not None)
    unknown = np.full(one.systems, math.nan, _LOSS).tobytes()
    answered = bytes(one.systems * _MISSING.itemsize)
    losses = b"".join(unknown if run is None else run.losses for run in runs)
    missing = b"".join(answered if run is None else run.missing or answered for run in runs)
    shape = (len(runs), one.systems)
    # System by system in memory, which is several times faster to compare.
    return Losses(
        np.asfortranarray(np.frombuffer(losses, _LOSS).reshape(shape)),
        np.asfortranarray(np.frombuffer(missing, _MISSING).reshape(shape), np.int64),
        one.files,
    )


def losses_of(
    runs: Sequence[Mapping[str, float]],
    files: Mapping[str, object],
    *,
    operation: str,
    best: Best,
) -> Losses:
    """Sum up the runs' files system by system.

    Parameters
    ----------
    runs : sequence of (mapping of file name to float)
        One metric of each run, finite, of its scored files.
    files : mapping of file name to object
        The system of every file that counts; None for the one that is not known.
    operation : str
        A name in `operations.OPERATIONS`.
    best : Best
        The direction of the metric.
    """
    members: dict[object, list[str]] = {}
    for name, system in files.items():
        members.setdefault(system, []).append(name)
    rows = [[_on_system(run, names, operation, best) for names in members.values()] for run in runs]
    shape = (len(runs), len(members), 2)
    cells = np.array(rows, dtype=float).reshape(shape)
    losses = without_noise(np.ascontiguousarray(cells[:, :, 0]))
    return Losses(losses, cells[:, :, 1].astype(np.int64), len(files))


def _on_system(
    run: Mapping[str, float], names: Sequence[str], operation: str, best: Best
) -> tuple[float, int]:
    answered = np.array([run[name] for name in names if name in run], dtype=float)
    loss = best.loss(apply(operation, answered)) if answered.size else math.nan
    return loss, len(names) - answered.size
