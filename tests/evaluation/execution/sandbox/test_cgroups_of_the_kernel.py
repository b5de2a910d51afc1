"""Control groups as this machine's kernel makes them."""

from valhub.evaluation.execution.sandbox import SandboxLimits, cgroups
from valhub.evaluation.execution.sandbox.interface import MIB

LIMITS = SandboxLimits(memory_bytes=64 * MIB, processes=12, cores=0.5)


def test_a_group_holds_its_limits_until_it_is_removed():
    hierarchy = cgroups.detect()
    group = hierarchy.create("valhub-test-limits", LIMITS)
    try:
        texts = {path.read_text().strip() for folder in group.folders
                 for path in folder.iterdir() if path.name in _LIMIT_FILES}  # fmt: skip
        assert {str(64 * MIB), "12"} < texts
        assert {"50000", "50000 100000"} & texts
        assert (group.processes(), group.oom_kills(), group.cpu_s()) == (0, 0, 0.0)
    finally:
        cgroups.remove(group.folders)
    assert not any(folder.exists() for folder in group.folders)


def test_a_group_that_exists_is_not_taken_over():
    hierarchy = cgroups.detect()
    group = hierarchy.create("valhub-test-taken", LIMITS)
    try:
        hierarchy.create("valhub-test-taken", LIMITS)
    except FileExistsError:
        assert all(folder.exists() for folder in group.folders)
    else:
        raise AssertionError("the second group was made")
    finally:
        cgroups.remove(group.folders)


_LIMIT_FILES = {"memory.limit_in_bytes", "pids.max", "cpu.cfs_quota_us", "memory.max", "cpu.max"}
