"""An earlier version of the hub, out of the project's own history."""

import shutil
import subprocess
from pathlib import Path

MIGRATIONS = ":(glob)valhub/*/migrations/[0-9]*.py"


def unpack_version_before(project: Path, folder: Path) -> None:
    """Unpack the version to which the newest migration was added: its database is an older one."""
    archive = _git(project, "archive", "--format=tar", f"{_newest_migration(project)}^")
    folder.mkdir(parents=True)
    subprocess.run(["tar", "--extract", "--directory", str(folder)], input=archive, check=True)


def has_history(project: Path) -> bool:
    """Whether there is a whole clone: an unpacked release has no history."""
    if not (project / ".git").exists():
        return False
    return _git(project, "rev-parse", "--is-shallow-repository") == b"false\n"


def copy_version(project: Path, folder: Path) -> None:
    """Copy the version that is there."""
    left_out = shutil.ignore_patterns(".git", ".venv*", ".*_cache", "mutants", "build")
    shutil.copytree(project, folder, ignore=left_out)


def _newest_migration(project: Path) -> str:
    """The commit that added it."""
    needed = f"The test of an upgrade takes the older version from the history of {project}"
    assert (project / ".git").exists(), f"{needed}, and this is no clone. Clone it with git."
    shallow = _git(project, "rev-parse", "--is-shallow-repository") == b"true\n"
    assert not shallow, f"{needed}, and this clone has a part of it. Run `git fetch --unshallow`."
    log = ("log", "--max-count=1", "--diff-filter=A", "--format=%H")
    found = _git(project, *log, "--", MIGRATIONS).decode().strip()
    assert found, f"{needed}, and no commit in it adds a migration."
    return found


def _git(project: Path, *words: str) -> bytes:
    # Whoever runs the tests need not own the clone.
    safe = ["-c", f"safe.directory={project}"]
    done = subprocess.run(
        ["git", *safe, "-C", str(project), *words], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout
