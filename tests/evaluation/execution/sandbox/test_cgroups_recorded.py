"""Control groups against recorded layouts: what is found, written and read, version by version."""

import errno
import threading
from pathlib import Path

import pytest

from valhub.evaluation.execution.sandbox import SandboxLimits, cgroups
from valhub.evaluation.execution.sandbox.interface import MIB

LIMITS = SandboxLimits(memory_bytes=64 * MIB, processes=12, cores=1.5)
CONTROLLERS = "cpuset cpu io memory hugetlb pids"


class Layout:
    """A folder with what the kernel would show of its mounts, its groups and a group's files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mounts, self.groups = root / "mountinfo", root / "cgroup"

    def record(self, mounts: list[str], groups: list[str]) -> "Layout":
        lines = [f"30 23 0:26 {mount}".replace("@", str(self.root)) for mount in mounts]
        self.mounts.write_text("".join(f"{line}\n" for line in lines))
        self.groups.write_text("".join(f"{line}\n" for line in groups))
        return self

    def files(self, folder: str, **files: str) -> Path:
        place = self.root / folder
        place.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (place / name.replace("__", ".")).write_text(f"{text}\n")
        return place

    def detect(self) -> cgroups.Hierarchy | None:
        return cgroups.detect(self.mounts, self.groups)


@pytest.fixture
def layout(tmp_path) -> Layout:
    return Layout(tmp_path)


@pytest.fixture
def unified(layout) -> Layout:
    """Version 2, with a service's group that has been delegated and holds two processes."""
    layout.record(["/ @/v2 rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"], ["0::/valhub.service"])
    layout.files(
        "v2/valhub.service",
        cgroup__controllers=CONTROLLERS,
        cgroup__subtree_control="",
        cgroup__procs="101\n102",
    )
    return layout


@pytest.fixture
def busy_kernel(monkeypatch):
    """Refuse controllers below a group that has processes, as the kernel does."""
    write = cgroups._write

    def refuse_or_write(path: Path, value: object) -> None:
        own = path.with_name("cgroup.procs")
        if path.name == "cgroup.subtree_control" and own.read_text().split():
            raise OSError(errno.EBUSY, "busy")
        if path.parent.name == "valhub-supervisor":
            above = path.parent.parent / "cgroup.procs"
            left = [pid for pid in above.read_text().split() if pid != value]
            above.write_text("\n".join(left))
        write(path, value)

    monkeypatch.setattr(cgroups, "_write", refuse_or_write)


