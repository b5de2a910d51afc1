"""Leaves files where a clean-up cannot see them, for a later call to find."""

from pathlib import Path

_DEN = Path("/tmp/den")


def attack(what):
    if what == "look":
        return [str(path) for folder in ("/tmp", "/dev/shm") for path in Path(folder).iterdir()]
    _DEN.mkdir()
    (_DEN / "note").write_text("for the next call")
    Path("/dev/shm/answer").symlink_to("/etc/passwd")
    _DEN.chmod(0)
    return attack("look")
