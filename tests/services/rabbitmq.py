"""A RabbitMQ server of one's own on loopback, which can be stopped, killed and started again.

It has a node name, a port mapper, a cookie and folders of its own, so that it meets no other.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from services.processes import free_port, wait_for_port, wait_for_silence
from services.tied import tied

# Debian's own /usr/sbin/rabbitmq-server insists on its account and folders.
_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_LOOPBACK_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}"


@dataclass
class RabbitMQ:
    """A server that may be running; its messages are kept on disk while it is not."""

    folder: Path
    port: int = field(default_factory=free_port)
    mapper_port: int = field(default_factory=free_port)
    distribution_port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    mapper: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        assert _SERVER.exists(), "rabbitmq-server is missing: apt-get install rabbitmq-server."
        with (self.folder / "log").open("ab") as log:
            if self.mapper is None:
                mapper = ["epmd", "-port", str(self.mapper_port), "-address", "127.0.0.1"]
                self.mapper = tied(subprocess.Popen(mapper, stdout=log, stderr=log))
            process = tied(
                subprocess.Popen(
                    [_SERVER], env=self._environment(), stdout=log, stderr=log, process_group=0
                )
            )
        self.process = process
        wait_for_port(self.port, process)

    def _environment(self) -> dict[str, str]:
        here = str(self.folder)
        return {
            "PATH": os.environ["PATH"],
            "HOME": here,
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"valhub-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": here,
            "RABBITMQ_LOG_BASE": here,
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": f"{here}/none",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{here}/plugins",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _LOOPBACK_ONLY,
        }

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it by a signal."""
        if self.process is not None:
            # A shell waits for the server; both are one process group.
            os.killpg(self.process.pid, how)
            self.process.wait()
            wait_for_silence(self.port)
        self.process = None

    def close(self) -> None:
        """End it and its port mapper."""
        self.stop(signal.SIGKILL)
        if self.mapper is not None:
            self.mapper.terminate()
            self.mapper.wait()


@contextmanager
def running_rabbitmq() -> Iterator[RabbitMQ]:
    """Start a server on a free port; it ends with the block."""
    with TemporaryDirectory(prefix="valhub-rabbitmq-", ignore_cleanup_errors=True) as folder:
        rabbitmq = RabbitMQ(Path(folder))
        try:
            rabbitmq.start()
            yield rabbitmq
        finally:
            rabbitmq.close()
