"""Writes /etc/valhub/environment on an EC2 instance, from the parameters that its role may read.

The parameters are those of Systems Manager below /NAME-OF-THE-ROLE/, one for each setting. So one
image serves every part of the hub, and no secret is in the image, the launch template or the user
data. Run by valhub-environment.service, before anything else of the hub starts.
"""

import os
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import boto3

METADATA = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254")


def metadata(name: str) -> str:
    """Read one entry of the instance metadata, by IMDSv2."""
    asked = urllib.request.Request(  # noqa: S310 - the instance's own address
        f"{METADATA}/latest/api/token",
        method="PUT",
        headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"},
    )
    with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310
        token = answer.read().decode()
    request = urllib.request.Request(  # noqa: S310
        f"{METADATA}/latest/meta-data/{name}", headers={"X-aws-ec2-metadata-token": token}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        return str(answer.read().decode().strip())


def parameters(role: str, region: str) -> dict[str, str]:
    """Read the settings of a role."""
    pages = boto3.client("ssm", region_name=region).get_paginator("get_parameters_by_path")
    found = {}
    for page in pages.paginate(Path=f"/{role}/", WithDecryption=True):
        for one in page["Parameters"]:
            found[one["Name"].rpartition("/")[2]] = one["Value"]
    return found


def write(path: Path, settings: Mapping[str, str]) -> None:
    """Write a file as systemd reads it, for root alone."""
    lines = [f'{name}="{_escaped(value)}"\n' for name, value in sorted(settings.items())]
    part = path.with_name(f".{path.name}")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text("".join(lines))
    part.rename(path)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def main(path: Path) -> None:
    """Fetch the settings of this instance."""
    role = metadata("iam/security-credentials/")
    settings = parameters(role, metadata("placement/region"))
    if not settings:
        sys.exit(
            f"There is no parameter below /{role}/, or this role may not read it. "
            "Create one for each setting, and allow the role to read them."
        )
    if "VALHUB_HOSTS" in settings:
        # The load balancer checks the health at the instance's own address.
        settings["VALHUB_HOSTS"] += f",{metadata('local-ipv4')}"
    write(path, settings)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/etc/valhub/environment"))
