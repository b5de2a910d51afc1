"""`python -m services.each_database`: the tests that touch a database, on PostgreSQL and MariaDB.

Each has a private server in a temporary folder. What is added to the command goes to pytest.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from services.mariadb import running_mariadb
from services.postgresql import running_postgresql

ROOT = Path(__file__).resolve().parents[2]
# These touch no database, or start servers of their own, whatever the rest runs on.
ELSEWHERE = (
    "tests/client",
    "tests/cloud",
    "tests/databases/test_restarts.py",
    "tests/deploy",
    "tests/evaluation",
    "tests/server/backups",
    "tests/tasks",
    "tests/test_project.py",
)
SERVERS = {"PostgreSQL": running_postgresql, "MariaDB": running_mariadb}


def run_on(url: str, arguments: list[str]) -> bool:
    """Run the tests on a database; whether all of them passed."""
    left_out = [f"--ignore={ROOT / path}" for path in ELSEWHERE]
    command = [sys.executable, "-m", "pytest", "-q", *left_out, *arguments]
    environment = {**os.environ, "DATABASE_URL": url}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def main() -> int:
    """Run them on each; the number of databases on which something failed."""
    failures = 0
    for name, running in SERVERS.items():
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="valhub-") as folder, running(Path(folder)) as url:
            passed = run_on(url, sys.argv[1:])
        failures += not passed
        verdict = "passed" if passed else "FAILED"
        sys.stdout.write(f"{name}: {verdict} after {time.monotonic() - began:.0f} s\n")
    return failures


if __name__ == "__main__":
    sys.exit(main())
