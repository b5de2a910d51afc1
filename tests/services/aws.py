"""A server on loopback that speaks AWS' protocols over HTTP: S3, SQS, EC2 and their kin.

It keeps everything in memory, takes any credentials, and is emptied with `Aws.empty`.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

from services.tied import tied

REGION = "us-east-2"
_STARTS_WITHIN_S = 240
_ADDRESS = re.compile(r"Running on (http://127\.0\.0\.1:\d+)")


@dataclass(frozen=True)
class Aws:
    """A running server.

    Attributes
    ----------
    url : str
        Its endpoint, for every service.
    environment : dict of str
        What a client's process has to have set: credentials, region, endpoint.
    """

    url: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing-secret",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def empty(self) -> None:
        """Forget every bucket, queue and instance."""
        urlopen(Request(f"{self.url}/moto-api/reset", method="POST"), timeout=120).close()


@contextmanager
def running_aws() -> Iterator[Aws]:
    """Start a server of its own on a free port; it ends with the block."""
    with TemporaryDirectory(prefix="valhub-aws-") as folder:
        log = Path(folder, "log")
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        with log.open("wb") as output:
            server = tied(subprocess.Popen(command, stdout=output, stderr=output))
        try:
            yield Aws(_address(server, log))
        finally:
            server.terminate()
            server.wait(120)


def _address(server: "subprocess.Popen[bytes]", log: Path) -> str:
    """Where it listens, once it does."""
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        found = _ADDRESS.search(log.read_text(errors="replace"))
        if found is not None:
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"The AWS server did not start: {log.read_text(errors='replace')[-2000:]}")
