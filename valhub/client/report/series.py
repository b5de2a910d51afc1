"""One file's series as the report draws them: what went in, the truth and the answer."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class ReportSeries:
    """The series of one file.

    Attributes
    ----------
    input : Series, DataFrame or None
        What the algorithm was given, indexed by time.
    truth : Series or None
        The reference, indexed by time; None where it is not a series.
    answer : object
        What the algorithm returned, in whatever shape; drawn where it can be read as a series.
    """

    input: pd.Series | pd.DataFrame | None
    truth: pd.Series | None
    answer: object
