"""Debian's radosgw on loopback: a server of S3's protocol that checks every signature.

One monitor, one store in memory and one gateway, with keys of their own between them. The packages
are `ceph-mon`, `ceph-osd` and `radosgw`.
"""

import json
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen
from uuid import uuid4

from services.processes import free_port, program
from services.tied import tied

_STARTS_WITHIN_S = 300
_PACKAGES = "ceph-mon ceph-osd radosgw"
_CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = {folder}/keyring
run dir = {folder}
admin socket =
pid file =
log file = {folder}/$name.log
crash dir = {folder}
osd objectstore = memstore
memstore device bytes = 1073741824
osd class dir = {classes}
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon data = {folder}/mon
osd data = {folder}/osd
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{gateway}
rgw thread pool size = 16
"""


@dataclass(frozen=True)
class Gateway:
    """A running gateway, and the credentials of its one user."""

    url: str
    access_key: str
    secret_key: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": "default",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextmanager
def running_radosgw() -> Iterator[Gateway]:
    """Start a gateway of its own on free ports; it ends with the block."""
    for name in ("ceph-mon", "ceph-osd", "radosgw"):
        program(name, _PACKAGES)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="valhub-rgw-")))
        ports = {"mon": free_port(), "gateway": free_port()}
        fsid = str(uuid4())
        _write_configuration(folder, fsid=fsid, **ports)
        _make_monitor(folder, fsid, ports["mon"])
        _start(stack, folder, "ceph-mon", "-i", "a")
        _make_store(folder)
        _start(stack, folder, "ceph-osd", "-i", "0")
        _start(stack, folder, "radosgw", "--name", "client.admin")
        url = f"http://127.0.0.1:{ports['gateway']}"
        _wait(lambda: _answers(url), folder)
        yield _user(folder, url)


def _write_configuration(folder: Path, **values: object) -> None:
    classes = next(Path("/usr/lib").glob("*/rados-classes"))
    text = _CONFIGURATION.format(folder=folder, classes=classes, **values)
    (folder / "ceph.conf").write_text(text)
    for name in ("mon", "osd", "rgw"):
        (folder / name).mkdir()


def _make_monitor(folder: Path, fsid: str, port: int) -> None:
    keyring, monmap = str(folder / "keyring"), str(folder / "monmap")
    key = ("ceph-authtool", keyring, "--gen-key")
    _run(*key, "--create-keyring", "-n", "mon.", "--cap", "mon", "allow *")
    rights = [word for kind in ("mon", "osd", "mgr") for word in ("--cap", kind, "allow *")]
    _run(*key, "-n", "client.admin", *rights)
    address = f"[v2:127.0.0.1:{port}]"
    _run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, monmap)
    _tool(folder, "ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)


def _make_store(folder: Path) -> None:
    store, secret = str(uuid4()), _run("ceph-authtool", "--gen-print-key").strip()
    _tool(
        folder, "ceph", "osd", "new", store, "-i", "-", given=json.dumps({"cephx_secret": secret})
    )
    keyring = str(folder / "osd/keyring")
    _run("ceph-authtool", "--create-keyring", keyring, "--name", "osd.0", "--add-key", secret)
    _tool(folder, "ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", store, "--keyring", keyring)
    with (folder / "ceph.conf").open("a") as configuration:
        configuration.write(f"[osd]\nkeyring = {keyring}\n")


def _user(folder: Path, url: str) -> Gateway:
    access, secret = secrets.token_hex(10), secrets.token_hex(20)
    names = ("--uid", "hub", "--display-name", "The hub")
    keys = ("--access-key", access, "--secret-key", secret)
    _tool(folder, "radosgw-admin", "--name", "client.admin", "user", "create", *names, *keys)
    return Gateway(url, access, secret)


def _start(stack: ExitStack, folder: Path, name: str, *words: str) -> None:
    """Start a daemon in the foreground; it is ended with the stack."""
    command = [name, "-c", str(folder / "ceph.conf"), "-f", *words]
    with (folder / f"{name}.out").open("wb") as output:
        daemon = tied(subprocess.Popen(command, stdout=output, stderr=output))

    def end() -> None:
        daemon.kill()  # There is nothing to keep.
        daemon.wait(120)

    stack.callback(end)


def _tool(folder: Path, name: str, *words: str, given: str | None = None) -> str:
    return _run(name, "-c", str(folder / "ceph.conf"), *words, given=given)


def _run(*command: str, given: str | None = None) -> str:
    done = _done(command, given)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-2000:]}")
    return done.stdout


def _done(command: Sequence[str], given: str | None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, timeout=_STARTS_WITHIN_S
    )


def _wait(ready: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while not ready():
        if time.monotonic() > deadline:
            said = "".join(log.read_text(errors="replace")[-800:] for log in folder.glob("*.out"))
            raise RuntimeError(f"radosgw did not start: {said}")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        urlopen(url, timeout=60).close()
    except (URLError, OSError):
        return False
    return True
