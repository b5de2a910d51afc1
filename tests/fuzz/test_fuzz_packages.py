"""Nothing that anybody packs ends the check in a failure, takes long, or takes much memory.

`make fuzz` tries fresh cases, more than ten thousand with its usual budget; the others are the same
in every run. To try one again: python -m tests.fuzz.campaign AREA SEED 1 FOLDER
"""

import random
from collections.abc import Iterator

import pytest

from tests.fuzz.campaign import Judge, campaign
from tests.fuzz.cases import AREAS
from tests.properties import FRESH

QUICK = 25
SLOW = 400
# So many times FUZZ_EXAMPLES are tried in each area: 12,800 of all when that is 1,000.
SHARE = 1.6


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with Judge() as one:
        yield one


def findings(area: str, seeds: range, judge: Judge) -> str:
    return "\n".join(map(str, campaign(area, seeds, judge)))


@pytest.mark.hypothesis
@pytest.mark.parametrize("area", AREAS)
def test_no_input_is_a_failure_of_the_check(area: str, judge: Judge) -> None:
    count = int(FRESH * SHARE) or QUICK
    first = random.SystemRandom().randrange(10**9) if FRESH else 0
    assert findings(area, range(first, first + count), judge) == ""


@pytest.mark.slow
@pytest.mark.parametrize("area", AREAS)
def test_no_input_of_many_is_a_failure_of_the_check(area: str, judge: Judge) -> None:
    assert findings(area, range(QUICK, QUICK + SLOW), judge) == ""
