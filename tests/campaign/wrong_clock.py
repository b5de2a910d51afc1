"""`python -m campaign.wrong_clock`: as `python -m valhub.server`, but with a clock minutes fast.

Only the time of day is wrong; how long something takes is right on every machine. (Preloading
libfaketime is no way: it makes `poll` fail now and then.)
"""

import time
from datetime import timedelta

from django.utils import timezone

FAST_BY = timedelta(minutes=7)

if __name__ == "__main__":
    right_now, right_time = timezone.now, time.time
    # Before anything is imported that keeps them, as models do.
    timezone.now = lambda: right_now() + FAST_BY
    time.time = lambda: right_time() + FAST_BY.total_seconds()

    from valhub.server.__main__ import main

    main(prog_name="valhub")
