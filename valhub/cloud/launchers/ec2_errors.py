"""What EC2's failures mean to whoever runs the hub: what is wrong, and how to fix it."""

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from valhub.cloud.launchers.interface import LauncherError, LauncherUnreachable, LaunchRefused

_NO_CAPACITY = (
    "AWS has no capacity for this kind of instance at the moment. The hub tries again; to make "
    "this rarer, name subnets of several availability zones."
)
_LIMIT = (
    "This AWS account has reached its limit on running instances. The hub tries again; ask AWS "
    "for a higher quota, or lower VALHUB_MAX_INSTANCES."
)
_THROTTLED = "AWS answers that the hub asks too often. The hub tries again, less often."
_CREDENTIALS = (
    "AWS does not accept the credentials of this machine, or they have expired. Give the machine "
    "a role, and check its clock."
)
_FORBIDDEN = (
    "AWS does not allow this to the role of this machine. Allow it ec2:RunInstances, "
    "ec2:DescribeInstances, ec2:TerminateInstances, ec2:CreateTags, and iam:PassRole of the "
    "workers' role."
)
_MEANINGS = {
    "InsufficientInstanceCapacity": _NO_CAPACITY,
    "InsufficientHostCapacity": _NO_CAPACITY,
    "InsufficientFreeAddressesInSubnet": _NO_CAPACITY,
    "InsufficientCapacity": _NO_CAPACITY,
    "SpotMaxPriceTooLow": _NO_CAPACITY,
    "InstanceLimitExceeded": _LIMIT,
    "VcpuLimitExceeded": _LIMIT,
    "MaxSpotInstanceCountExceeded": _LIMIT,
    "RequestLimitExceeded": _THROTTLED,
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "EC2ThrottledException": _THROTTLED,
    "AuthFailure": _CREDENTIALS,
    "ExpiredToken": _CREDENTIALS,
    "RequestExpired": _CREDENTIALS,
    "InvalidClientTokenId": _CREDENTIALS,
    "SignatureDoesNotMatch": _CREDENTIALS,
    "UnrecognizedClientException": _CREDENTIALS,
    "UnauthorizedOperation": _FORBIDDEN,
    "AccessDenied": _FORBIDDEN,
}
# All that boto3 raises when a request was not granted; the last is for answers that are none.
FAILURES = (ClientError, BotoCoreError, ResponseParserError)
# Of a sentence of Amazon's, which may name what was wrong in the request.
_MOST_LETTERS = 300


def failure(error: Exception, wish: str) -> LauncherError:
    """Say what a failure means.

    Parameters
    ----------
    error : Exception
        One of `FAILURES`: EC2's own answer, or why there was none.
    wish : str
        What was asked for, as "launch an instance".

    Returns
    -------
    LauncherError
        `LaunchRefused` when nothing was done, for certain; else `LauncherUnreachable`.
    """
    if isinstance(error, ClientError):
        return _answered(error, wish)
    name = type(error).__name__
    if "Credential" in name or "Token" in name:
        return LaunchRefused(
            f"The hub cannot {wish}: this machine has no AWS credentials ({name}). Give it a role."
        )
    return LauncherUnreachable(
        f"The hub cannot {wish}: EC2 does not answer ({name}). The hub tries again; check the "
        "network, and the region and endpoint in VALHUB_LAUNCHER."
    )


def _answered(error: ClientError, wish: str) -> LauncherError:
    details = error.response["Error"]
    code = details.get("Code", "unknown")
    meaning = _MEANINGS.get(code)
    if meaning is not None:
        return LaunchRefused(f"The hub cannot {wish}: {meaning} ({code})")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500:
        return LauncherUnreachable(
            f"The hub cannot {wish}: EC2 reports an error of its own ({code}). The hub tries again."
        )
    said = details.get("Message", "")[:_MOST_LETTERS]
    return LaunchRefused(f"The hub cannot {wish}: {said} ({code}) Check VALHUB_LAUNCHER.")
