"""Which sandbox a machine has is one setting, and a wrong one is said so."""

import os

import pytest

from valhub.evaluation.execution.sandbox import NoSandbox, cgroups, tools
from valhub.evaluation.execution.sandbox.choice import SandboxChoice, UnknownSandbox
from valhub.evaluation.execution.sandbox.doctor import doctor
from valhub.evaluation.execution.sandbox.oci import Oci
from valhub.evaluation.execution.sandbox.oci_engine import Engine, find_engine
from valhub.evaluation.settings import Settings

CHOICES = {
    "": SandboxChoice("bubblewrap"),
    "bubblewrap": SandboxChoice("bubblewrap"),
    "oci": SandboxChoice("oci"),
    "oci:podman": SandboxChoice("oci", "podman"),
    "oci:podman?runtime=crun": SandboxChoice("oci", "podman", "crun"),
    "oci:?runtime=runc": SandboxChoice("oci", "", "runc"),
}
NOT_TO_BE_HAD = {
    "oci:docker": "docker: docker starts containers from a service",
    "oci:docker?runtime=runc": "docker: docker starts containers from a service",
    "oci:podman?runtime=runsc": "runsc: gVisor keeps count of processes and temporary files",
}


@pytest.mark.parametrize("text", CHOICES)
def test_the_setting_says_kind_engine_and_runtime(text):
    assert SandboxChoice.parse(text) == CHOICES[text]
    assert Settings.from_environment({"VALHUB_SANDBOX": text}).sandbox == CHOICES[text]


@pytest.mark.parametrize(
    "text",
    ["none", "oci:nerdctl", "oci:podman?runtime=kata", "oci:podman?engine=podman", "oci://podman"],
)
def test_anything_else_is_refused_with_what_to_set(text):
    with pytest.raises(UnknownSandbox, match=r"VALHUB_SANDBOX is .*set it to bubblewrap, to oci"):
        Settings.from_environment({"VALHUB_SANDBOX": text})
    checks = {check.name: check for check in doctor(text)}
    assert not checks["sandbox"].ok
    assert text in checks["sandbox"].detail


@pytest.mark.parametrize("text", NOT_TO_BE_HAD)
def test_what_cannot_hold_its_promises_is_refused_with_the_reason(text):
    with pytest.raises(NoSandbox, match=f"does not work with {NOT_TO_BE_HAD[text]}"):
        SandboxChoice.parse(text).open()


def test_missing_engines_are_named_with_their_packages(monkeypatch):
    monkeypatch.setattr(tools, "PATH", "/nowhere")
    with pytest.raises(NoSandbox, match=r"needs podman, .*runc.*Install the Debian packages"):
        find_engine(cgroup_version=1)
    checks = {check.name: check for check in doctor("oci")}
    assert not checks["container engine"].ok
    assert not checks["sandbox"].ok


@pytest.mark.parametrize("version", [1, 2])
def test_the_runtime_is_one_that_knows_the_control_groups(monkeypatch, version):
    monkeypatch.setattr("valhub.evaluation.execution.sandbox.oci_engine.missing", lambda _: [])
    monkeypatch.setattr(
        "valhub.evaluation.execution.sandbox.oci_engine.tool_path", lambda tool: f"/usr/bin/{tool}"
    )
    monkeypatch.setattr(
        "valhub.evaluation.execution.sandbox.oci_engine._version", lambda tool: tool
    )
    found = find_engine(cgroup_version=version)
    assert found == {1: Engine("runc", "podman, runc"), 2: Engine("crun", "podman, crun")}[version]


@pytest.mark.parametrize("lacking", ["root", "control groups"])
def test_containers_need_root_and_control_groups(monkeypatch, lacking):
    if lacking == "root":
        monkeypatch.setattr(os, "getuid", lambda: 1000)
    else:
        monkeypatch.setattr(cgroups, "detect", lambda: None)
    with pytest.raises(NoSandbox, match=r"needs root and control groups.*VALHUB_SANDBOX=bubb"):
        Oci.open(Engine("runc", ""))
