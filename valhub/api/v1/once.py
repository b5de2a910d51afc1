"""A POST with an `Idempotency-Key` is done once: sent again, it gets its first answer again.

Keys belong to accounts. A refused request leaves no key behind, so that it can be sent again once
its fault is put right. `valhub.accounts.services.idempotency` has the rules.
"""

import json
from collections.abc import Callable, Iterator
from functools import wraps
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Status
from pydantic_core import to_json

from valhub.accounts.models import Account
from valhub.accounts.services.idempotency import (
    HEADER,
    LONGEST_KEY,
    Answer,
    Claim,
    claim_key,
    is_known,
    key_of,
)
from valhub.api.inputs import Inputs
from valhub.api.v1.callers import account_of, viewer_of
from valhub.cloud.storage import sha256_of
from valhub.cloud.transactions import again_after_deadlock
from valhub.errors import Conflict, NotFound

View = Callable[..., Any]
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "A name for this request, such as a UUID. Sent again within 24 hours, it gets "
    "its first answer again instead of being done twice.",
}


_ANSWERED_ONCE: set[View] = set()


def answered_once(view: View) -> View:
    """Keep nothing of what a view answers, for it has a secret: sent again, it is refused."""
    _ANSWERED_ONCE.add(view)
    return view


def at_once(view: View) -> View:
    """Have a short request done once, in the transaction that stores its answer."""
    has_secret = view in _ANSWERED_ONCE

    @wraps(view)
    def respond(request: HttpRequest, **kwargs: object) -> Any:
        text, account = request.headers.get(HEADER), viewer_of(request)
        if text is None or account is None:
            return view(request, **kwargs)
        sent = _hash([request.method or "", request.get_full_path(), request.body])
        return _in_transaction(account, key_of(text), sent, lambda: view(request, **kwargs))

    @again_after_deadlock
    def _in_transaction(account: Account, key: str, sent: str, run: Callable[[], Any]) -> Any:
        with transaction.atomic():
            claim = claim_key(account, key, sent)
            if not claim.mine:
                return _again(claim, has_secret=has_secret)
            result = run()
            claim.store(_answer(None if has_secret else result))
            return result

    return respond


class Upload:
    """An upload that its sender may have named, and how it is done once.

    Parameters
    ----------
    request : HttpRequest
        Of which the body is not read yet.
    """

    def __init__(self, request: HttpRequest) -> None:
        text = request.headers.get(HEADER)
        self._request = request
        self._account = account_of(request)
        self._key = None if text is None else key_of(text)

    @property
    def is_known(self) -> bool:
        """Whether it arrives again: then no limit keeps it from its answer."""
        return self._key is not None and is_known(self._account, self._key)

    def do(
        self,
        inputs: Inputs,
        run: Callable[[Claim | None], Any],
        made: Callable[[str], Any],
    ) -> Any:
        """Do it, or give the answer that it got.

        Parameters
        ----------
        inputs : Inputs
            Its fields.
        run : callable
            Does it; notes in the claim what it makes.
        made : callable
            Makes an answer of what was noted; raises `NotFound` when that is gone.
        """
        if self._key is None:
            return run(None)
        claim = claim_key(self._account, self._key, self._hash(inputs))
        if not claim.mine:
            if claim.answer is not None:
                return _again(claim)
            if claim.made:
                try:
                    return made(claim.made)
                except NotFound:
                    # What it made was withdrawn, as if it had never been sent.
                    pass
            claim = claim.take_over()
        return _run(run, claim)

    def _hash(self, inputs: Inputs) -> str:
        fields = sorted((name, str(value)) for name, value in inputs.values.items())
        files = sorted((name, sha256_of(file)) for name, file in inputs.files.items())
        path = self._request.get_full_path()
        return _hash([self._request.method or "", path, json.dumps([fields, files])])


def _run(run: Callable[[Claim | None], Any], claim: Claim) -> Any:
    try:
        result = run(claim)
    except BaseException:
        claim.release()
        raise
    claim.store(_answer(result))
    return result


def _again(claim: Claim, *, has_secret: bool = False) -> Any:
    answer = claim.answer
    if has_secret or answer is None:
        raise Conflict(
            "This was done already, and its answer is shown only once. Send a new key to do it "
            "once more.",
            code="answered-once",
            field=HEADER,
        )
    return Status(answer.status, answer.body)


def _answer(result: Any) -> Answer:
    """Keep what a view gives, as the document has it."""
    found = result if isinstance(result, Status) else Status(200, result)
    return Answer(found.status_code, json.loads(to_json(found.value, inf_nan_mode="null")))


def _hash(parts: list[str | bytes]) -> str:
    digest = sha256()
    for part in _framed(parts):
        digest.update(part)
    return digest.hexdigest()


def _framed(parts: list[str | bytes]) -> Iterator[bytes]:
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        yield b"%d:" % len(data)
        yield data
