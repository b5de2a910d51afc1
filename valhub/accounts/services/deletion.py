"""Removing a person from the hub, while published results stay."""

import uuid

from django.db import transaction
from django.utils import timezone

from valhub.accounts.models import Account, Invitation


def delete_account(account: Account) -> None:
    """Remove everything personal from an account and end its sessions; the row stays for results.

    Nobody can sign in to it again. Doing it twice changes nothing.
    """
    with transaction.atomic():
        gone = Account.objects.select_for_update().get(pk=account.pk)
        if gone.deleted_at is not None:
            return
        Invitation.objects.filter(email_folded=gone.email_folded).delete()
        gone.username = f"deleted-{uuid.uuid4().hex}"
        gone.email = f"{uuid.uuid4()}@deleted.invalid"
        gone.first_name = gone.last_name = ""
        gone.github_link = gone.last_login = None
        # Sessions are tied to the stored password, so that they end with it.
        gone.set_unusable_password()
        gone.is_active = gone.is_staff = gone.is_superuser = gone.is_organiser = False
        gone.waits_for = ""
        gone.deleted_at = timezone.now()
        gone.save(force_update=True)
        gone.known_sources.all().delete()
        gone.mails.all().delete()
        gone.identities.all().delete()
        gone.groups.clear()
        gone.user_permissions.clear()
        gone.tokens.all().delete()
        gone.idempotency_keys.all().delete()
