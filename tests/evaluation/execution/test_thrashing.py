"""A call that spends its time on finding memory ran out of memory, not of time."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.sandbox import Bind
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.interface import MIB
from valhub.evaluation.results import Verdict

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]

# It reads the same file again and again, and keeps so many MiB. Of a limit of 192 MiB:
KEEPS = {
    20: Verdict.TIMEOUT,  # all of the file stays in memory
    140: Verdict.TIMEOUT,  # there is room for most of it
    180: Verdict.OUT_OF_MEMORY,  # there is room for nearly nothing else
}
READS = """
    def f(data):
        kept = b"x" * (data << 20)
        while True:
            with open("/large", "rb", buffering=0) as file:
                while file.read(1 << 16):
                    pass
"""


@pytest.mark.parametrize("kept", KEEPS)
def test_a_call_at_its_limit_of_memory_is_no_timeout(
    make_host: MakeHost,
    ask: Ask,
    quick: CallLimits,
    tmp_path: Path,
    host_sandbox: Bubblewrap,
    kept: int,
) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.write(bytes(96 * MIB))
        file.flush()
        # Whoever has a file in memory first is charged for it; that shall be the algorithm.
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    host = make_host(READS, replace(quick, timeout_s=1, cpu_s=60), binds=(Bind(large, "/large"),))
    expected = KEEPS[kept] if host_sandbox.accounts else Verdict.TIMEOUT
    assert ask(host, kept).failure.verdict is expected
