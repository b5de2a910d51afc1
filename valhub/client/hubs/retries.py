"""Which requests are sent again, and when: only those that change nothing.

The pauses are steps like any other, so that this rule too stands once for programs that wait and
for those that await.
"""

import random

from valhub.client.hubs.steps import Answer, Ask, NoAnswer, Steps, answer_to, pause

TRIES = 4
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 20.0
_WORTH_ANOTHER_TRY = (429, 502, 503, 504)


def patient_answer_to(request: Ask, *, tries: int = TRIES) -> Steps[Answer | NoAnswer]:
    """Ask until there is an answer that another try would not change, or the tries are over."""
    for number in range(tries):
        answer = yield from answer_to(request)
        wait = _pause_before_another(request, answer, number)
        if wait is None or number + 1 == tries:
            break
        yield from pause(wait)
    return answer


def _pause_before_another(request: Ask, answer: Answer | NoAnswer, number: int) -> float | None:
    """Give the seconds until another try is worthwhile; None when it is not, or not safe."""
    if request.method != "GET":
        return None
    wait = FIRST_PAUSE_S * (1 << number) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads clients
    if isinstance(answer, NoAnswer):
        return wait
    if answer.status not in _WORTH_ANOTHER_TRY:
        return None
    asked = answer.headers.get("retry-after", "")
    seconds = max(wait, float(asked)) if asked.isdecimal() else wait
    return seconds if seconds <= LONGEST_PAUSE_S else None
