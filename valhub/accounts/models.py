"""Accounts and their tokens, the failed sign-ins that slow guessing down, what the staff did."""

import unicodedata
import uuid
from enum import StrEnum
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone

from valhub.accounts.similar_names import look_of


def folded(text: str) -> str:
    """The form in which user names and e-mail addresses are compared."""
    return unicodedata.normalize("NFKC", text.strip()).casefold()


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts for Django's own commands; people come through `services.register_account`."""

    def create_superuser(self, username: str, email: str, password: str) -> "Account":
        """Make a staff account with every permission."""
        account = self.model(username=username, email=email, is_staff=True, is_superuser=True)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str | None) -> "Account":
        """Find an account by its user name, whatever its case."""
        # No name contains NUL, and some databases reject a query that does.
        name = folded(username or "").replace("\0", " ")
        return self.get(username_folded=name)


class WaitsFor(StrEnum):
    """What a new account waits for before its owner can sign in."""

    NOTHING = ""
    APPROVAL = "approval"
    CONFIRMATION = "confirmation"


class Account(AbstractBaseUser, PermissionsMixin):
    """A person. Roles: participant; organiser, who may publish analyses; staff."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(
        max_length=150, unique=True, validators=[UnicodeUsernameValidator()]
    )
    email = models.EmailField(max_length=254)
    # The folded forms are what is unique: not every database has functional indexes.
    username_folded = models.CharField(max_length=200, unique=True, editable=False)
    email_folded = models.CharField(max_length=300, unique=True, editable=False)
    # See `similar_names`; none for an account that had such a name before they were compared.
    username_look = models.CharField(max_length=300, unique=True, null=True, editable=False)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    github_link = models.CharField(
        max_length=200, null=True, blank=True, validators=[URLValidator(["http", "https"])]
    )
    is_organiser = models.BooleanField(default=False)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    # An account that waits is not active either, so that nothing else has to know of it.
    waits_for = models.CharField(
        max_length=20, default="", db_default="", blank=True, editable=False
    )
    date_joined = models.DateTimeField(default=timezone.now)
    # Set when the account was deleted; the row stays for the results that were published.
    deleted_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]
    objects = AccountManager()

    def fold_names(self) -> None:
        """Update the forms for comparing from the user name and the e-mail address."""
        # The same letters in another case can look like another name: a capital I like a small l.
        if self.username_look is not None or folded(self.username) != self.username_folded:
            self.username_look = look_of(self.username)
        self.username_folded = folded(self.username)
        self.email_folded = folded(self.email)

    def save(self, *args: object, **kwargs: object) -> None:
        """Save with the folded forms up to date."""
        self.fold_names()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return "deleted account" if self.deleted_at else self.username


class Invitation(models.Model):
    """A link with which one person may register; it is deleted when it is used or revoked."""

    # A hash, so that nobody who reads the database can use it.
    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(max_length=254)
    email_folded = models.CharField(max_length=300, unique=True, editable=False)
    is_organiser = models.BooleanField(default=False)
    # As in the audit log.
    invited_by = models.CharField(max_length=200)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class Identity(models.Model):
    """Who somebody is at the institute through which they sign in."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identities")
    # By whose word, and what they call the person: never an address, which others can come to have.
    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)

    class Meta:
        verbose_name_plural = "identities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_once"),
        ]

    def __str__(self) -> str:
        return f"identity {self.pk}"


class MailKind(StrEnum):
    """What a mail is about."""

    CONFIRM = "confirm"
    RESET = "reset"
    APPROVED = "approved"


class Mail(models.Model):
    """A mail that an account is to get, or got a moment ago; written when it is sent.

    So no link that lets somebody in is ever stored, and who asks for a mail does not wait for it.
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="mails", db_index=False
    )
    kind = models.CharField(max_length=20)
    requested_at = models.DateTimeField(default=timezone.now)
    try_after = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "kind"], name="mail_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["sent_at", "try_after"], name="mail_due")]

    def __str__(self) -> str:
        return f"mail {self.pk} to {self.kind}"


class Scope(models.TextChoices):
    """What a token may be used for; every token may read."""

    READ = "read"
    SUBMIT = "submit"
    ORGANISE = "organise"


class Token(models.Model):
    """What a program signs in with instead of a password; only a hash of its text is stored."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    # What begins its text, by which its owner recognises it.
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    # Words of `Scope`.
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    # To the minute: more would be a write for every request.
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"token {self.prefix} of {self.account}"


