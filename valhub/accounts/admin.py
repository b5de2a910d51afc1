"""Staff's view of accounts: who is who, who may publish, who may sign in at all.

Only their owners change names and passwords, and accounts are deleted through the service, which
keeps published results.
"""

from typing import ClassVar

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponseRedirect

from valhub.accounts.models import Account, AuditEntry, Invitation, WaitsFor
from valhub.accounts.services.administration import approve_account, delete_as_staff
from valhub.accounts.services.auditing import by_account, record_act
from valhub.accounts.services.invitations import (
    check_invitable,
    invite,
    link_of,
    mail_invitation,
    revoke_invitation,
)
from valhub.errors import Conflict, InvalidFields


def sign_in_to_admin(request: HttpRequest) -> HttpResponseRedirect:
    """Send visitors to where everybody signs in and failures are counted; refuse other accounts."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", "/admin/"))


class ReadOnly:
    """What staff may do with rows, on a page of their own or as part of another: read."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """All staff read, whatever else they may do."""
        return request.user.is_active and request.user.is_staff

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody adds rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes rows by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes rows by hand."""
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Pages that list rows and show one; counting all of them for a filter would be slow."""

    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """All staff find the pages."""
        return self.has_view_permission(request)


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Accounts and their roles, which staff may switch."""

    list_display = (
        "username", "email", "is_organiser", "is_staff", "is_active", "waits_for", "date_joined",
    )  # fmt: skip
    list_filter = ("waits_for", "is_organiser", "is_staff", "is_active")
    search_fields = ("username_folded", "email_folded", "last_name")
    ordering = ("-date_joined",)
    actions = ("approve_accounts", "delete_accounts")
    fields = (
        "username", "email", "first_name", "last_name", "github_link",
        "is_organiser", "is_active", "is_staff", "is_superuser",
        "waits_for", "date_joined", "last_login", "deleted_at",
    )  # fmt: skip
    roles: ClassVar = frozenset({"is_organiser", "is_active"})
    superusers_roles: ClassVar = roles | {"is_staff", "is_superuser"}

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Let staff switch roles; only superusers make somebody staff."""
        is_superuser = isinstance(request.user, Account) and request.user.is_superuser
        switched = self.superusers_roles if is_superuser else self.roles
        return [name for name in self.fields if name not in switched]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """All staff see accounts, whatever else they may do."""
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """All staff see accounts."""
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """All staff switch roles; only superusers change a superuser or a deleted account."""
        protected = isinstance(obj, Account) and (obj.is_superuser or obj.deleted_at is not None)
        is_superuser = isinstance(request.user, Account) and request.user.is_superuser
        return self.has_module_permission(request) and (not protected or is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People register themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Deleting the row would delete published results too."""
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: Account,
        form: "ModelForm[Account]",
        change: bool,  # noqa: FBT001
    ) -> None:
        """Switch the roles that were changed, and put them into the audit log."""
        switched = {name: bool(getattr(obj, name)) for name in form.changed_data}
        assert isinstance(request.user, Account)  # noqa: S101 - signed in
        if obj.is_active:
            obj.waits_for = WaitsFor.NOTHING
        with transaction.atomic():
            obj.save(update_fields=[*form.changed_data, "waits_for"])
            record_act(by_account(request.user), "switch roles", obj, **switched)

    @admin.action(description="Approve accounts that wait for it")
    def approve_accounts(self, request: HttpRequest, accounts: QuerySet[Account]) -> None:
        """Let those sign in who wait for approval; others are left alone."""
        assert isinstance(request.user, Account)  # noqa: S101 - signed in
        waiting = list(accounts.filter(waits_for=WaitsFor.APPROVAL))
        for account in waiting:
            approve_account(account, by=by_account(request.user))
        self.message_user(request, f"Accounts approved: {len(waiting)}.", messages.SUCCESS)

    @admin.action(description="Delete accounts; published results stay")
    def delete_accounts(self, request: HttpRequest, accounts: QuerySet[Account]) -> None:
        """Remove personal data from the accounts that this person may change."""
        changeable = [one for one in accounts if self.has_change_permission(request, one)]
        assert isinstance(request.user, Account)  # noqa: S101 - signed in
        for account in changeable:
            delete_as_staff(account, by=request.user)
        self.message_user(request, f"Accounts deleted: {len(changeable)}.", messages.SUCCESS)


class InvitationForm(ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """Whom to invite."""

    class Meta:
        model = Invitation
        fields = ("email", "is_organiser")

    def clean_email(self) -> str:
        """Say at the field why somebody cannot be invited."""
        try:
            return check_invitable(self.cleaned_data["email"])
        except (Conflict, InvalidFields) as error:
            raise ValidationError(error.detail) from error


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations that nobody has used yet; staff make them, and delete them to revoke them."""

    form = InvitationForm
    list_display = ("email", "is_organiser", "invited_by", "expires_at")
    search_fields = ("email_folded",)
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """All staff invite."""
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """All staff revoke."""
        return self.has_view_permission(request)

    def save_model(
        self,
        request: HttpRequest,
        obj: Invitation,
        form: "ModelForm[Invitation]",
        change: bool,  # noqa: FBT001
    ) -> None:
        """Invite, by mail or with a link that is shown this once."""
        assert isinstance(request.user, Account)  # noqa: S101 - signed in
        by = by_account(request.user)
        made, token = invite(obj.email, is_organiser=obj.is_organiser, by=by)
        obj.pk = made.pk
        if mail_invitation(obj.email, token):
            self.message_user(request, f"{obj.email} got a mail with the link.", messages.SUCCESS)
            return
        text = f"Send this link to {obj.email}, and to nobody else; it works once: {link_of(token)}"
        self.message_user(request, text, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Invitation) -> None:
        """Revoke one."""
        assert isinstance(request.user, Account)  # noqa: S101 - signed in
        revoke_invitation(obj.email, by=by_account(request.user))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """Revoke several."""
        for one in queryset:
            self.delete_model(request, one)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """What the staff and administrators did; nobody changes that."""

    list_display = ("at", "by", "act", "subject", "details")
    list_filter = ("act",)
    search_fields = ("=subject", "=by")
    ordering = ("-id",)
