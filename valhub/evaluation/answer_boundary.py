"""The boundary around everything that touches an answer: decoding, reading, scoring, storing it.

An answer is a stranger's value. Whatever it makes Python, NumPy or pandas raise is its author's
own `invalid_output`, never the hub's fault: a run that ends by the hub's fault is tried again, and
costs its author nothing.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)
# On an author's own machine, where nothing keeps a log, the sentence says it all.
log.addHandler(logging.NullHandler())


@contextmanager
def answer_boundary(
    refusal: Callable[[Exception], Exception], *expected: type[Exception]
) -> Iterator[None]:
    """Turn what an answer raises into a refusal of it, and log it with its traceback.

    Parameters
    ----------
    refusal : callable
        Makes the exception that says so to the caller, from the one that was raised.
    expected : exception types
        What the block raises on purpose, which passes.
    """
    try:
        yield
    except expected:
        raise
    except Exception as error:
        log.exception("answer_unusable")
        raise refusal(error) from None