class IdempotencyKey(models.Model):
    """A request that its sender named, so that it can be sent again and is done once.

    It is kept for a day. What answers it is stored as it was, so a secret is never among it.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="idempotency_keys")
    # Hashes of the name, and of what was sent.
    key = models.CharField(max_length=64)
    request = models.CharField(max_length=64)
    # Whose turn it is: only one of those who send it at the same time does it.
    holder = models.CharField(max_length=32)
    at = models.DateTimeField(default=timezone.now)
    # What an upload has made, written in the transaction that made it; empty before.
    made = models.CharField(max_length=64, blank=True, default="")
    # {"status", "body"}; null until it is answered.
    answer = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "key"], name="idempotency_key_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="idempotency_key_at")]

    def __str__(self) -> str:
        return f"request of {self.at:%Y-%m-%d %H:%M}"


class FailedSignIn(models.Model):
    """One failed sign-in, kept for as long as it counts."""

    # A hash of user name and client address, so that neither is stored.
    key = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    # Whether its password is still being checked: then it has not failed.
    in_flight = models.BooleanField(default=False, db_default=False)
    # Hashes of the user name alone and of the network alone; empty where the account has signed in
    # from before: such failures count in the first limit only.
    name_key = models.CharField(max_length=64, default="", db_default="")
    network_key = models.CharField(max_length=64, default="", db_default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["key", "at"], name="failed_sign_in_key_at"),
            models.Index(fields=["name_key", "at"], name="failed_sign_in_name_at"),
            models.Index(fields=["network_key", "at"], name="failed_sign_in_network_at"),
        ]

    def __str__(self) -> str:
        return f"failed sign-in at {self.at:%Y-%m-%d %H:%M}"


class AttemptLock(models.Model):
    """What those lock who follow each other: attempts to sign in, and uploads of an account.

    No row of another table points at it: a lock on an account's own row ends in deadlocks, because
    databases lock it too when they check who points at it.
    """

    # A part of the hash of a name or a network, or of an account's id, so there are never many.
    number = models.PositiveSmallIntegerField(primary_key=True)
    locked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"lock {self.number}"


class KnownSource(models.Model):
    """An address from which an account has signed in, kept for as long as it is used."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="known_sources", db_index=False
    )
    # A hash, so that no address is stored.
    key = models.CharField(max_length=64)
    # When it signed in from there, to a day.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "key"], name="known_source_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="known_source_at")]

    def __str__(self) -> str:
        return f"known source of {self.at:%Y-%m-%d}"


class RegistrationAttempt(models.Model):
    """One attempt to take a user name and an e-mail address, kept for as long as it counts."""

    # A hash of the network, so that it is not stored.
    key = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["key", "at"], name="registration_key_at")]

    def __str__(self) -> str:
        return f"attempt to register at {self.at:%Y-%m-%d %H:%M}"


class RejectedUpload(models.Model):
    """One upload that was rejected, kept for as long as it counts."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="rejected_uploads", db_index=False
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "at"], name="rejected_account_at")]

    def __str__(self) -> str:
        return f"rejected upload at {self.at:%Y-%m-%d %H:%M}"


class AuditEntry(models.Model):
    """One act of the staff, of an administrator, or of an owner on the own account; never changed.

    People are named by their ids, so that nothing personal stays when an account is deleted.
    """

    at = models.DateTimeField(default=timezone.now)
    # Who: "account UUID" for somebody who is signed in, "command NAME" for a user of the machine.
    by = models.CharField(max_length=200)
    # What: one of the words in `services.auditing`.
    act = models.CharField(max_length=40)
    # To what: "account UUID", "submission UUID", "analysis NUMBER".
    subject = models.CharField(max_length=200)
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [models.Index(fields=["subject", "id"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"
