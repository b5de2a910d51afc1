"""The folder of one run, and the janitor that leaves nothing behind.

Everything a run keeps for itself (unpacked archives, stages for mounts) lies in one folder, and its
control groups carry the same name, as does the command line of each of its sandboxes. A janitor, a
shell waiting on a pipe, removes all of it when the run ends, also when this process is killed: the
kernel closes the pipe then.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from valhub.evaluation.execution.sandbox import cgroups

_NAME = "valhub-run-"
_RUN = re.compile(rf"{_NAME}(?P<pid>[0-9]{{1,10}})-(?P<at>[0-9]+)-")
# What a sandbox is, with the run's name in its command line; all inside ends with it.
_PROGRAM = "bwrap"
# A process shows its name a moment after it was started, and may start another before it is ended.
_ROUNDS = 20
_ROUND_S = 0.05

# Arguments: the folder, then each folder in which the run makes control groups. A run that says
# nothing before the pipe closes was killed: a sandbox may be starting still, with nobody to end it.
_JANITOR = """
trap '' INT TERM HUP
folder=$1; name=${1##*/}; shift
least=0
read -r _ || least=ROUNDS
round=0
while [ $round -lt 200 ]; do
  busy=
  [ $round -ge $least ] || busy=1
  for file in $(grep -lsF -e "$name" /proc/[0-9]*/cmdline); do
    read -r program < "${file%cmdline}comm" || continue
    [ "$program" = PROGRAM ] || continue
    pid=${file%/cmdline}
    kill -9 "${pid##*/}" && busy=1
  done
  for parent in "$@"; do
    for group in "$parent/$name"-*; do
      [ -d "$group" ] || continue
      while read -r pid; do kill -9 "$pid"; done < "$group/cgroup.procs"
      rmdir "$group" || busy=1
    done
  done
  [ -z "$busy" ] && break
  round=$((round + 1))
  sleep ROUND_S
done
rm -rf -- "$folder"
"""
_JANITOR = (
    _JANITOR.replace("PROGRAM", _PROGRAM)
    .replace("ROUNDS", str(_ROUNDS))
    .replace("ROUND_S", str(_ROUND_S))
)


class RunDir:
    """A private folder that is gone when the run is, however the run ends.

    Parameters
    ----------
    group_parents : sequence of Path
        Folders of the control-group trees in which this run makes groups, each named
        `<name of the run>-<anything>`.
    """

    def __init__(self, group_parents: Sequence[Path] = ()) -> None:
        sweep(group_parents)
        prefix = f"{_NAME}{os.getpid()}-{_start_time(os.getpid())}-"
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        self._janitor = subprocess.Popen(
            ["/bin/sh", "-c", _JANITOR, "sh", self.path, *group_parents],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            start_new_session=True,
        )

    @property
    def name(self) -> str:
        """What the run's control groups are named for."""
        return self.path.name

    def close(self) -> None:
        """Remove the folder and every group of the run."""
        if self._janitor.stdin and not self._janitor.stdin.closed:
            with suppress(BrokenPipeError):
                self._janitor.stdin.write(b"ended\n")
                self._janitor.stdin.flush()
            with suppress(BrokenPipeError):
                self._janitor.stdin.close()
            self._janitor.wait()

    def __enter__(self) -> "RunDir":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def sweep(group_parents: Sequence[Path] = ()) -> None:
    """End and remove what is left of runs whose process and janitor were both killed."""
    folders = list(_abandoned(Path(tempfile.gettempdir())))
    if folders:
        _end_sandboxes([folder.name.encode() for folder in folders])
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    for parent in group_parents:
        for group in _abandoned(parent):
            with suppress(OSError):
                _end_group(group)


def _abandoned(parent: Path) -> Iterator[Path]:
    for path in parent.glob(f"{_NAME}*"):
        run = _RUN.match(path.name)
        with suppress(FileNotFoundError):
            if run and path.lstat().st_uid == os.getuid() and _start_time(run["pid"]) != run["at"]:
                yield path


def _end_sandboxes(runs: Sequence[bytes]) -> None:
    """End the sandboxes of runs, for as long as one may still be starting, as the janitor does."""
    for _ in range(_ROUNDS):
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                command = (process / "cmdline").read_bytes()
                program = (process / "comm").read_text().strip()
                if program == _PROGRAM and any(run in command for run in runs):
                    os.kill(int(process.name), signal.SIGKILL)
        time.sleep(_ROUND_S)


def _end_group(group: Path) -> None:
    for pid in (group / "cgroup.procs").read_text().split():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    cgroups.remove([group])


def _start_time(pid: int | str) -> str:
    """When a process started, in the kernel's ticks; process ids are used again, this is not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return stat.rpartition(")")[2].split()[19]
