"""A Redis server of one's own on loopback, which can be stopped, killed and started again."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from services.processes import free_port, program, wait_for_port
from services.tied import tied


@dataclass
class Redis:
    """A server that may be running; what it keeps goes with it."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        server = program("redis-server", "redis-server")
        command = [server, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        with (self.folder / "log").open("ab") as log:
            command += ["--dir", str(self.folder)]
            process = tied(subprocess.Popen(command, stdout=log, stderr=log))
        self.process = process
        wait_for_port(self.port, process)

    def stop(self) -> None:
        """End it at once, as a power cut does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def lose_everything(self) -> None:
        """Forget all keys, as FLUSHALL does."""
        command = [program("redis-cli", "redis-tools"), "-p", str(self.port), "FLUSHALL"]
        subprocess.run(command, check=True, capture_output=True)


@contextmanager
def running_redis() -> Iterator[Redis]:
    """Start a server on a free port; it ends with the block."""
    with TemporaryDirectory(prefix="valhub-redis-") as folder:
        redis = Redis(Path(folder))
        try:
            redis.start()
            yield redis
        finally:
            redis.stop()
