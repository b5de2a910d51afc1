"""`VALHUB_LAUNCHER`: how workers are launched, as one address.

    (unset)                                   not at all: by hand, or by `valhub up`
    local                                     as processes beside the sweeper
    ec2://?region=us-east-2&launch_template=… as EC2 instances

Credentials are never part of it: they come from where the AWS tools look for them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.core.exceptions import ImproperlyConfigured

_OPTIONS = frozenset(
    (
        "region", "endpoint", "launch_template", "ami", "instance_type", "instance_profile",
        "subnet", "security_group", "spot", "workers", "command",
    )
)  # fmt: skip


@dataclass(frozen=True)
class LocalAddress:
    """Workers are processes of this machine."""


@dataclass(frozen=True)
class EC2Address:
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
        Path of the `valhub` command in the image.
    """

    region: str
    endpoint: str
    launch_template: str
    ami: str
    instance_type: str
    instance_profile: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    spot: bool
    workers: int
    command: str


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
    given = _ec2(dict(parse_qsl(options)))
    _require(given)
    return given


def _ec2(options: Mapping[str, str]) -> EC2Address:
    for name in sorted(options.keys() - _OPTIONS):
        raise ImproperlyConfigured(
            f"VALHUB_LAUNCHER has no option {name!r}; it has {', '.join(sorted(_OPTIONS))}."
        )
    return EC2Address(
        region=options.get("region", ""),
        endpoint=options.get("endpoint", ""),
        launch_template=options.get("launch_template", ""),
        ami=options.get("ami", ""),
        instance_type=options.get("instance_type", ""),
        instance_profile=options.get("instance_profile", ""),
        subnets=_listed(options.get("subnet", "")),
        security_groups=_listed(options.get("security_group", "")),
        spot=_flag("spot", options.get("spot", "no")),
        workers=_count("workers", options.get("workers", "1")),
        command=_path("command", options.get("command", "/opt/valhub/bin/valhub")),
    )


def _require(given: EC2Address) -> None:
    if not given.region:
        raise ImproperlyConfigured(
            "VALHUB_LAUNCHER names no region. Add region=, as region=us-east-2."
        )
    if bool(given.launch_template) == bool(given.ami):
        raise ImproperlyConfigured(
            "VALHUB_LAUNCHER must have one of launch_template= and ami=: what an instance is "
            "made from."
        )
    if given.ami and not (given.instance_type and given.instance_profile):
        raise ImproperlyConfigured(
            "VALHUB_LAUNCHER has ami= but not both instance_type= and instance_profile=, which "
            "an instance without a template needs."
        )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _flag(name: str, text: str) -> bool:
    if text not in ("yes", "no"):
        raise ImproperlyConfigured(f"VALHUB_LAUNCHER has {name}={text!r}; set it to yes or no.")
    return text == "yes"


def _count(name: str, text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text):
        raise ImproperlyConfigured(
            f"VALHUB_LAUNCHER has {name}={text!r}; set it to a number from 1 to 999."
        )
    return int(text)


def _path(name: str, text: str) -> str:
    # It becomes part of a script that root runs.
    if not re.fullmatch(r"/[\w./+-]+", text):
        raise ImproperlyConfigured(
            f"VALHUB_LAUNCHER has {name}={text!r}; set it to a plain absolute path."
        )
    return text
