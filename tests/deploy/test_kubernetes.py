"""The Kubernetes manifests, without a cluster: Kubernetes' own schemas, and what goes with what.

KEDA's kinds have no schema here; of them it is checked that they name what there is.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.db import connection

from services.tools import program
from valhub.client.cli import main

FOLDER = Path(__file__).parents[2] / "deploy/kubernetes"
PARTS = ("web", "events", "sweeper", "worker", "migrate")


def manifests() -> Iterator[dict[str, Any]]:
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from yaml.safe_load_all(path.read_text())


ALL = list(manifests())
OF_KUBERNETES = [one for one in ALL if "keda" not in one["apiVersion"]]


def named(one: dict[str, Any]) -> str:
    return f"{one['kind']}/{one['metadata']['name']}"


BY_NAME = {named(one): one for one in ALL}


def pod(part: str) -> dict[str, Any]:
    kind = "Job" if part == "migrate" else "Deployment"
    spec: dict[str, Any] = BY_NAME[f"{kind}/{part}"]["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("manifest", OF_KUBERNETES, ids=named)
def test_kubernetes_knows_what_it_says(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, "1.32", strict=True)


def test_kustomize_puts_them_together(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(FOLDER, tmp_path / "hub"))
    shutil.copy(copy / "secret.env.example", copy / "secret.env")
    command = [program("kubectl"), "kustomize", str(copy)]
    done = subprocess.run(command, capture_output=True, check=True)
    made = list(yaml.safe_load_all(done.stdout))
    assert {named(one) for one in made} == {*BY_NAME, "Secret/valhub"}
    assert {one["metadata"].get("namespace") for one in made} == {None, "valhub"}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_runs_a_command_that_there_is_and_has_few_rights(part: str) -> None:
    spec, (container,) = pod(part), pod(part)["containers"]
    assert container["args"][0] in main.commands
    assert spec["securityContext"]["runAsNonRoot"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not BY_NAME[f"ServiceAccount/{spec['serviceAccountName']}"][
        "automountServiceAccountToken"
    ]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_a_place_for_everything_it_mounts(part: str) -> None:
    spec, (container,) = pod(part), pod(part)["containers"]
    mounted = {one["name"] for one in container["volumeMounts"]}
    assert mounted == {one["name"] for one in spec["volumes"]}


def test_algorithms_run_behind_two_walls() -> None:
    assert pod("worker")["runtimeClassName"] == "gvisor"
    assert BY_NAME["RuntimeClass/gvisor"]["handler"] == "runsc"


@pytest.mark.parametrize("part", ["web", "events"])
@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget", "NetworkPolicy"])
def test_what_is_for_a_server_finds_it(kind: str, part: str) -> None:
    spec = BY_NAME[f"{kind}/{part}"]["spec"]
    selector = spec.get("podSelector", spec.get("selector"))
    labels = BY_NAME[f"Deployment/{part}"]["spec"]["template"]["metadata"]["labels"]
    assert selector.get("matchLabels", selector).items() <= labels.items()


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/submissions/1/files", "/api/v1/submissions/1/events"]
)
def test_a_path_leads_to_its_service(path: str) -> None:
    """As ingress-nginx reads them: of several patterns the longest that fits."""
    found = {}
    for part in ("web", "events"):
        (rule,) = BY_NAME[f"Ingress/{part}"]["spec"]["rules"]
        (one,) = rule["http"]["paths"]
        assert f"Service/{one['backend']['service']['name']}" in BY_NAME
        if re.match(one["path"], path):
            found[len(one["path"])] = one["backend"]["service"]["name"]
    assert found[max(found)] == ("events" if path.endswith("/events") else "web")


def test_keda_scales_the_workers_by_a_connection_that_there_is() -> None:
    scaled = BY_NAME["ScaledObject/worker"]["spec"]
    (trigger,) = scaled["triggers"]
    (secret,) = BY_NAME["TriggerAuthentication/database"]["spec"]["secretTargetRef"]
    assert f"Deployment/{scaled['scaleTargetRef']['name']}" in BY_NAME
    assert f"TriggerAuthentication/{trigger['authenticationRef']['name']}" in BY_NAME
    assert re.search(rf"(?m)^{secret['key']}=", (FOLDER / "secret.env.example").read_text())
    assert "replicas" not in BY_NAME["Deployment/worker"]["spec"]


@pytest.mark.django_db
def test_the_database_understands_what_keda_asks_it() -> None:
    (trigger,) = BY_NAME["ScaledObject/worker"]["spec"]["triggers"]
    with connection.cursor() as cursor:
        cursor.execute(trigger["metadata"]["query"])
        assert list(cursor.fetchall()) == [(0,)]


def test_the_example_of_secrets_has_none() -> None:
    values = re.findall(r"(?m)^\w+=(.*)", (FOLDER / "secret.env.example").read_text())
    assert values
    assert all("PASSWORD" in value or value.isupper() for value in values)