def test_v2_controllers_are_handed_on(unified):
    hierarchy = unified.detect()
    tree = unified.root / "v2/valhub.service"
    assert (hierarchy.version, hierarchy.parents) == (2, (tree,))
    assert (tree / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"


def test_v2_controllers_that_are_handed_on_already_are_left_alone(unified):
    control = unified.root / "v2/valhub.service/cgroup.subtree_control"
    control.write_text("cpu memory pids\n")
    assert unified.detect() is not None
    assert control.read_text() == "cpu memory pids\n"


def test_v2_group_with_processes_moves_them_to_a_leaf_first(unified, busy_kernel):
    assert unified.detect() is not None
    tree = unified.root / "v2/valhub.service"
    assert (tree / "valhub-supervisor/cgroup.procs").read_text() == "102"  # The last one written.
    assert (tree / "cgroup.procs").read_text() == ""


def test_v2_second_run_finds_the_group_above_its_leaf(unified):
    unified.groups.write_text("0::/valhub.service/valhub-supervisor\n")
    unified.files("v2/valhub.service/valhub-supervisor")
    assert unified.detect().parents == (unified.root / "v2/valhub.service",)


def test_v2_without_delegation_there_are_no_groups(unified, monkeypatch):
    def refuse(path, value):
        raise PermissionError(errno.EACCES, "refused")

    monkeypatch.setattr(cgroups, "_write", refuse)
    assert unified.detect() is None


def test_v2_without_the_controllers_there_are_no_groups(unified):
    unified.files("v2/valhub.service", cgroup__controllers="cpu io")
    assert unified.detect() is None


def test_v2_tree_that_may_not_be_written_has_no_groups(unified, monkeypatch):
    monkeypatch.setattr(cgroups.os, "access", lambda *_: False)
    assert unified.detect() is None


def test_v2_limits_are_written(unified):
    group = unified.detect().create("run-0", LIMITS)
    written = {path.name: path.read_text() for path in group.folder.iterdir()}
    limits = {"memory.max": str(64 * MIB), "pids.max": "12", "cpu.max": "150000 100000"}
    assert written == limits


def test_v2_swap_is_switched_off_where_there_is_any(unified):
    group = cgroups.GroupV2(unified.files("group", memory__swap__max="max"))
    group.limit(LIMITS)
    assert (group.folder / "memory.swap.max").read_text() == "0"


def test_v2_readings(layout):
    group = cgroups.GroupV2(
        layout.files(
            "group",
            memory__current="1000",
            memory__peak="5000",
            memory__events="low 0\nmax 70\noom 3\noom_kill 2\noom_group_kill 0",
            memory__stat="anon 600\nfile 300\nshmem 50\nfile_mapped 100",
            cpu__stat="usage_usec 2500000\nuser_usec 2000000",
            cgroup__procs="7\n8\n9",
        )
    )
    assert (group.memory_bytes(), group.peak_memory_bytes()) == (1000, 5000)
    assert (group.cpu_s(), group.processes(), group.oom_kills()) == (2.5, 3, 2)
    assert (group.ooms(), group.limit_hits(), group.kept_memory_bytes()) == (3, 70, 650)


def test_v2_kernel_without_a_peak_gives_what_is_used_now(layout):
    group = cgroups.GroupV2(layout.files("group", memory__current="1000"))
    group.reset_peak()
    (group.folder / "memory.peak").unlink()
    assert group.peak_memory_bytes() == 1000


def test_v2_kernel_that_cannot_reset_the_peak_keeps_it(layout, monkeypatch):
    group = cgroups.GroupV2(layout.files("group", memory__peak="5000"))

    def refuse(path, value):
        raise OSError(errno.EINVAL, "refused")

    monkeypatch.setattr(cgroups, "_write", refuse)
    group.reset_peak()
    assert group.peak_memory_bytes() == 5000


def v1_mounts(root: str = "/") -> list[str]:
    names = ("memory", "pids", "cpu,cpuacct", "freezer")
    return [f"{root} @/{name} rw - cgroup cgroup rw,{name}" for name in names]


@pytest.fixture
def trees(layout) -> Layout:
    """Version 1, two controllers on one mount, beside a version 2 tree without controllers."""
    mounts = [*v1_mounts(), "/ @/v2 rw - cgroup2 cgroup2 rw"]
    layout.record(mounts, ["4:memory:/jobs", "3:pids:/", "2:cpu,cpuacct:/jobs", "0::/"])
    for name in ("memory/jobs", "pids", "cpu,cpuacct/jobs"):
        layout.files(name)
    return layout


def test_v1_trees_are_found_where_this_process_is(trees):
    hierarchy = trees.detect()
    shared = trees.root / "cpu,cpuacct/jobs"
    assert hierarchy.version == 1
    assert set(hierarchy.parents) == {trees.root / "memory/jobs", trees.root / "pids", shared}


def test_v1_limits_are_written(trees):
    group = trees.detect().create("run-0", LIMITS)
    written = {path.name: path.read_text() for folder in group.folders for path in folder.iterdir()}
    assert written == {
        "memory.limit_in_bytes": str(64 * MIB),
        "pids.max": "12",
        "cpu.cfs_period_us": "100000",
        "cpu.cfs_quota_us": "150000",
    }


def test_v1_swap_is_limited_with_memory_where_it_is_counted(trees):
    hierarchy = trees.detect()
    group = cgroups.GroupV1(**hierarchy.trees)
    (group.memory / "memory.memsw.limit_in_bytes").write_text("-1")
    group.limit(LIMITS)
    assert (group.memory / "memory.memsw.limit_in_bytes").read_text() == str(64 * MIB)


def test_v1_readings(layout):
    folder = layout.files(
        "group",
        memory__usage_in_bytes="1000",
        memory__max_usage_in_bytes="5000",
        memory__oom_control="oom_kill_disable 0\nunder_oom 0\noom_kill 2",
        memory__stat="cache 350\nrss 1\nshmem 2\ntotal_cache 350\ntotal_rss 600\ntotal_shmem 50",
        cpuacct__usage="2500000000",
        cgroup__procs="7\n8\n9",
    )
    group = cgroups.GroupV1(folder, folder, folder, folder)
    assert (group.memory_bytes(), group.peak_memory_bytes()) == (1000, 5000)
    assert (group.cpu_s(), group.processes(), group.oom_kills()) == (2.5, 3, 2)
    assert (group.ooms(), group.limit_hits(), group.kept_memory_bytes()) == (None, None, 650)
    group.reset_peak()
    assert group.peak_memory_bytes() == 0


def test_v1_with_a_controller_missing_has_no_groups(trees):
    trees.record(v1_mounts()[1:], trees.groups.read_text().splitlines())
    assert trees.detect() is None


def test_v1_trees_that_may_not_be_written_have_no_groups(trees, monkeypatch):
    monkeypatch.setattr(cgroups.os, "access", lambda *_: False)
    assert trees.detect() is None


@pytest.mark.parametrize(("group", "place"), [("/docker/1/jobs", "jobs"), ("/elsewhere", "")])
def test_container_trees_are_mounted_from_below_their_top(layout, group, place):
    layout.record(v1_mounts("/docker/1"), [f"1:memory,pids,cpu,cpuacct:{group}"])
    for name in ("memory", "pids", "cpu,cpuacct"):
        layout.files(f"{name}/{place}")
    assert layout.root / "memory" / place in layout.detect().parents


def test_a_group_whose_limits_are_refused_is_not_left_behind(trees, monkeypatch):
    def refuse(path, value):
        raise OSError(errno.EINVAL, "refused")

    hierarchy = trees.detect()
    monkeypatch.setattr(cgroups, "_write", refuse)
    with pytest.raises(OSError, match="refused"):
        hierarchy.create("run-0", LIMITS)
    assert not any((parent / "run-0").exists() for parent in hierarchy.parents)


def test_a_group_that_is_busy_for_a_moment_is_removed(layout):
    folder = layout.files("group", busy="")
    threading.Timer(0.1, (folder / "busy").unlink).start()
    cgroups.remove([folder])
    assert not folder.exists()


def test_a_group_that_stays_busy_is_told(layout, monkeypatch):
    monkeypatch.setattr(cgroups, "_REMOVE_WITHIN_S", 0.05)
    with pytest.raises(OSError, match="not empty"):
        cgroups.remove([layout.files("group", busy="")])
