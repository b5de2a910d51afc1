"""`python -m services.each_database`: the tests that touch a database, on PostgreSQL and MariaDB.

Each has a private server in a temporary folder. What is added to the command goes to pytest.
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.mariadb import running_mariadb
from services.postgresql import running_postgresql

ROOT = Path(__file__).resolve().parents[2]
# These touch no database: not to collect them is quicker.
ELSEWHERE = ("tests/client", "tests/cloud", "tests/deploy", "tests/evaluation", "tests/tasks")
SERVERS = {"PostgreSQL": running_postgresql, "MariaDB": running_mariadb}


def run_on(url: str, arguments: list[str]) -> tuple[bool, str]:
    """Run the tests on a database; whether all of them passed, and what pytest said."""
    left_out = [f"--ignore={ROOT / path}" for path in ELSEWHERE]
    command = [sys.executable, "-m", "pytest", "-q", "--durations=20", *left_out, *arguments]
    environment = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.returncode == 0, done.stdout


def run_on_server(name: str) -> bool:
    """Run the tests on a server that is started for them; whether all of them passed."""
    began = time.monotonic()
    running = SERVERS[name]
    with tempfile.TemporaryDirectory(prefix="valhub-") as folder, running(Path(folder)) as url:
        passed, said = run_on(url, sys.argv[1:])
    verdict = "passed" if passed else "FAILED"
    sys.stdout.write(f"{said}{name}: {verdict} after {time.monotonic() - began:.0f} s\n")
    sys.stdout.flush()
    return passed


def main() -> int:
    """Run them on each, side by side; the number of databases on which something failed."""
    with ThreadPoolExecutor(len(SERVERS)) as pool:
        return list(pool.map(run_on_server, SERVERS)).count(False)


if __name__ == "__main__":
    sys.exit(main())
