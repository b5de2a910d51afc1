import subprocess
import sys
import time
from pathlib import Path

from services.tied import tied

CHILD = """
import os, time
from valhub.server.lifeline import end_with_supervisor
end_with_supervisor()
print(os.getpid(), flush=True)
time.sleep(600)
"""
PARENT = f"""
import os, subprocess, sys
environment = {{**os.environ, "VALHUB_PARENT": str(os.getpid())}}
subprocess.run([sys.executable, "-c", {CHILD!r}], env=environment)
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2]
    except FileNotFoundError:
        return False
    return not state.startswith("Z")


def test_a_child_ends_when_its_parent_is_killed() -> None:
    command = [sys.executable, "-c", PARENT]
    with tied(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.kill()
    deadline = time.monotonic() + 120
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


def test_a_child_whose_parent_has_gone_does_not_begin() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        env={"VALHUB_PARENT": "1000000000"},
        capture_output=True,
        check=True,
    )
    assert done.stdout == b""


def test_without_a_supervisor_a_process_goes_on() -> None:
    code = CHILD.replace("time.sleep(600)", "")
    done = subprocess.run([sys.executable, "-c", code], env={}, capture_output=True, check=True)
    assert int(done.stdout) > 0
