"""A private nginx with the deployment's own configuration, before a hub's web server."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.processes import ServerProcess, free_port, listens
from services.tools import program

DEPLOYED = Path(__file__).parents[2] / "deploy/nginx/valhub.conf"
STREAMS = "/etc/nginx/valhub-events.conf"
# What Debian's and nginx' own packages bring around the file that is deployed.
AROUND = """
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/valhub.conf;
}}
"""


@dataclass(frozen=True)
class Nginx:
    """A running proxy; its certificate is its own."""

    port: int
    folder: Path

    def access_log(self) -> str:
        """What it has written of requests."""
        return (self.folder / "valhub.log").read_text()


def configured(
    folder: Path,
    upstream: str,
    *,
    http: int,
    https: int,
    events: str = "",
    deployed: Path = DEPLOYED,
) -> list[str]:
    """Put the configuration into a folder; gives the command that reads it.

    Streams of events go to `events`, and to the web server when there is none.
    """
    _make_certificate(folder)
    text = deployed.read_text()
    for there, here in {
        "/etc/nginx/valhub-upstream.conf": f"{folder}/upstream.conf",
        STREAMS: f"{folder}/events.conf",
        "/etc/nginx/tls": str(folder),
        "/var/cache/nginx": str(folder),
        "/var/log/nginx": str(folder),
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{https} ssl http2;",
        "listen [::]:80;": "",
        "listen [::]:443 ssl http2;": "",
    }.items():
        assert there in text or (there == STREAMS and not events), there
        text = text.replace(there, here)
    (folder / "valhub.conf").write_text(text)
    (folder / "upstream.conf").write_text(f"server {upstream};")
    streams = f"server {events}; server {upstream} backup;" if events else f"server {upstream};"
    (folder / "events.conf").write_text(streams)
    # Its processes read the folder as who made it.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    return [program("nginx"), "-p", str(folder), "-c", f"{folder}/nginx.conf"]


def _make_certificate(folder: Path) -> None:
    """Make a key and a certificate that names this machine, where there is none yet."""
    if (folder / "fullchain.pem").exists():
        return
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "1", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def running_nginx(
    folder: Path, upstream: str, *, https: int = 0, events: str = "", deployed: Path = DEPLOYED
) -> Iterator[Nginx]:
    """Serve HTTPS before an address, as `127.0.0.1:8080`; on a free port unless one is given."""
    https = https or free_port()
    command = configured(
        folder, upstream, http=free_port(), https=https, events=events, deployed=deployed
    )
    log = folder / "nginx.out"
    process = ServerProcess([*command, "-g", "daemon off;"], log, lambda: listens(https))
    try:
        process.start()
        yield Nginx(https, folder)
    finally:
        process.stop()
