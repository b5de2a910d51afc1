"""Files by PV system: what intervals and comparisons count.

Files of one system share its weather, its equipment and its faults, so they are alike, and what
many files of few systems say of other systems is little. A file whose system is not known belongs
to one unknown system: it is never counted as a system of its own.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from valhub.evaluation.scoring.agreement import Numbers

# Less than this, in parts of the largest value, is what sums of equal numbers leave behind.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Systems:
    """The system of each file.

    Attributes
    ----------
    numbers : ndarray of int, shape (files,)
        From 0, in the order in which the systems are first met.
    files : ndarray of int64, shape (systems,)
        How many files each system has, at least one.
    """

    numbers: NDArray[np.intp]
    files: NDArray[np.int64]

    @classmethod
    def of(cls, names: Sequence[object]) -> "Systems":
        """Number the systems; None stands for the one that is not known.

        Parameters
        ----------
        names : sequence
            The system of each file, in the order of the files, at least one.
        """
        known: dict[object, int] = {}
        numbers = np.array([known.setdefault(name, len(known)) for name in names], dtype=np.intp)
        return cls(numbers, np.bincount(numbers))

    @property
    def count(self) -> int:
        """How many systems there are."""
        return self.files.size

    @property
    def effective(self) -> float:
        """How many systems of equal size say as much, 1 / Σ w², w the share of the files."""
        shares = self.files / self.numbers.size
        return float(1 / np.square(shares).sum())

    def standard_error(self, values: Numbers) -> float:
        """Standard error of the mean over files, from leaving one system out at a time.

        Parameters
        ----------
        values : ndarray of float64, shape (files,)
            Finite, of at least two systems.

        Returns
        -------
        float
            √((n - 1)/n · Σ (ȳ₍₋ᵢ₎ - ȳ)²), in the unit of the values; 0 when no system differs
            from the mean by more than rounding does. Infinite when it is too large for a float.

        Notes
        -----
        Source: the jackknife over clusters, CV3 in MacKinnon, Nielsen and Webb (2023), Journal of
        Econometrics 232, 272-299.
        """
        largest = float(np.abs(values).max())
        if not largest:
            return 0.0
        # In parts of the largest value nothing is too large to be squared.
        scaled = values / largest
        # Measured from the first value, equal values have no deviation at all.
        shifted = scaled - scaled[0]
        deviations = shifted - shifted.mean()
        sums = np.bincount(self.numbers, weights=deviations, minlength=self.count)
        moved = sums / (self.numbers.size - self.files)
        share = (self.count - 1) / self.count
        relative = np.sqrt(share * np.square(moved).sum())
        if relative < _ROUNDING:
            return 0.0
        with np.errstate(over="ignore"):
            return float(np.float64(largest) * relative)


def count_sites(files: Sequence[Mapping[str, object]]) -> int:
    """Count the places of some files' systems, those about a kilometre apart as one or two.

    Parameters
    ----------
    files : sequence of mapping of column to value
        The metadata of each, with `latitude` and `longitude` in degrees.

    Returns
    -------
    int
        0 where the place of any of them is not known.
    """
    places = {_place(file) for file in files}
    return 0 if None in places else len(places)


def _place(file: Mapping[str, object]) -> tuple[float, float] | None:
    """Give the place to two decimals, about a kilometre."""
    latitude, longitude = file.get("latitude"), file.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    if not math.isfinite(latitude) or not math.isfinite(longitude):
        return None
    return round(latitude, 2), round(longitude, 2)
