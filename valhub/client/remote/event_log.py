"""What happened to a submission, a line for each event."""

import time

from valhub.client.hubs.records import Event
from valhub.client.hubs.submissions import Submission
from valhub.console import echo
from valhub.evaluation.wording import event_words

POLL_S = 1.0


def write_events(submission: Submission, *, follow: bool) -> None:
    """Write the events so far; with `follow` also those that come, until none can."""
    last, ended = 0, False
    while not ended:
        events, last, ended = submission.events(after=last)
        for one in events:
            echo(_line(one))
        if not follow and not events:
            return
        if not ended and not events:
            time.sleep(POLL_S)


def _line(event: Event) -> str:
    when = f"{event.at.astimezone():%Y-%m-%d %H:%M:%S}"
    return f"{when}  {event_words(event.kind, event.data)}".replace("\n", " ")
