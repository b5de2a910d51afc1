"""Alerts, scrape configuration and dashboard, against what the hub really tells."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from services.tools import program
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.jobs.models import Run, Shard, Submission, Tally
from valhub.jobs.services.disks import record_disks
from valhub.jobs.services.heartbeats import record_heartbeat
from valhub.jobs.used_space import measure_space

FOLDER = Path(__file__).parents[2] / "deploy/monitoring"
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text())
ALERTS = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
# Grafana fills these in before it asks Prometheus.
FILLED_IN = {"$__rate_interval": "5m", "$analysis": "1"}


def promtool(
    *arguments: str, folder: Path = FOLDER, given: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [program("promtool"), *arguments]
    return subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, check=False
    )


def drawn() -> Iterator[str]:
    """What the dashboard asks Prometheus for."""
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


@pytest.fixture
def exposed(organiser: Account, participant: Account, staff: Account) -> str:
    """What a hub with a little of everything tells."""
    analysis = Analysis.objects.create(analysis_name="Time shifts", creator=organiser)
    version = AnalysisVersion.objects.create(analysis=analysis, number=1, kind="task")
    submission = Submission.objects.create(analysis=analysis, created_by=participant)
    run = Run.objects.create(submission=submission, version=version)
    Shard.objects.create(run=run, ordinal=0)
    Tally.objects.create(analysis=analysis, what="finished", kind="scored", within_s=5, count=1)
    record_heartbeat("sweeper")
    record_disks()
    measure_space()
    client = Client()
    client.force_login(staff)
    client.get("/livez")
    return client.get("/metrics").content.decode()


@pytest.fixture
def told(exposed: str) -> dict[str, set[str]]:
    """The names in it, each with its labels."""
    names: dict[str, set[str]] = {"up": {"job", "instance"}}
    for family in text_string_to_metric_families(exposed):
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
    return names


def names_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:valhub_\w+|up)\b", expression))


@pytest.mark.django_db
def test_what_the_hub_tells_is_as_prometheus_wants_it(exposed: str) -> None:
    done = promtool("check", "metrics", given=exposed)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.django_db
@pytest.mark.parametrize("expression", [*drawn(), *(alert["expr"] for alert in ALERTS)])
def test_what_is_asked_for_is_told(told: dict[str, set[str]], expression: str) -> None:
    wanted = names_in(expression)
    assert wanted <= told.keys()
    labels = set().union({"job"}, *(told[name] for name in wanted))
    used = re.findall(r'(\w+)=~?"', expression)
    used += re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", expression)))
    assert set(used) <= labels


@pytest.mark.django_db
def test_everything_that_is_told_is_drawn(told: dict[str, set[str]]) -> None:
    shown = set().union(*map(names_in, drawn()))
    ends = ("_created", "_count", "_sum", "_bucket")
    families = {re.sub(f"({'|'.join(ends)})$", "", name) for name in told} - {"up"}
    assert families <= {re.sub(f"({'|'.join(ends)})$", "", name) for name in shown}


def test_prometheus_understands_what_the_dashboard_asks(tmp_path: Path) -> None:
    expressions = [one for one in drawn() if not one.startswith("label_values")]
    for name, value in FILLED_IN.items():
        expressions = [one.replace(name, value) for one in expressions]
    rules = [{"record": f"panel:{i}", "expr": one} for i, one in enumerate(expressions)]
    groups = {"groups": [{"name": "dashboard", "rules": rules}]}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(groups))
    done = promtool("check", "rules", "rules.yml", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{len(rules)} rules found" in done.stdout


def test_the_alerts_are_raised_when_they_are_to_be() -> None:
    done = promtool("test", "rules", "alerts_test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_says_what_to_do() -> None:
    for alert in ALERTS:
        assert set(alert["annotations"]) == {"summary", "action"}
        assert alert["labels"]["severity"] in ("page", "ticket")


def test_prometheus_takes_the_scrape_configuration(tmp_path: Path) -> None:
    text = (FOLDER / "prometheus.yml").read_text()
    (tmp_path / "token").write_text("token")
    here = text.replace("/etc/prometheus/valhub-metrics-token", str(tmp_path / "token"))
    (tmp_path / "prometheus.yml").write_text(here)
    shutil.copy(FOLDER / "alerts.yml", tmp_path)
    done = promtool("check", "config", "prometheus.yml", folder=tmp_path)
    assert done.returncode == 0, done.stderr


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells
