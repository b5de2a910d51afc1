"""The events of a submission as a reader sees them: without verdicts that are withheld.

Files of the final part leave no event at all, since events are numbered without a gap. An earlier
release, whose workers may run beside these, knows no final part.
"""

from collections.abc import Sequence
from copy import copy

from django.contrib.auth.models import AnonymousUser

from valhub.accounts.models import Account
from valhub.analyses.models import DataFile
from valhub.jobs.disclosure.readers import Reader, reader_of
from valhub.jobs.disclosure.rules import Rules, rules_by_version, rules_of_run
from valhub.jobs.models import Event, Run, Submission


def shown_events(
    events: Sequence[Event], submission: Submission, account: Account | AnonymousUser
) -> list[Event]:
    """Leave out the events of files whose verdict an account does not see."""
    reader = reader_of(submission, account)
    runs = {run.number: run for run in submission.runs.select_related("version")}
    rules = rules_by_version(run.version for run in runs.values())
    of_run = {number: rules_of_run(run, rules[run.version_id]) for number, run in runs.items()}
    parts = _parts(events, runs)
    shown = (_shown(one, of_run, parts, reader) for one in events)
    return [one for one in shown if one is not None]


Parts = dict[tuple[int, str], str]
# The kinds that report one file, and several.
FILE, FILES = "file", "files"


def _names(event: Event) -> list[str]:
    """The files that an event names."""
    if event.kind == FILES:
        return [one["file"] for one in event.data["files"]]
    return [event.data["file"]] if event.kind == FILE else []


def _parts(events: Sequence[Event], runs: dict[int, Run]) -> Parts:
    """The part of each file that is named, by its run's number and its name."""
    names = {name for event in events for name in _names(event)}
    versions = {run.version_id for run in runs.values()}
    rows = DataFile.objects.filter(version__in=versions, name__in=names)
    part_of = {
        (version, name): part for version, name, part in rows.values_list("version", "name", "part")
    }
    return {
        (number, name): part_of[run.version_id, name]
        for number, run in runs.items()
        for name in names
        if (run.version_id, name) in part_of
    }


def _shown(event: Event, rules: dict[int, Rules], parts: Parts, reader: Reader) -> Event | None:
    """Give an event without the files whose verdicts are withheld; None if nothing is left."""
    names = _names(event)
    if not names:
        return event
    run = event.data["run"]
    known = {name: parts[run, name] for name in names if (run, name) in parts}
    shown = {name for name, part in known.items() if rules[run].shows_results(reader, part)}
    if len(shown) == len(names):
        return event
    if not shown:
        return None
    left = [one for one in event.data["files"] if one["file"] in shown]
    partly = copy(event)
    partly.data = {**event.data, "files": left}
    return partly
