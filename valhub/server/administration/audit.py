"""The command that shows the audit log."""

import json

import click

from valhub.accounts.models import Account, AuditEntry
from valhub.console import echo
from valhub.texts import visible


@click.command()
@click.option("--last", type=click.IntRange(1, 100_000), default=50, show_default=True)
def audit(*, last: int) -> None:
    """Show what the staff and administrators did, the newest last. Times are UTC."""
    entries = list(AuditEntry.objects.order_by("-id")[:last])
    names = _names(entries)
    for one in reversed(entries):
        details = json.dumps(one.details, ensure_ascii=True) if one.details else ""
        words = (
            f"{one.at:%Y-%m-%d %H:%M:%S}", names.get(one.by, one.by), one.act,
            names.get(one.subject, one.subject), details,
        )  # fmt: skip
        echo(visible("  ".join(filter(None, words)), has_lines=False))
    if not entries:
        echo("The audit log is empty.")


def _names(entries: list[AuditEntry]) -> dict[str, str]:
    """Name the accounts that still exist."""
    said = {text for one in entries for text in (one.by, one.subject)}
    keys = [text.removeprefix("account ") for text in said if text.startswith("account ")]
    living = Account.objects.filter(pk__in=keys, deleted_at=None)
    return {f"account {one.pk}": f"{one.username} ({one.pk})" for one in living}
