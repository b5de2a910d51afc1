"""How much memory a machine or a container can give."""

import pytest

from valhub.evaluation.execution.machine_memory import group_limits, machine_memory_bytes
from valhub.evaluation.settings import Settings

GIB = 1024**3
UNLIMITED_V1 = 9223372036854771712


@pytest.mark.parametrize(
    ("lines", "files", "limits"),
    [
        (["0::/a/b"], {"a/b/memory.max": "5", "a/memory.max": "7"}, [5, 7]),
        (["0::/a/b"], {"a/b/memory.max": "max", "a/memory.max": "7\n"}, [7]),
        (["0::/"], {"memory.max": "9"}, [9]),
        # The path is the host's; inside the container the groups begin at its own.
        (["0::/docker/abc"], {"memory.max": "9"}, [9]),
        (["0::/../../up"], {"memory.max": "9"}, [9]),
        (
            ["5:cpu,cpuacct:/x", "4:memory:/x"],
            {"memory/x/memory.limit_in_bytes": "5", "cpu/x/memory.limit_in_bytes": "1"},
            [5],
        ),
        (
            ["4:memory:/"],
            {"memory/memory.limit_in_bytes": str(UNLIMITED_V1)},
            [UNLIMITED_V1],
        ),
        (["4:memory:/x", "0::/y"], {}, []),
        ([], {}, []),
    ],
)
def test_limits_of_control_groups_are_read(tmp_path, lines, files, limits):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert group_limits(lines, tmp_path) == limits


def test_this_machine_has_some_memory():
    assert 128 * 1024**2 < machine_memory_bytes() < 2**50


@pytest.mark.parametrize(
    ("asked", "given"),
    [(None, GIB), (2 * GIB, 2 * GIB), (6 * GIB, 4 * GIB), (20 * GIB, 4 * GIB)],
)
def test_no_package_gets_more_than_the_machine_has(asked, given):
    settings = Settings(max_memory_bytes=8 * GIB, machine_memory_bytes=4 * GIB)
    assert settings.limits_for(memory_bytes=asked).memory_bytes == given


def test_no_package_gets_more_than_the_administrator_allows():
    settings = Settings(max_memory_bytes=2 * GIB, machine_memory_bytes=4 * GIB)
    assert settings.limits_for(memory_bytes=8 * GIB).memory_bytes == 2 * GIB
