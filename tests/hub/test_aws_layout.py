"""The documented layout on AWS: RDS, S3, a queue of SQS for each analysis, EC2 instances for it.

A server that speaks AWS' protocols stands for Amazon, PostgreSQL for RDS. What an instance does is
done by a process here: it runs the command in the instance's user data, and reads the tags that
EC2 tells of it from a metadata service.
"""

import base64
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from services.aws import REGION, Aws, running_aws
from services.metadata import InstanceMetadata, running_metadata
from services.postgresql import running_postgresql
from services.tied import tied
from valhub.client.hub import Hub
from valhub.client.local_hub import running_hub

PERSON = {"username": "olivia", "password": "correct horse battery staple"}
TEXTS = dict.fromkeys(("description", "short_description", "ruleset", "dataset_description"), "x")
BUCKET, TEMPLATE = "the-hubs-files", "valhub-worker"


@dataclass(frozen=True)
class Layout:
    """What the hub's processes have in their environment, and the account seen from outside."""

    environment: dict[str, str]
    s3: Any
    sqs: Any
    ec2: Any

    def stored(self) -> list[str]:
        """Keys of the files in the bucket."""
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def messages(self, queue: str) -> int:
        """Messages that wait in a queue."""
        name, url = "ApproximateNumberOfMessages", self.sqs.get_queue_url(QueueName=queue)
        answer = self.sqs.get_queue_attributes(QueueUrl=url["QueueUrl"], AttributeNames=[name])
        return int(answer["Attributes"][name])

    def instances(self) -> list[dict[str, Any]]:
        """Instances that run."""
        states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        answer = self.ec2.describe_instances(Filters=states)
        return [one for found in answer["Reservations"] for one in found["Instances"]]

    def user_data(self, instance_id: str) -> str:
        """What an instance is told to do."""
        answer = self.ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
        return base64.b64decode(answer["UserData"]["Value"]).decode()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """An account with a bucket and a launch template."""
    with running_aws() as aws:
        for name, value in aws.environment.items():
            monkeypatch.setenv(name, value)
        place = {"LocationConstraint": REGION}
        boto3.Session().client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        data = {"ImageId": "ami-12c6146b", "InstanceType": "c7i.large"}
        boto3.Session().client("ec2").create_launch_template(
            LaunchTemplateName=TEMPLATE, LaunchTemplateData=data
        )
        yield aws


@pytest.fixture
def layout(aws: Aws, hurried: Mapping[str, str], tmp_path: Path) -> Iterator[Layout]:
    """The hub's settings for the account."""
    place, session = f"region={REGION}&endpoint={aws.url}", boto3.Session()
    with running_postgresql(tmp_path / "rds") as url:
        environment = {
            **hurried,
            "DATABASE_URL": url,
            "VALHUB_STORAGE": f"s3://{BUCKET}?{place}",
            "VALHUB_QUEUE": f"sqs://?{place}",
            "VALHUB_LAUNCHER": f"ec2://?{place}&launch_template={TEMPLATE}",
            "VALHUB_SCALE_MS": "200",
            "VALHUB_INSTANCE_IDLE_S": "3",
        }
        clients = (session.client(name) for name in ("s3", "sqs", "ec2"))
        yield Layout(environment, *clients)


@pytest.fixture
def olivia(layout: Layout, tmp_path: Path) -> Iterator[Hub]:
    """Publishes an analysis, and takes part in it."""
    with running_hub(tmp_path / "data", environment=layout.environment) as running:
        made = Hub(running.address)
        made.register(email="olivia@example.org", **PERSON)
        made.sign_in(**PERSON)
        yield made


@pytest.fixture
def analysis(olivia: Hub, tiny_task: bytes, tmp_path: Path) -> int:
    """The number of a small analysis that she has just published."""
    (tmp_path / "task.zip").write_bytes(tiny_task)
    return olivia.upload_analysis({"analysis_name": "Tiny", **TEXTS}, tmp_path / "task.zip")


@contextmanager
def metadata_of(layout: Layout, instance: Mapping[str, Any]) -> Iterator[InstanceMetadata]:
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    with running_metadata(instance["InstanceId"], tags) as metadata:
        yield metadata


@contextmanager
def playing(
    layout: Layout, instance: Mapping[str, Any], metadata: InstanceMetadata, folder: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """Do as the instance does: the worker in its user data, on a disk of its own."""
    told = layout.user_data(instance["InstanceId"])
    started = re.search(r"bin/valhub (worker .*) &$", told, re.MULTILINE)
    assert started, told
    endpoint = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.url, "VALHUB_DATA": str(folder)}
    worker = tied(
        subprocess.Popen(
            [sys.executable, "-P", "-m", "valhub.client.cli", *started[1].split()],
            env={**os.environ, **layout.environment, **endpoint},
        )
    )
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait(120)


def wait_for(condition: Callable[[], object], within_s: float = 240) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.1)


def test_publishing_makes_the_queue_and_launches_the_first_instance(
    layout: Layout, analysis: int
) -> None:
    wait_for(layout.instances)
    [instance] = layout.instances()
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    assert tags["analysis_pk"] == str(analysis)
    user_data = layout.user_data(instance["InstanceId"])
    assert "worker --analysis-from-instance-tag --idle-exit 3" in user_data
    assert not any(secret in user_data for secret in ("postgres", "testing"))
    assert layout.messages(f"valhub-analysis-{analysis}") >= 1
    assert [key.startswith("evaluation_scripts/analysis_") for key in layout.stored()] == [True]


def test_an_instance_evaluates_what_is_submitted_and_leaves_when_idle(
    layout: Layout,
    olivia: Hub,
    analysis: int,
    tiny_algorithm: Callable[..., bytes],
    tmp_path: Path,
) -> None:
    queue = f"valhub-analysis-{analysis}"
    wait_for(layout.instances)
    [instance] = layout.instances()
    with metadata_of(layout, instance) as metadata:
        with playing(layout, instance, metadata, tmp_path / "one") as worker:
            wait_for(lambda: layout.messages(queue) == 0)
            wait_for(lambda: worker.poll() is not None)
            assert worker.returncode == 0
        (tmp_path / "algorithm.zip").write_bytes(tiny_algorithm())
        submission = olivia.submit(analysis, tmp_path / "algorithm.zip")
        assert f"submission_files/submission_{submission.id}.zip" in layout.stored()
        wait_for(lambda: layout.messages(queue) >= 1)
        with playing(layout, instance, metadata, tmp_path / "two"):
            wait_for(lambda: olivia.submission(submission.id).has_ended, 120)
    assert olivia.submission(submission.id).status == "finished"
    assert [one.id for one in olivia.leaderboard(analysis)] == [submission.id]
