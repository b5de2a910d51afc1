"""The command that shows how the hub is: workers, queues, space."""

import json
from dataclasses import asdict
from typing import Any

import click
from django.conf import settings

from valhub.accounts.oidc.client import Client
from valhub.accounts.oidc.provider import metadata_of
from valhub.accounts.selectors.waiting import waiting_for_approval
from valhub.console import echo
from valhub.errors import Unavailable
from valhub.evaluation.wording import memory
from valhub.jobs.models import Status
from valhub.jobs.selectors.builds import build_queue
from valhub.jobs.selectors.heartbeats import process_states
from valhub.jobs.selectors.launches import count_launches
from valhub.jobs.selectors.metrics import active_submissions
from valhub.jobs.selectors.queues import queue_states
from valhub.jobs.selectors.spaces import disks
from valhub.jobs.selectors.waiting import worker_words
from valhub.jobs.selectors.workers import count_workers
from valhub.jobs.services.disks import record_disks
from valhub.jobs.used_space import used_bytes


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(*, as_json: bool) -> None:
    """Show processes, workers, who waits for approval, sign-in, waiting work and disk space."""
    document = _document()
    if as_json:
        echo(json.dumps(document, indent=2))
        return
    for title, values in document.items():
        echo(title if values else f"{title}: none")
        for name, value in values.items():
            echo(f"  {name.replace('_', ' '):<28} {_words(title, value)}")


def _document() -> dict[str, dict[str, Any]]:
    record_disks()
    return {
        "processes": dict(process_states()),
        "approvals": {
            account.username: f"waits since {account.date_joined:%Y-%m-%d %H:%M} UTC"
            for account in waiting_for_approval()
        },
        "institute": _institute(),
        "workers": asdict(count_workers()) | {"instances": count_launches().running} | _why(),
        "submissions": dict(active_submissions()),
        "queues": {
            f"analysis {number}": asdict(state) for number, state in sorted(queue_states().items())
        }
        | _environments(),
        "bytes": dict(used_bytes()),
        "disks": {f"{one.machine}, {one.disk}": one._asdict() for one in disks()},
    }


def _institute() -> dict[str, str]:
    """Say whether the institute's server answers, where people sign in there."""
    client: Client | None = settings.OIDC
    if client is None:
        return {}
    try:
        metadata_of(client)
    except Unavailable:
        return {"sign_in": f"does not work; ask {client.issuer} for its discovery document"}
    return {"sign_in": f"works, at {client.issuer}"}


def _why() -> dict[str, str]:
    """Say why submitted work waits, when no worker takes any."""
    words = worker_words() if active_submissions()[Status.SUBMITTED] else ""
    return {"waits_because": words} if words else {}


def _environments() -> dict[str, Any]:
    queue = build_queue()
    return {"environments": asdict(queue)} if queue.waiting or queue.running else {}


def _words(title: str, value: Any) -> str:
    if title == "bytes":
        return "not here" if value is None else memory(value)
    if title == "disks":
        return f"{memory(value['free'])} free of {memory(value['size'])}"
    if isinstance(value, dict):
        return (
            f"{value['waiting']} waiting for up to {value['oldest_s']:.0f} s, "
            f"{value['running']} running"
        )
    return str(value)
