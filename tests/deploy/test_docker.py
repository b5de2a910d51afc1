"""The image and the composition, without an engine.

hadolint reads the Dockerfile, the Compose specification's own schema the composition, and what the
Dockerfile runs to build the hub is run here in a clean folder.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.tools import program
from valhub.client.cli import main

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/docker"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
COMPOSED: Mapping[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
OWN = [name for name, one in COMPOSED["services"].items() if one.get("image") == "valhub"]


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    found = [program(str(command[0])), *map(str, command[1:])]
    return subprocess.run(found, capture_output=True, text=True, check=False, **options)


def instructions(word: str) -> list[str]:
    """What follows a word of the Dockerfile, with its continued lines."""
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", DOCKERFILE))
    return re.findall(rf"(?m)^{word} (.*)", joined)


def test_hadolint_has_nothing_to_say_of_the_image() -> None:
    done = run("hadolint", "--failure-threshold=style", FOLDER / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_a_plain_user() -> None:
    assert instructions("USER") == ["10001:10001"]


def test_the_composition_is_one() -> None:
    done = run("check-jsonschema", "--builtin-schema=vendor.compose-spec", FOLDER / "compose.yaml")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", OWN)
def test_every_part_runs_a_command_that_there_is(name: str) -> None:
    assert COMPOSED["services"][name]["command"][0] in main.commands


def test_everything_that_is_named_is_declared() -> None:
    volumes, configs, services = set(), set(), set()
    for one in COMPOSED["services"].values():
        volumes |= {text.split(":")[0] for text in one.get("volumes", ())}
        configs |= {config["source"] for config in one.get("configs", ())}
        services |= set(one.get("depends_on", ()))
    assert {name for name in volumes if "$" not in name} == set(COMPOSED["volumes"])
    assert configs == set(COMPOSED["configs"])
    assert services <= set(COMPOSED["services"])
    for config in COMPOSED["configs"].values():
        assert "content" in config or (FOLDER / config["file"]).is_file()


def test_the_example_of_settings_has_all_of_them_and_no_secret() -> None:
    wanted = set(re.findall(r"\$\{(\w+)", (FOLDER / "compose.yaml").read_text()))
    example = dict(re.findall(r"(?m)^(\w+)=(.*)", (FOLDER / ".env.example").read_text()))
    assert set(example) == wanted
    for name in ("VALHUB_SECRET_KEY", "POSTGRES_PASSWORD", "VALHUB_METRICS_TOKEN"):
        assert example[name] == ""


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, one in COMPOSED["services"].items() if "ports" in one] == ["proxy"]


@pytest.mark.parametrize("name", OWN)
def test_no_part_has_more_rights_than_it_needs(name: str) -> None:
    part = COMPOSED["services"][name]
    assert part["cap_drop"] == ["ALL"]
    assert part["read_only"]
    options = [option.replace(":", "=").removesuffix("=true") for option in part["security_opt"]]
    open_for_a_sandbox = ["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"]
    assert options == ["no-new-privileges", *(open_for_a_sandbox if name == "worker" else [])]


def copied(to: Path) -> None:
    """Put there what the build stage copies, as far as `.dockerignore` lets it."""
    allowed = re.findall(r"(?m)^!(.*)", (FOLDER / "Dockerfile.dockerignore").read_text())
    for line in instructions("COPY"):
        if line.startswith("--from"):
            continue
        *sources, target = line.split()
        for source in sources:
            assert source.split("/")[0] in allowed
            place = to / target if (ROOT / source).is_dir() else to / target / Path(source).name
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)


def test_what_the_image_is_built_by_builds_a_hub(tmp_path: Path) -> None:
    copied(tmp_path)
    venv = tmp_path / "opt"
    environment = {**os.environ, "PATH": f"{Path(sys.base_prefix, 'bin')}:{os.environ['PATH']}"}
    for command in instructions("RUN")[:2]:
        here = command.replace("/opt/valhub", str(venv))
        done = run("sh", "-ec", here, cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    told = run("sh", "-c", f"{venv}/bin/valhub --version && {venv}/bin/valhub --help", cwd="/")
    assert set(main.commands) <= set(told.stdout.split())
    hub = environment | {"VALHUB_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "valhub.settings"}
    done = run("sh", "-c", f"{venv}/bin/python -P -m django check", cwd="/", env=hub)
    assert done.returncode == 0, done.stderr
