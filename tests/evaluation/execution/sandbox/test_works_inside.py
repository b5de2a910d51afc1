"""What must go on working inside."""

import sysconfig
from pathlib import Path

import pytest

from valhub.evaluation.execution.sandbox.interface import GIB

PARALLEL = {
    "threads": 48,
    "fork pool": 90,
    "spawn pool": 90,
    "manager": 90,
    "shared memory": 7,
    "subprocess": 42,
    "sqlite": 45,
}
LIBRARIES = {"parquet": 3.0, "scipy": 3.0, "pvlib": 16}


@pytest.mark.parametrize(("what", "answer"), PARALLEL.items())
def test_algorithms_can_share_their_work_out(make_target, what, answer):
    with make_target(timeout_s=20.0) as target:
        assert target.answer("honest_parallel", what) == answer
        target.check_unharmed()


@pytest.mark.parametrize(("what", "answer"), LIBRARIES.items())
def test_libraries_of_the_field_work(make_target, what, answer):
    packages = Path(sysconfig.get_path("purelib"))
    with make_target(packages=packages, timeout_s=60.0, memory_bytes=GIB) as target:
        assert target.answer("honest_libraries", what) == answer


@pytest.mark.slow
def test_matplotlib_draws_without_a_screen(make_target, plotting):
    with make_target(packages=plotting, timeout_s=60.0, memory_bytes=GIB) as target:
        assert target.answer("honest_libraries", "matplotlib") == "PNG"
