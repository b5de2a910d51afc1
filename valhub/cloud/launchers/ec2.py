"""Workers as EC2 instances, found by their tags.

An instance knows its analysis from its own tag, has its permissions from its role, and is gone for
good once it switches itself off. Credentials come from where boto3 looks for them, as the role of
the machine the hub runs on; nothing here takes any.
"""

import logging
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from valhub.cloud.launchers.address import EC2Address
from valhub.cloud.launchers.ec2_errors import FAILURES, failure
from valhub.cloud.launchers.interface import Instance, InstanceState, LaunchRefused
from valhub.cloud.launchers.user_data import user_data

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef

log = logging.getLogger(__name__)

ANALYSIS_TAG, LAUNCH_TAG, HUB_TAG = "analysis_pk", "valhub_launch", "valhub_hub"
# One that shuts down for good is not waited for: it does no more work.
_STATES = {
    "pending": InstanceState.STARTING,
    "running": InstanceState.RUNNING,
    "stopping": InstanceState.ENDING,
    "stopped": InstanceState.ENDING,
}
# Altogether well below the time after which another sweeper takes a launch over.
_CONFIG = Config(
    connect_timeout=5, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 3}
)


class EC2Launcher:
    """Launches EC2 instances for analyses.

    Parameters
    ----------
    address : EC2Address
        What the instances are made from.
    hub : str
        Names the hub among all of the account.
    idle_s : float
        How long a worker without work stays.
    """

    def __init__(self, address: EC2Address, hub: str, idle_s: float) -> None:
        self.workers = address.workers
        self._address = address
        self._hub = hub
        self._user_data = user_data(command=address.command, workers=address.workers, idle_s=idle_s)
        # A session of its own, because boto3's common one is not made for several threads.
        self._ec2 = boto3.Session().client(
            "ec2",
            region_name=address.region,
            endpoint_url=address.endpoint or None,
            config=_CONFIG,
        )

    def launch(self, analysis_pk: int, token: str) -> str:
        """Run an instance in the first subnet that has room for it."""
        refused = LaunchRefused("There is no subnet to launch in.")
        for number, subnet in enumerate(self._address.subnets or ("",)):
            request = self._request(analysis_pk, token, subnet)
            try:
                # AWS makes one instance of requests with one token, should this one be repeated.
                answer = self._ec2.run_instances(ClientToken=f"{token}-{number}", **request)
                return answer["Instances"][0]["InstanceId"]
            except FAILURES as error:
                reason = failure(error, "launch an instance")
                if not isinstance(reason, LaunchRefused):
                    raise reason from error
                log.warning("launch_refused subnet=%s reason=%s", subnet or "default", reason)
                refused = reason
        raise refused

    def instances(self, analysis_pk: int | None = None) -> list[Instance]:
        """Find the hub's instances by their tags."""
        filters: list[Any] = [
            {"Name": f"tag:{HUB_TAG}", "Values": [self._hub]},
            {"Name": "tag-key", "Values": [LAUNCH_TAG]},
            {"Name": "instance-state-name", "Values": list(_STATES)},
        ]
        if analysis_pk is not None:
            filters.append({"Name": f"tag:{ANALYSIS_TAG}", "Values": [str(analysis_pk)]})
        try:
            pages = self._ec2.get_paginator("describe_instances").paginate(Filters=filters)
            found = [one for page in pages for r in page["Reservations"] for one in r["Instances"]]
        except FAILURES as error:
            raise failure(error, "look instances up") from error
        return [_instance(one) for one in found]

    def end(self, instance_id: str) -> None:
        """Terminate an instance."""
        try:
            self._ec2.terminate_instances(InstanceIds=[instance_id])
        except FAILURES as error:
            if not _is_gone(error):
                raise failure(error, "end an instance") from error

    def close(self) -> None:
        """Instances outlive this process; only its connections end here."""
        self._ec2.close()

    def _request(self, analysis_pk: int, token: str, subnet: str) -> dict[str, Any]:
        tags = {
            "Name": f"{self._hub}analysis-{analysis_pk}",
            ANALYSIS_TAG: str(analysis_pk),
            LAUNCH_TAG: token,
            HUB_TAG: self._hub,
        }
        request: dict[str, Any] = {
            "MinCount": 1,
            "MaxCount": 1,
            "UserData": self._user_data,
            "InstanceInitiatedShutdownBehavior": "terminate",
            # Requests for the role's credentials need a token that does not leave the instance,
            # and the instance may read its own tags without a permission for it.
            "MetadataOptions": {
                "HttpTokens": "required",
                "HttpPutResponseHopLimit": 1,
                "HttpEndpoint": "enabled",
                "InstanceMetadataTags": "enabled",
            },
            "TagSpecifications": [
                {
                    "ResourceType": "instance",
                    "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
                }
            ],
        }
        return request | self._source() | self._place(subnet)

    def _source(self) -> dict[str, Any]:
        """What the instance is made from; what the address leaves out, the template says."""
        given: dict[str, Any] = {}
        template, profile = self._address.launch_template, self._address.instance_profile
        if template:
            key = "LaunchTemplateId" if template.startswith("lt-") else "LaunchTemplateName"
            given["LaunchTemplate"] = {key: template}
        if self._address.ami:
            given["ImageId"] = self._address.ami
        if self._address.instance_type:
            given["InstanceType"] = self._address.instance_type
        if profile:
            given["IamInstanceProfile"] = {"Arn" if profile.startswith("arn:") else "Name": profile}
        return given

    def _place(self, subnet: str) -> dict[str, Any]:
        given: dict[str, Any] = {"SubnetId": subnet} if subnet else {}
        if self._address.security_groups:
            given["SecurityGroupIds"] = list(self._address.security_groups)
        if self._address.spot:
            given["InstanceMarketOptions"] = {
                "MarketType": "spot",
                "SpotOptions": {
                    "SpotInstanceType": "one-time",
                    "InstanceInterruptionBehavior": "terminate",
                },
            }
        return given


def _is_gone(error: Exception) -> bool:
    details = error.response["Error"] if isinstance(error, ClientError) else {}
    return details.get("Code") == "InvalidInstanceID.NotFound"


def _instance(found: "InstanceTypeDef") -> Instance:
    tags = {tag.get("Key", ""): tag.get("Value", "") for tag in found.get("Tags", [])}
    number = tags.get(ANALYSIS_TAG, "")
    return Instance(
        id=found.get("InstanceId", ""),
        token=tags.get(LAUNCH_TAG, ""),
        # Somebody may have changed the tag by hand; then no launch is known by it.
        analysis_pk=int(number) if number.isdecimal() else 0,
        state=_STATES[found["State"]["Name"]],
    )
