"""Documented outputs: the account object, and lists of rows inside a JSON string."""

import json
from collections.abc import Iterable, Mapping

from django.core.serializers.json import DjangoJSONEncoder
from django.http import JsonResponse

from valhub.accounts.models import Account


def account_document(account: Account) -> dict[str, object]:
    """Write the account object. Its field for the password is always empty."""
    return {
        "id": str(account.pk),
        "username": account.username,
        "password": "",
        "firstName": account.first_name,
        "lastName": account.last_name,
        "email": account.email,
        "githubLink": account.github_link,
    }


def row_document(model: str, pk: int | str, fields: Mapping[str, object]) -> dict[str, object]:
    """Write one row as Django's own serializer does; `model` as in `analyses.analysis`."""
    return {"model": model, "pk": pk, "fields": dict(fields)}


def json_string(rows: Iterable[Mapping[str, object]]) -> JsonResponse:
    """Answer with a JSON string whose content is the JSON list of the rows."""
    return JsonResponse(json.dumps([*rows], cls=DjangoJSONEncoder), safe=False)
