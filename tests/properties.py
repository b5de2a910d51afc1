"""How many examples tests of properties try: the same few in every run, or fresh ones by budget.

`make test` must say the same twice, so its examples are drawn from a fixed seed. `make fuzz` draws
others each time, and as many for each test as FUZZ_EXAMPLES says.
"""

import os

from hypothesis import HealthCheck, settings

# How many examples a test tries that asks for no number of its own.
USUAL = 100
FRESH = int(os.environ.get("FUZZ_EXAMPLES", "0"))

# A busy machine makes an example slow, which is no fault of the code's.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", UNHURRIED, max_examples=USUAL, derandomize=True)
settings.register_profile("fresh", UNHURRIED, max_examples=FRESH or USUAL, print_blob=True)


def load_profile() -> None:
    """Choose by FUZZ_EXAMPLES; before any test is imported, because tests take the defaults."""
    settings.load_profile("fresh" if FRESH else "same")


def examples(usual: int) -> int:
    """Number of examples for a test that tries `usual` of them in `make test`."""
    return max(usual, usual * FRESH // USUAL)
