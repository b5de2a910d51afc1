"""The script of an instance, run by a real shell; what only an instance has is played."""

import os
import subprocess
from pathlib import Path

import pytest

from valhub.cloud.launchers.user_data import user_data

SCRIPT = user_data(command="/opt/valhub/bin/valhub", workers=3, idle_s=600)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of programs that write down how they were called, as `calls`."""
    for program, rest in (("systemd-run", "sleep 0.2; exit 1"), ("shutdown", "exit 0")):
        path = tmp_path / program
        path.write_text(f"#!/bin/bash\n{rest.replace('exit', f'{NOTE}; exit')}\n")
        path.chmod(0o755)
    return tmp_path


NOTE = 'echo "${0##*/} $@" >> "$CALLS"'


def run(machine: Path) -> list[str]:
    environment = {"PATH": f"{machine}{os.pathsep}/usr/bin:/bin", "CALLS": str(machine / "calls")}
    subprocess.run(["bash"], input=SCRIPT, text=True, env=environment, timeout=120, check=False)
    return (machine / "calls").read_text().splitlines()


def test_the_instance_is_switched_off_after_its_last_worker_however_they_ended(
    machine: Path,
) -> None:
    *workers, last = run(machine)
    assert len(workers) == 3
    assert last == "shutdown -h now"


def test_each_worker_reads_its_analysis_from_the_tag_and_leaves_when_idle(machine: Path) -> None:
    worker = sorted(run(machine))[1]
    assert worker.endswith(
        "/opt/valhub/bin/valhub worker --analysis-from-instance-tag --idle-exit 600"
    )
    assert "--wait" in worker
    assert "--uid=valhub" in worker
    assert "--property=EnvironmentFile=/etc/valhub/environment" in worker
    assert "--property=Delegate=yes" in worker


def test_the_script_is_one_that_a_shell_reads() -> None:
    checked = subprocess.run(["bash", "-n"], input=SCRIPT, text=True, check=False)
    assert checked.returncode == 0


def test_an_instance_cannot_be_told_more_than_amazon_takes() -> None:
    assert len(SCRIPT.encode()) < 16384
