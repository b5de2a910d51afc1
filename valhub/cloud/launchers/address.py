"""`VALHUB_LAUNCHER`: how workers are launched, as one address.

    (unset)                                   not at all: by hand, or by `valhub up`
    local                                     as processes beside the sweeper
    ec2://?region=us-east-2&launch_template=… as EC2 instances

Credentials are never part of it: they come from where the AWS tools look for them.
"""

from dataclasses import dataclass
from typing import Self

from django.core.exceptions import ImproperlyConfigured
from pydantic import Field, model_validator

from valhub.cloud.addresses import Endpoint, Flag, Listed, Options, Region, read_options


@dataclass(frozen=True)
class LocalAddress:
    """Workers are processes of this machine."""


class EC2Address(Options):
    """What is said of the instances to be launched; what is left out, the template says.

    Attributes
    ----------
    launch_template : str
        Its id or its name; empty when `ami` is given.
    instance_profile : str
        Name or ARN of what gives the instance its role.
    subnets : tuple of str
        Tried in turn when one has no capacity.
    workers : int
        Worker processes on each instance.
    command : str
        Path of the `valhub` command in the image. It becomes part of a script that root runs.
    """

    region: Region
    endpoint: Endpoint = ""
    launch_template: str = ""
    ami: str = ""
    instance_type: str = ""
    instance_profile: str = ""
    subnets: Listed = Field(default=(), validation_alias="subnet")
    security_groups: Listed = Field(default=(), validation_alias="security_group")
    spot: Flag = Field(default=False, description="yes or no")
    workers: int = Field(default=1, ge=1, le=999, description="a number from 1 to 999")
    command: str = Field(
        default="/opt/valhub/bin/valhub",
        pattern=r"^/[\w./+-]+$",
        description="a plain absolute path",
    )

    @model_validator(mode="after")
    def _has_what_an_instance_needs(self) -> Self:
        if bool(self.launch_template) == bool(self.ami):
            raise ValueError(
                "must have one of launch_template= and ami=: what an instance is made from."
            )
        if self.ami and not (self.instance_type and self.instance_profile):
            raise ValueError(
                "has ami= but not both instance_type= and instance_profile=, which an instance "
                "without a template needs. Add both, or use launch_template= instead."
            )
        return self


LauncherAddress = EC2Address | LocalAddress | None


def read_launcher(text: str) -> LauncherAddress:
    """Read the setting's value; None when it is empty. Raises `ImproperlyConfigured`."""
    if not text:
        return None
    if text == "local":
        return LocalAddress()
    kind, _, options = text.partition("?")
    if kind != "ec2://":
        # It is not repeated: what does not belong here may be a credential.
        raise ImproperlyConfigured(
            "VALHUB_LAUNCHER is neither local nor an address of options alone; set it as "
            "ec2://?region=us-east-2&launch_template=…, without credentials, or leave it unset."
        )
    return read_options("VALHUB_LAUNCHER", EC2Address, options)
