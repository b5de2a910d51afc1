"""Staff's view of accounts: who is who, who may publish, who may sign in at all.

Only their owners change names and passwords, and accounts are deleted through the service, which
keeps published results.
"""

from typing import ClassVar

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponseRedirect

from valhub.accounts.models import Account, AuditEntry
from valhub.accounts.services.administration import delete_as_staff
from valhub.accounts.services.auditing import by_account, record_act


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

    list_display = ("username", "email", "is_organiser", "is_staff", "is_active", "date_joined")
    list_filter = ("is_organiser", "is_staff", "is_active")
    search_fields = ("username_folded", "email_folded", "last_name")
    ordering = ("-date_joined",)
    actions = ("delete_accounts",)
    fields = (
        "username", "email", "first_name", "last_name", "github_link",
        "is_organiser", "is_active", "is_staff", "is_superuser",
        "date_joined", "last_login", "deleted_at",
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
        with transaction.atomic():
            obj.save(update_fields=form.changed_data)
            record_act(by_account(request.user), "switch roles", obj, **switched)

    @admin.action(description="Delete accounts; published results stay")
    def delete_accounts(self, request: HttpRequest, accounts: QuerySet[Account]) -> None:
        """Remove personal data from the accounts that this person may change."""
        changeable = [one for one in accounts if self.has_change_permission(request, one)]
        assert isinstance(request.user, Account)  # noqa: S101 - signed in
        for account in changeable:
            delete_as_staff(account, by=request.user)
        self.message_user(request, f"Accounts deleted: {len(changeable)}.", messages.SUCCESS)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """What the staff and administrators did; nobody changes that."""

    list_display = ("at", "by", "act", "subject", "details")
    list_filter = ("act",)
    search_fields = ("=subject", "=by")
    ordering = ("-id",)
