"""What an EC2 instance runs when it starts: nothing secret, because others can read it.

Settings with secrets in them are the image's business: they are in a file on the instance, which
its own role lets it fetch.
"""

_SCRIPT = """\
#!/bin/bash
# Starts the workers of this instance, and switches it off once all of them have left.
trap 'shutdown -h now' EXIT
properties=(
  EnvironmentFile=/etc/valhub/environment
  StateDirectory=valhub StateDirectoryMode=0700 WorkingDirectory=/var/lib/valhub
  Delegate=yes KillMode=mixed TimeoutStopSec=30 OOMPolicy=continue
  NoNewPrivileges=yes UMask=0077 LimitNOFILE=65536
)
for number in $(seq {workers}); do
  systemd-run --wait --quiet --unit="valhub-instance-worker-$number" --uid=valhub \\
    "${{properties[@]/#/--property=}}" --setenv=VALHUB_DATA=/var/lib/valhub \\
    {command} worker --analysis-from-instance-tag --idle-exit {idle_s:g} &
done
wait
"""


def user_data(*, command: str, workers: int, idle_s: float) -> str:
    """Write the script that an instance runs when it starts.

    Parameters
    ----------
    command : str
        Path of the `valhub` command in the image.
    workers : int
        How many worker processes it starts.
    idle_s : float
        How long a worker without work stays.
    """
    return _SCRIPT.format(command=command, workers=workers, idle_s=idle_s)
