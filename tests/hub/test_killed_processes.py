"""Every kind of process, killed in a real hub: its gauge goes to where its alert fires.

Nobody waits until a heartbeat is a minute old: after each kill all of them are made old, and those
of the living are new again within seconds.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from services.processes import free_port
from services.tied import tied

ROOT = Path(__file__).parents[2]
RULES = yaml.safe_load((ROOT / "deploy/monitoring/alerts.yml").read_text())["groups"][0]["rules"]
ALERTS = {rule["alert"]: rule["expr"] for rule in RULES}
# `promtool` tests that these rules fire above this age.
[FIRES_ABOVE_S] = {
    int(re.findall(r"> (\d+)$", ALERTS[name])[0]) for name in ("ProcessSilent", "SweeperSilent")
}
KINDS = {"supervisor", "web", "events", "worker", "sweeper", "scaler"}
TOKEN = "a-token-of-the-tests"
OLD = "UPDATE jobs_heartbeat SET at = datetime(at, '-10 minutes')"


@dataclass(frozen=True)
class Hub:
    """A hub of separate processes on one database, beside a `valhub up` on the same."""

    folder: Path
    port: int
    parts: Mapping[str, subprocess.Popen[bytes]]

    def kill(self, part: str) -> None:
        self.parts[part].kill()
        self.parts[part].wait()

    def make_old(self) -> None:
        with closing(sqlite3.connect(self.folder / "hub.sqlite3", timeout=120)) as database:
            database.execute(OLD)
            database.commit()

    def ages(self) -> dict[str, float]:
        """What the gauge says of each kind."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            families = text_string_to_metric_families(answer.read().decode())
        return {
            sample.labels["process"]: sample.value
            for family in families
            if family.name == "valhub_heartbeat_age_seconds"
            for sample in family.samples
        }

    def silent(self) -> set[str]:
        """The kinds for which the gauge is where an alert fires."""
        return {kind for kind, age in self.ages().items() if age > FIRES_ABOVE_S}

    def settles_at(self, kinds: set[str]) -> bool:
        """Whether just these kinds are silent, once the others have shown themselves again."""
        self.make_old()
        deadline = time.monotonic() + 120
        while (found := self.silent()) > kinds and time.monotonic() < deadline:
            time.sleep(0.1)
        return found == kinds


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "VALHUB_DATA": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'hub.sqlite3'}",
        "VALHUB_METRICS_TOKEN": TOKEN,
        "VALHUB_LAUNCHER": "local",
        "VALHUB_SCALE_MS": "200",
    }


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=60).close()
    except OSError:
        return False
    return True


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    command = [sys.executable, "-P", "-m", "valhub.client.cli"]
    own = environment(tmp_path)
    subprocess.run([*command, "migrate"], env=own, check=True, capture_output=True)
    port = free_port()
    # The whole hub keeps its folder to itself, so that it can be killed alone.
    whole = {**own, "VALHUB_DATA": str(tmp_path / "whole")}
    with ExitStack() as stack, (tmp_path / "log").open("wb") as log:
        parts = {}
        for part, options, settings in (
            ("web", ("web", f"--port={port}"), own),
            ("events", ("events", f"--port={free_port()}"), own),
            ("worker", ("worker",), own),
            ("sweeper", ("sweep",), own),
            ("supervisor", ("up", "--port=0"), whole),
        ):
            process = tied(
                subprocess.Popen([*command, *options], env=settings, stdout=log, stderr=log)
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            parts[part] = process
        while not answers(port):
            assert parts["web"].poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.1)
        yield Hub(tmp_path, port, parts)


@pytest.mark.slow
def test_a_killed_process_of_each_kind_is_where_its_alert_fires(hub: Hub) -> None:
    while KINDS - hub.ages().keys():
        time.sleep(0.1)
    assert hub.settles_at(set())
    hub.kill("supervisor")
    assert hub.settles_at({"supervisor"})
    hub.kill("events")
    assert hub.settles_at({"supervisor", "events"})
    hub.kill("worker")
    assert hub.settles_at({"supervisor", "events", "worker"})
    hub.kill("sweeper")
    assert hub.settles_at({"supervisor", "events", "worker", "sweeper", "scaler"})
    hub.kill("web")
    # Prometheus has `up` 0 for it; other processes and `valhub admin status` see its silence.
    while answers(hub.port):
        time.sleep(0.1)  # The kernel is still ending its processes.
    hub.make_old()
    status = [sys.executable, "-P", "-m", "valhub.client.cli", "admin", "status", "--json"]
    shown = subprocess.run(status, env=environment(hub.folder), check=True, capture_output=True)
    states = json.loads(shown.stdout)["processes"]
    assert all(re.fullmatch(r"silent for \d{3,} s", state) for state in states.values()), states
    assert set(states) == KINDS
