"""Root tries every attack once more as a plain user, who has no control groups here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.evaluation.execution.sandbox.plain_account import as_plain_user, plain_folder

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
# These decide on paper, or look at this account's own rights: another account changes nothing.
SAME_FOR_ALL = {
    "test_seccomp_program.py",
    "test_cgroups_recorded.py",
    "test_decode_bombs.py",
}
OURS = {Path(__file__).name, "test_cgroups_of_the_kernel.py"}
LEFT_OUT = SAME_FOR_ALL | OURS
FILES = sorted(str(path) for path in HERE.glob("test_*.py") if path.name not in LEFT_OUT)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_attack_fails_for_a_plain_user_too(plotting):
    with plain_folder() as folder:
        options = ["-q", "-p", "no:cacheprovider", f"--basetemp={folder}/tmp"]
        command = [sys.executable, "-B", "-m", "pytest", *options, *FILES]
        done = subprocess.run(
            as_plain_user(command),
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "VALHUB_DATA": str(folder / "data"),
                "PLOTTING_OF_TEST": str(plotting),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^(\d+) passed in", done.stdout, re.M)
    assert passed, done.stdout[-2000:]
    assert int(passed[1]) > 100
