"""What an EC2 instance knows of itself, from its metadata service (IMDSv2).

The service answers on the instance alone, and only to clients that asked for a token first: a
request that somebody tricked a program into sending reads nothing.
"""

import http.client
import json
import os
import urllib.error
import urllib.request
from http import HTTPStatus

from valhub.errors import ValhubError

_DEFAULT_ENDPOINT = "http://169.254.169.254"
_TOKEN_S = 21600
_TIMEOUT_S = 2.0
_TRIES = 3
# Requests to the instance itself never use a proxy.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class InstanceUnknown(ValhubError):
    """The instance does not know which analysis to work for."""

    code = "instance-unknown"


class ThisInstance:
    """The instance this process runs on.

    Parameters
    ----------
    endpoint : str, optional
        Address of the metadata service; else `AWS_EC2_METADATA_SERVICE_ENDPOINT`, as AWS' own
        libraries read it, else the address it has on every instance.
    """

    def __init__(self, endpoint: str | None = None) -> None:
        chosen = endpoint or os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "")
        self._endpoint = (chosen or _DEFAULT_ENDPOINT).rstrip("/")
        if not self._endpoint.startswith(("http://", "https://")):
            raise InstanceUnknown(
                f"AWS_EC2_METADATA_SERVICE_ENDPOINT is {self._endpoint!r}; set it to an address "
                "that begins with http://, or unset it."
            )
        self._token = ""

    def id(self) -> str:
        """The instance's id; raises `InstanceUnknown`."""
        return self._read("instance-id") or "unknown"

    def analysis_pk(self) -> int:
        """The analysis it was launched for.

        Raises
        ------
        InstanceUnknown
            No metadata service answers here, there is no such tag, or the instance may not read
            its tags.
        """
        text = self._read("tags/instance/analysis_pk") or ""
        if not text.isdecimal():
            raise InstanceUnknown(
                f"The tag analysis_pk of this instance is {text or 'missing'}. Launch it with that "
                "tag set to the number of an analysis, and with instance tags allowed in the "
                "metadata (InstanceMetadataTags=enabled).",
                code="no-analysis-tag",
            )
        return int(text)

    def interruption(self) -> str | None:
        """When a spot instance is about to be taken away, what will happen to it; else None.

        Returns
        -------
        str or None
            As `terminate at 2031-01-01T12:00:00Z`.

        Raises
        ------
        InstanceUnknown
            The metadata service does not answer.
        """
        notice = self._read("spot/instance-action")
        if notice is None:
            return None
        try:
            action = json.loads(notice)
            return f"{action['action']} at {action['time']}"
        except (ValueError, KeyError, TypeError):
            return "taken away"

    def _read(self, name: str) -> str | None:
        """Read one entry; None when there is none."""
        try:
            return self._read_with_token(name)
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                return None
            raise InstanceUnknown(
                f"The instance metadata service at {self._endpoint} answers with status "
                f"{error.code}. Allow it for this instance (HttpEndpoint=enabled)."
            ) from error

    def _read_with_token(self, name: str) -> str:
        if self._token:
            try:
                return self._get(name)
            except urllib.error.HTTPError as error:
                if error.code != HTTPStatus.UNAUTHORIZED:
                    raise
        # There is no token yet, or it has run out.
        lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": str(_TOKEN_S)}
        self._token = self._ask("PUT", "api/token", lifetime)
        return self._get(name)

    def _get(self, name: str) -> str:
        return self._ask("GET", f"meta-data/{name}", {"X-aws-ec2-metadata-token": self._token})

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> str:
        """Send one request, again when the service does not answer at first."""
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            f"{self._endpoint}/latest/{path}", method=method, headers=headers
        )
        for _ in range(_TRIES):
            try:
                with _DIRECT.open(request, timeout=_TIMEOUT_S) as answer:
                    return str(answer.read().decode())
            except urllib.error.HTTPError as error:
                error.close()
                raise
            except (OSError, http.client.HTTPException) as error:
                failed = error
        reason = getattr(failed, "reason", failed)
        raise InstanceUnknown(
            f"No instance metadata service answers at {self._endpoint}: {reason}. Run this on an "
            "EC2 instance, or name an analysis with --analysis."
        ) from failed
