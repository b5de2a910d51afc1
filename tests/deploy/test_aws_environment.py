"""How an EC2 instance gets its settings, from an instance metadata service and AWS over HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import boto3
import pytest

from services.aws import REGION, Aws, running_aws
from services.metadata import InstanceMetadata, running_metadata

SCRIPT = Path(__file__).parents[2] / "deploy/aws/fetch_environment.py"
PARAMETERS = {
    "/hub-web/DATABASE_URL": "postgres://valhub:hunter2@database:5432/valhub?sslmode=require",
    "/hub-web/VALHUB_HOSTS": "hub.example.org",
    "/hub-web/WITH_SIGNS": 'a "quoted" $HOME \\ and more',
    "/hub-worker/VALHUB_QUEUE": "sqs://?region=us-east-2",
}


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """AWS with the parameters of two roles."""
    with running_aws() as running:
        client = boto3.client(
            "ssm",
            region_name=REGION,
            endpoint_url=running.url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        for name, value in PARAMETERS.items():
            client.put_parameter(Name=name, Value=value, Type="SecureString")
        client.close()
        yield running


@pytest.fixture
def instance() -> Iterator[InstanceMetadata]:
    with running_metadata("i-1", {}) as metadata:
        metadata.entries["local-ipv4"] = "10.20.1.7"
        metadata.entries["placement/region"] = REGION
        yield metadata


def fetch(
    aws: Aws, instance: InstanceMetadata, role: str, to: Path
) -> subprocess.CompletedProcess[str]:
    instance.entries["iam/security-credentials/"] = role
    environment = {
        **os.environ,
        **aws.environment,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.url,
    }
    return subprocess.run(
        [sys.executable, "-P", str(SCRIPT), str(to)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def read(path: Path) -> Mapping[str, str]:
    """As systemd reads it: what is in double quotes, but for backslashes, as it is."""
    lines = [line.partition("=") for line in path.read_text().splitlines()]
    return {name: value[1:-1].replace('\\"', '"').replace("\\\\", "\\") for name, _, value in lines}


def test_an_instance_gets_the_settings_of_its_role_alone(
    aws: Aws, instance: InstanceMetadata, tmp_path: Path
) -> None:
    done = fetch(aws, instance, "hub-worker", tmp_path / "environment")
    assert (done.returncode, done.stderr) == (0, "")
    assert read(tmp_path / "environment") == {"VALHUB_QUEUE": "sqs://?region=us-east-2"}
    assert instance.refused == 0


def test_a_web_server_answers_under_its_own_address_too(
    aws: Aws, instance: InstanceMetadata, tmp_path: Path
) -> None:
    assert fetch(aws, instance, "hub-web", tmp_path / "environment").returncode == 0
    settings = read(tmp_path / "environment")
    assert settings["VALHUB_HOSTS"] == "hub.example.org,10.20.1.7"
    assert settings["DATABASE_URL"] == PARAMETERS["/hub-web/DATABASE_URL"]
    assert settings["WITH_SIGNS"] == PARAMETERS["/hub-web/WITH_SIGNS"]


def test_nobody_else_reads_the_settings(
    aws: Aws, instance: InstanceMetadata, tmp_path: Path
) -> None:
    done = fetch(aws, instance, "hub-web", tmp_path / "environment")
    assert (tmp_path / "environment").stat().st_mode & 0o777 == 0o600
    assert "hunter2" not in done.stdout + done.stderr


def test_a_role_without_parameters_is_told(
    aws: Aws, instance: InstanceMetadata, tmp_path: Path
) -> None:
    done = fetch(aws, instance, "hub", tmp_path / "environment")
    assert done.returncode == 1
    assert "There is no parameter below /hub/" in done.stderr
    assert not (tmp_path / "environment").exists()
