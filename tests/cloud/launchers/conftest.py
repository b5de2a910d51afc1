"""An account at AWS with what instances are launched from."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from services.aws import REGION, Aws
from valhub.cloud.launchers.address import EC2Address, read_launcher
from valhub.cloud.launchers.ec2 import EC2Launcher

IMAGE = "ami-12c6146b"
Launching = Callable[..., EC2Launcher]


@pytest.fixture
def ec2(aws: Aws) -> Any:
    """A client that looks at instances from outside the hub."""
    return boto3.client("ec2", endpoint_url=aws.url)


@pytest.fixture
def image() -> str:
    """An image of a machine."""
    return IMAGE


@pytest.fixture
def template(ec2: Any) -> str:
    """A launch template, by its name."""
    data = {"ImageId": IMAGE, "InstanceType": "c7i.large"}
    ec2.create_launch_template(LaunchTemplateName="valhub-worker", LaunchTemplateData=data)
    return "valhub-worker"


@pytest.fixture
def launching(aws: Aws, template: str) -> Launching:
    """Makes launchers that launch from the template."""

    def make(options: str = "", *, hub: str = "valhub-", source: str = "") -> EC2Launcher:
        source = source or f"launch_template={template}"
        address = read_launcher(f"ec2://?region={REGION}&endpoint={aws.url}&{source}{options}")
        assert isinstance(address, EC2Address)
        return EC2Launcher(address, hub, 600)

    return make
