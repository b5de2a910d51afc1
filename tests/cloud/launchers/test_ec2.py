"""EC2 instances: what is asked for, how they are found again, how they end."""

import base64
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from services.aws import Aws
from valhub.cloud.launchers import InstanceState
from valhub.cloud.launchers.ec2 import EC2Launcher

# They wait for the server that stands in for AWS.
pytestmark = pytest.mark.slow

Launching = Callable[..., EC2Launcher]


def described(ec2: Any, instance_id: str) -> dict[str, Any]:
    answer = ec2.describe_instances(InstanceIds=[instance_id])
    instance: dict[str, Any] = answer["Reservations"][0]["Instances"][0]
    return instance


def user_data_of(ec2: Any, instance_id: str) -> str:
    answer = ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
    return base64.b64decode(answer["UserData"]["Value"]).decode()


def test_an_instance_carries_its_analysis_its_launch_and_its_hub(
    launching: Launching, ec2: Any
) -> None:
    instance = described(ec2, launching().launch(42, "a-token"))
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    assert {key: value for key, value in tags.items() if not key.startswith("aws:")} == {
        "Name": "valhub-analysis-42",
        "analysis_pk": "42",
        "valhub_launch": "a-token",
        "valhub_hub": "valhub-",
    }


def test_an_instance_tells_its_metadata_to_itself_alone(launching: Launching, ec2: Any) -> None:
    options = described(ec2, launching().launch(42, "a-token"))["MetadataOptions"]
    assert options["HttpTokens"] == "required"
    assert options["HttpPutResponseHopLimit"] == 1
    assert options["InstanceMetadataTags"] == "enabled"


def test_an_instance_is_gone_once_it_switches_itself_off(launching: Launching, ec2: Any) -> None:
    launched = launching().launch(42, "a-token")
    name = "instanceInitiatedShutdownBehavior"
    answer = ec2.describe_instance_attribute(InstanceId=launched, Attribute=name)
    assert answer["InstanceInitiatedShutdownBehavior"]["Value"] == "terminate"


def test_user_data_starts_the_workers_and_holds_no_secret(launching: Launching, ec2: Any) -> None:
    launched = launching("&workers=4&command=/srv/valhub").launch(42, "a-token")
    script = user_data_of(ec2, launched)
    assert "for number in $(seq 4); do" in script
    assert "/srv/valhub worker --analysis-from-instance-tag --idle-exit 600" in script
    assert "trap 'shutdown -h now' EXIT" in script
    assert "testing" not in script  # what the tests' credentials are made of


def test_the_template_says_what_is_left_out(launching: Launching, ec2: Any) -> None:
    assert described(ec2, launching().launch(42, "a-token"))["InstanceType"] == "c7i.large"
    given = launching("&instance_type=m7i.xlarge").launch(42, "another")
    assert described(ec2, given)["InstanceType"] == "m7i.xlarge"


def test_an_image_takes_the_place_of_a_template(
    launching: Launching, ec2: Any, aws: Aws, image: str
) -> None:
    iam = boto3.client("iam", endpoint_url=aws.url)
    iam.create_instance_profile(InstanceProfileName="valhub-worker")
    source = f"ami={image}&instance_type=m7i.large&instance_profile=valhub-worker"
    instance = described(ec2, launching(source=source).launch(42, "a-token"))
    assert instance["ImageId"] == image
    assert instance["IamInstanceProfile"]["Arn"].endswith("/valhub-worker")


def test_an_instance_is_placed_where_it_is_said(launching: Launching, ec2: Any) -> None:
    subnet = ec2.describe_subnets()["Subnets"][0]
    group = ec2.create_security_group(
        GroupName="workers", Description="Workers", VpcId=subnet["VpcId"]
    )["GroupId"]
    options = f"&subnet={subnet['SubnetId']}&security_group={group}&spot=yes"
    instance = described(ec2, launching(options).launch(42, "a-token"))
    assert instance["SubnetId"] == subnet["SubnetId"]
    assert [one["GroupId"] for one in instance["SecurityGroups"]] == [group]
    assert instance["InstanceLifecycle"] == "spot"


def test_instances_are_found_by_their_tags(launching: Launching) -> None:
    first = launching().launch(42, "one")
    launching().launch(43, "two")
    [found] = launching().instances(42)
    assert (found.id, found.token, found.analysis_pk) == (first, "one", 42)
    assert len(launching().instances()) == 2


def test_another_hub_of_the_account_is_left_alone(
    launching: Launching, ec2: Any, image: str
) -> None:
    launching(hub="other-").launch(42, "one")
    ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)
    assert launching().instances() == []


def test_an_instance_that_was_ended_is_not_found_any_more(launching: Launching) -> None:
    launcher = launching()
    launched = launcher.launch(42, "one")
    launcher.end(launched)
    assert launcher.instances() == []
    launcher.end(launched)


def test_ending_what_never_was_is_no_failure(launching: Launching) -> None:
    launching().end("i-0123456789abcdef0")


def test_a_stopped_instance_is_found_so_that_it_is_ended(launching: Launching, ec2: Any) -> None:
    launched = launching().launch(42, "one")
    ec2.stop_instances(InstanceIds=[launched])
    assert [one.state for one in launching().instances()] == [InstanceState.ENDING]


def test_a_tag_that_somebody_changed_names_no_analysis(launching: Launching, ec2: Any) -> None:
    launched = launching().launch(42, "one")
    ec2.create_tags(Resources=[launched], Tags=[{"Key": "analysis_pk", "Value": "x"}])
    assert [one.analysis_pk for one in launching().instances()] == [0]
