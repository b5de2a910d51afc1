"""A hub on the network, as one person sees it: the documented routes over plain HTTP."""

import http.cookiejar
import json
import secrets
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any

from valhub.client.hubs.errors import HubRefused, HubUnreachable

TIMEOUT_S = 60.0


@dataclass(frozen=True)
class HubSubmission:
    """What the hub reports about a submission.

    Attributes
    ----------
    files, done, failed : int
        How far it is: the files it is run on, those that are done, and those of them not scored.
    result : dict or None
        The public result once there is one: `verdict`, `coverage` and `metrics` by name, each with
        `value`, `low`, `high` and `unit`.
    """

    id: str
    created_by: str
    status: str
    result: dict[str, Any] | None
    files: int = 0
    done: int = 0
    failed: int = 0

    @property
    def has_ended(self) -> bool:
        """Whether its status will not change any more."""
        return self.status in ("finished", "failed", "cancelled")


class Hub:
    """One person's conversation with a hub; signing in lasts as long as this object."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.account_id = ""
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def register(self, *, username: str, email: str, password: str) -> None:
        """Make an account."""
        fields = {"username": username, "email": email, "password": password}
        names = {"firstName": username.capitalize(), "lastName": "Demo"}
        self._post("/register", {**fields, **names})

    def sign_in(self, *, username: str, password: str) -> None:
        """Start a session."""
        answer = self._post("/login", {"username": username, "password": password})
        self.account_id = answer["id"]

    def upload_analysis(self, fields: Mapping[str, str], package: Path) -> int:
        """Publish an analysis; gives its number."""
        answer = self._post(
            "/analysis/upload",
            {"user_id": self.account_id, **fields},
            files={"evaluation_script": package},
        )
        return int(_rows(answer)[0]["pk"])

    def submit(self, analysis_id: int, algorithm: Path, *, display_name: str = "") -> HubSubmission:
        """Submit an algorithm."""
        answer = self._post(
            f"/jobs/analysis/{analysis_id}/submission",
            {
                "analysis_id": str(analysis_id),
                "user_id": self.account_id,
                "display_name": display_name,
            },
            files={"algorithm": algorithm},
        )
        return _submission(_rows(answer)[0])

    def submission(self, submission_id: str) -> HubSubmission:
        """Ask how a submission is."""
        return _submission(_rows(self._get(f"/jobs/{submission_id}"))[0])

    def leaderboard(self, analysis_id: int) -> list[HubSubmission]:
        """Read a leaderboard, the best first."""
        return [_submission(row) for row in _rows(self._get(f"/jobs/{analysis_id}/leaderboard"))]

    def is_ready(self) -> bool:
        """Whether the hub answers and is ready to work."""
        try:
            self._get("/readyz")
        except (HubRefused, HubUnreachable):
            return False
        return True

    def _get(self, path: str) -> Any:
        return self._send(urllib.request.Request(self.address + path))  # noqa: S310 - the user's

    def _post(
        self, path: str, fields: Mapping[str, str], files: Mapping[str, Path] | None = None
    ) -> Any:
        boundary = secrets.token_hex(16)
        with tempfile.TemporaryFile() as body:
            _write_form(body, boundary, fields, files or {})
            size = body.tell()
            body.seek(0)
            headers = {
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "Content-Length": str(size),
            }
            request = urllib.request.Request(self.address + path, body, headers)  # noqa: S310
            return self._send(request)

    def _send(self, request: urllib.request.Request) -> Any:
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise HubRefused(_refusal(request, error)) from error
        except (OSError, HTTPException) as error:
            raise HubUnreachable(
                f"The hub at {self.address} does not answer ({error}). Check the address, and "
                "that the hub is running."
            ) from error


def _rows(answer: str) -> list[dict[str, Any]]:
    """Read a documented list: a JSON string whose content is the list."""
    rows: list[dict[str, Any]] = json.loads(answer)
    return rows


def _submission(row: Mapping[str, Any]) -> HubSubmission:
    fields = row["fields"]
    return HubSubmission(
        id=row["pk"],
        created_by=fields["created_by"],
        status=fields["status"],
        result=fields["result"],
        **(fields.get("progress") or {}),
    )


def _refusal(request: urllib.request.Request, error: urllib.error.HTTPError) -> str:
    try:
        detail = json.load(error)["detail"]
    except (ValueError, KeyError, TypeError, HTTPException, OSError):
        detail = error.reason
    return f"{request.get_method()} {request.selector}: {detail}"


def _write_form(
    body: IO[bytes], boundary: str, fields: Mapping[str, str], files: Mapping[str, Path]
) -> None:
    """Write a multipart form; files are copied, never held in memory."""
    for name, value in fields.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        body.write(f"{head}{value}\r\n".encode())
    for name, path in files.items():
        body.write(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
            f'filename="{path.name}"\r\nContent-Type: application/zip\r\n\r\n'.encode()
        )
        with path.open("rb") as file:
            shutil.copyfileobj(file, body)
        body.write(b"\r\n")
    body.write(f"--{boundary}--\r\n".encode())
