"""JSON as v1 writes and reads it: times in UTC, null for what is not finite; no key twice."""

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from pydantic_core import to_json

from valhub.api.reading import json_object
from valhub.errors import UnsupportedType
from valhub.http.body_sizes import check_body_size


class Json(BaseRenderer):
    """Writes answers."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ARG002
        """Write one answer."""
        return to_json(data, inf_nan_mode="null")


class JsonObjects(Parser):
    """Reads bodies, as the documented routes do."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Read the fields of a body.

        Raises
        ------
        Malformed, TooLarge, UnsupportedType
            As `body_inputs` does.
        """
        check_body_size(request, max_file_bytes=0)
        if request.content_type != "application/json":
            kind = (request.content_type or "(none)")[:40]
            sentence = f"A body of type {kind} is not supported."
            raise UnsupportedType(f"{sentence} Send application/json.")
        return dict(json_object(request.body))
