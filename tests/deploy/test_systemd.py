"""The systemd units, by systemd's own checks; no unit is started."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from services.tools import program
from valhub.client.cli import main
from valhub.cloud.launchers.user_data import user_data

FOLDER = Path(__file__).parents[2] / "deploy/systemd"
UNITS = sorted(FOLDER.glob("*.service"))
SOCKETS = sorted(FOLDER.glob("*.socket"))
WITH_A_SANDBOX = ("valhub.service", "valhub-worker@.service")
# What keeps the sandbox from making namespaces, mounts, a host name and a /proc of its own.
FORBIDS_SANDBOXES = (
    "RestrictNamespaces",
    "ProtectKernelTunables",
    "ProtectKernelLogs",
    "ProtectControlGroups",
    "ProtectHostname",
    "ProtectProc",
    "ProcSubset",
    "MemoryDenyWriteExecute",
    "PrivateUsers",
)


def analysed(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [program("systemd-analyze"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(params=UNITS, ids=lambda path: path.name)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit beside all others, with commands that are here in place of the installed hub's."""
    for path in (*UNITS, *SOCKETS):
        text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text)
    return tmp_path / str(request.param.name)


def test_systemd_understands_it(unit: Path) -> None:
    done = analysed("verify", "--man=no", str(unit))
    assert (done.returncode, done.stderr) == (0, "")


def test_it_has_few_rights(unit: Path) -> None:
    """Systemd's own measure goes from 0, locked in, to 10."""
    done = analysed("security", "--offline=true", "--json=short", str(unit))
    assert json.loads(done.stdout)
    told = analysed("security", "--offline=true", str(unit)).stdout
    exposure = re.search(r"Overall exposure level for \S+ ([\d.]+)", told)
    assert exposure is not None
    assert float(exposure[1]) <= (4.0 if unit.name in WITH_A_SANDBOX else 2.0)


@pytest.mark.parametrize("name", WITH_A_SANDBOX)
def test_who_runs_algorithms_may_build_a_sandbox(name: str) -> None:
    settings = dict(re.findall(r"(?m)^(\w+)=(.*)", (FOLDER / name).read_text()))
    assert not set(FORBIDS_SANDBOXES) & set(settings)
    assert settings["Delegate"] == "cpu memory pids"
    assert "AF_NETLINK" in settings["RestrictAddressFamilies"].split()
    assert "@mount" not in settings["SystemCallFilter"]


@pytest.mark.parametrize("path", SOCKETS, ids=lambda path: path.name)
def test_an_address_is_held_for_a_service_that_names_none(path: Path, tmp_path: Path) -> None:
    """A service that needs its socket is never started without it, and listens nowhere else."""
    service = path.with_suffix(".service").read_text()
    assert f"Requires={path.name}\n" in service
    assert f"Also={path.name}\n" in service
    assert not re.search(r"(?m)^ExecStart=.*--(host|port)", service)
    port = 8081 if "events" in path.name else 8080
    assert re.findall(r"(?m)^ListenStream=(.*)", path.read_text()) == [f"127.0.0.1:{port}"]
    (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / f"{path.stem}.service").write_text("[Service]\nExecStart=/bin/true\n")
    done = analysed("verify", "--man=no", str(tmp_path / path.name))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_it_starts_a_command_that_there_is(path: Path) -> None:
    command = re.search(r"(?m)^ExecStart=/opt/valhub/(\S+) ?(\S*)", path.read_text())
    assert command is not None
    if command[1] == "bin/valhub":
        assert command[2] in main.commands
    else:
        assert path.name == "valhub-environment.service"


def test_the_worker_of_an_instance_finds_its_settings_where_they_are_written() -> None:
    fetching = (FOLDER.parent / "aws/fetch_environment.py").read_text()
    script = user_data(command="/opt/valhub/bin/valhub", workers=1, idle_s=60)
    assert "EnvironmentFile=/etc/valhub/environment" in script
    assert '"/etc/valhub/environment"' in fetching
