"""Requests that their senders named: each is done once, however often it arrives.

Two ways. A short request is done in the transaction that stores its answer. An upload takes
minutes, so its key is claimed first; what it makes is noted in the transaction that makes it, and
its answer is stored at the end. A process that is killed leaves a claim that says what was made, or
that nothing was; then whoever sends it again gets what was made, or has it done.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from valhub.accounts.models import Account, IdempotencyKey
from valhub.errors import Conflict, Invalid

KEPT = timedelta(hours=24)
# Much longer than any upload takes to be read and stored.
GIVEN_UP_AFTER = timedelta(minutes=15)
LONGEST_KEY = 200
HEADER = "Idempotency-Key"


@dataclass(frozen=True)
class Answer:
    """What a request was answered with."""

    status: int
    body: Any


@dataclass(frozen=True)
class Claim:
    """One request, as its sender named it.

    Attributes
    ----------
    mine : bool
        Whether it is to be done now; else somebody has done it.
    """

    row: IdempotencyKey
    mine: bool

    @property
    def made(self) -> str:
        """What it has made; empty if that is not known."""
        return self.row.made

    @property
    def answer(self) -> Answer | None:
        """What it was answered with, if it was."""
        stored = self.row.answer
        return None if stored is None else Answer(stored["status"], stored["body"])

    def note_made(self, what: str) -> None:
        """Note what is being made; inside the transaction that makes it.

        Raises
        ------
        Conflict
            When another request has taken over meanwhile: then nothing is to be made.
        """
        if not self._held().update(made=what):
            raise in_progress()

    def store(self, answer: Answer) -> None:
        """Keep what it is answered with."""
        self._held().update(answer={"status": answer.status, "body": answer.body})

    def release(self) -> None:
        """Let it be done anew, since it failed; not if it has made something."""
        self._held().filter(made="").delete()

    def take_over(self) -> "Claim":
        """Do what another process left undone.

        Raises
        ------
        Conflict
            When that one may still be at it, or another is before us.
        """
        left = Q(at__lt=timezone.now() - GIVEN_UP_AFTER) | ~Q(made="")
        holder = uuid.uuid4().hex
        now = timezone.now()
        if not self._held().filter(left).update(holder=holder, at=now, made=""):
            raise in_progress()
        self.row.refresh_from_db()
        return Claim(self.row, mine=True)

    def _held(self) -> QuerySet[IdempotencyKey]:
        return IdempotencyKey.objects.filter(pk=self.row.pk, holder=self.row.holder)


def in_progress() -> Conflict:
    """Refuse what is being done at this moment."""
    return Conflict(
        "The same request is being answered right now. Send it again in a few seconds.",
        code="request-in-progress",
        retry_after_s=5,
    )


def key_of(text: str) -> str:
    """Give the hash under which a key is stored; raises `Invalid`."""
    if not text.strip() or len(text) > LONGEST_KEY or not text.isprintable():
        raise Invalid(
            f"{HEADER} has to be 1 to {LONGEST_KEY} printable characters, such as a UUID. Send "
            "another one.",
            code="invalid-idempotency-key",
            field=HEADER,
        )
    return sha256(text.encode(errors="surrogateescape")).hexdigest()


def is_known(account: Account, key: str) -> bool:
    """Whether an account has sent a request under this key that counts."""
    return _kept(account, key).exists()


def claim_key(account: Account, key: str, request: str) -> Claim:
    """Claim a request, or find what became of it.

    Inside a transaction, whoever sends the same request waits for its end.

    Parameters
    ----------
    key : str
        From `key_of`.
    request : str
        A hash of all that was sent.

    Raises
    ------
    Conflict
        When something else was sent under this key.
    """
    IdempotencyKey.objects.filter(account=account, key=key, at__lt=timezone.now() - KEPT).delete()
    holder = uuid.uuid4().hex
    row = IdempotencyKey(account=account, key=key, request=request, holder=holder)
    IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
    found = IdempotencyKey.objects.filter(account=account, key=key).first()
    if found is None:
        raise in_progress()
    if found.request != request:
        raise Conflict(
            "This key belongs to another request that you sent within 24 hours. Send a new key.",
            code="idempotency-key-reused",
            field=HEADER,
        )
    return Claim(found, mine=found.holder == holder)


def delete_old_keys() -> int:
    """Delete the keys that no longer count; return how many those were."""
    return IdempotencyKey.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


def _kept(account: Account, key: str) -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(account=account, key=key, at__gte=timezone.now() - KEPT)
