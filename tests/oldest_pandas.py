"""The oldest NumPy and pandas that have wheels for the Python that runs the tests."""

import sys

# By the minor version of Python; pandas 1.5 is the oldest that algorithms may bring.
_OLDEST = {11: ("1.24", "1.5.3"), 12: ("1.26", "2.1.1"), 13: ("2.1", "2.2.3")}
NUMPY, PANDAS = _OLDEST[sys.version_info.minor]
OLDEST = (f"numpy=={NUMPY}.*", f"pandas=={PANDAS}", "tzdata")
