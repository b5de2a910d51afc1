"""The Terraform files, without the provider: their form, and that all they name is declared.

`terraform validate` needs the provider's own program, which is not at hand everywhere: run it after
`terraform init`, before applying anything. What is checked here needs no network.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import hcl2
import pytest

from services.tools import program
from valhub.cloud.launchers.address import read_launcher

FOLDER = Path(__file__).parents[2] / "deploy/terraform"
ROOT = FOLDER.parents[1]
FILES = sorted(FOLDER.glob("*.tf"))


def plain(value: Any) -> Any:
    """A parsed file without the quotes and marks of the parser."""
    if isinstance(value, dict):
        kept = {name.strip('"'): plain(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if not name.startswith("__")}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def blocks() -> Iterator[tuple[str, Any]]:
    """Every block by the name that others call it by."""
    for path in FILES:
        for kind, found in plain(hcl2.loads(path.read_text())).items():
            for block in found:
                yield from named(kind, block)


def named(kind: str, block: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if kind == "locals":
        yield from ((f"local.{name}", value) for name, value in block.items())
    elif kind in ("variable", "output"):
        prefix = {"variable": "var", "output": "output"}[kind]
        yield from ((f"{prefix}.{name}", value) for name, value in block.items())
    elif kind in ("resource", "data", "ephemeral"):
        prefix = "" if kind == "resource" else f"{kind}."
        for of, those in block.items():
            yield from ((f"{prefix}{of}.{name}", value) for name, value in those.items())


DECLARED = dict(blocks())


def references(value: Any) -> set[str]:
    """What the expressions in a block name."""
    found = set()
    for text in texts(value):
        for inside in re.findall(r"\$\{(.*)\}", text) or [text]:
            code = re.sub(r'"(?:[^"$]|\$(?!\{))*"', "", inside)
            found |= set(re.findall(r"\b(?:data\.|ephemeral\.)?[a-z]\w*\.\w+", code))
    return {name for name in found if is_reference(name)}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str) and ("${" in value or re.match(r"(aws|data|var|local)[_.]", value)):
        yield value


def is_reference(name: str) -> bool:
    first = name.split(".")[0]
    return first in ("var", "local", "data", "ephemeral") or first.startswith(("aws_", "random_"))


def test_something_is_declared() -> None:
    assert {"aws_db_instance.hub", "var.region", "local.archives"} <= set(DECLARED)
    assert references(DECLARED["aws_launch_template.worker"]) >= {"var.image_id"}


def test_terraform_would_format_it_alike() -> None:
    command = [program("terraform"), "fmt", "-check", "-diff", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", DECLARED)
def test_everything_it_names_is_declared(name: str) -> None:
    assert references(DECLARED[name]) <= set(DECLARED)


def test_every_variable_is_used_and_described() -> None:
    used = set().union(*(references(block) for block in DECLARED.values()))
    variables = {name for name in DECLARED if name.startswith("var.")}
    assert variables <= used | references((FOLDER / "versions.tf").read_text())
    assert all(DECLARED[name]["description"] for name in variables)


def test_nothing_waits_for_itself() -> None:
    made = {name: block for name, block in DECLARED.items() if not name.startswith("var.")}
    graph = {name: references(block) for name, block in made.items()}
    assert list(TopologicalSorter(graph).static_order())


def test_no_secret_is_kept_in_the_state() -> None:
    kept = (DECLARED["aws_db_instance.hub"], DECLARED["aws_ssm_parameter.database_url"])
    for block in kept:
        secrets = {name for name, value in block.items() if "random_password" in str(value)}
        assert secrets
        assert all(name.endswith("_wo") for name in secrets)


@pytest.mark.parametrize("template", ["web", "worker"])
def test_every_instance_demands_a_token_for_its_metadata(template: str) -> None:
    (options,) = DECLARED[f"aws_launch_template.{template}"]["metadata_options"]
    assert options["http_tokens"] == '"required"'
    assert options["http_put_response_hop_limit"] == 1


def test_a_worker_may_neither_write_archives_nor_launch_anything() -> None:
    actions = re.findall(r'"(\w+:\w+)"', str(DECLARED["data.aws_iam_policy_document.worker"]))
    assert "s3:GetObject" in actions
    assert not {one for one in actions if one.startswith(("ec2:", "iam:", "s3:Put", "s3:Delete"))}


def test_no_permission_is_for_everything() -> None:
    for name, block in DECLARED.items():
        if name.startswith("data.aws_iam_policy_document") and "Deny" not in str(block):
            assert not re.search(r'"\w+:\*"', str(block))


def test_the_parameters_are_settings_of_the_hub() -> None:
    read = (ROOT / "valhub/settings.py").read_text()
    given = re.findall(r"(VALHUB_\w+|DATABASE_URL)\b", (FOLDER / "settings.tf").read_text())
    assert len(set(given)) >= 8
    assert [name for name in given if f'"{name}"' not in read] == []


def test_the_hub_can_read_how_it_is_to_launch_workers() -> None:
    written = (FOLDER / "settings.tf").read_text().partition("VALHUB_LAUNCHER = join")[2]
    parts = re.findall(r'(?m)^ +"(.*)",$', written.partition("])")[0])
    address = read_launcher("&".join(re.sub(r"\$\{.*\}", "1", part) for part in parts))
    assert len(parts) == 4
    assert address is not None
