"""What a container has as its root: a folder in memory, with the places of this machine bound in.

So no image is needed, nothing is copied, and the engine mounts one folder whatever is shown in it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from valhub.evaluation.execution.sandbox.interface import Bind, SandboxLimits
from valhub.evaluation.execution.sandbox.surroundings import Link

STAGE = "/mnt"
"""Where who is started finds the stage; engines refuse long paths, as those of run folders are."""

_STAGE_BYTES = 64 * 1024**2
# Host watches the number of files; this ends what fills memory faster than it looks.
_INODES_OVER_LIMIT = 2

# Arguments: the stage, size and number of files of a temporary folder; then triples of what to do,
# with what, and where inside; then `--` and what to start. All mounts are this process' alone.
_BUILD = """
set -e
umask 022
stage=$1 root=$1/root options="size=$2,nr_inodes=$3,mode=1777,nosuid,nodev"; shift 3
mount -t tmpfs -o size=STAGE_BYTES,mode=0711 stage "$stage"
mkdir "$root" "$stage/shm"
cd "$root"
mkdir dev dev/shm etc proc run sys tmp
: >etc/hostname; : >run/.containerenv
mount -t tmpfs -o "$options" tmp tmp
mount -t tmpfs -o "$options" shm "$stage/shm"
while [ "$1" != -- ]; do
  mkdir -p "$root${3%/*}"
  if [ "$1" = link ]; then
    ln -s "$2" "$root$3"
  else
    if [ -d "$2" ]; then mkdir -p "$root$3"; else : >"$root$3"; fi
    mount --bind "$2" "$root$3"
    mount -o "remount,bind,$1,nosuid,nodev" "$root$3"
  fi
  shift 3
done
shift
mount --rbind "$stage" AS_SEEN
cd /
exec "$@"
""".replace("STAGE_BYTES", str(_STAGE_BYTES)).replace("AS_SEEN", STAGE)


def staged(
    stage: Path, limits: SandboxLimits, places: Sequence[Bind | Link], then: Sequence[str]
) -> list[str]:
    """Write the command that builds a root below `stage`, in private, and starts another in it.

    Everything it starts is in a process namespace of its own, and ends with its first process.
    """
    inodes = _INODES_OVER_LIMIT * limits.tmp_inodes
    return [
        *("unshare", "--mount", "--propagation", "private"),
        *("--pid", "--fork", "--kill-child", "--mount-proc"),
        *("sh", "-c", _BUILD, "sh", str(stage), str(limits.tmp_bytes), str(inodes)),
        *(word for place in places for word in _words(place)),
        *("--", *then),
    ]


def _words(place: Bind | Link) -> Iterator[str]:
    if isinstance(place, Link):
        yield from ("link", place.leads_to, place.path)
    else:
        yield from ("rw" if place.writable else "ro", str(place.source.resolve()), place.target)
