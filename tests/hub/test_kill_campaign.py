"""Processes of a running hub are killed -9 again and again while people submit.

The campaign waits until the database shows a certain moment, kills whoever is at work then, and
lets the supervisor start it again. Before which write a process dies is proved, write by write, in
`tests/jobs/test_crash_points.py`; here are real processes, signals and requests. The same campaign
on every broker and database, and with more machines, is in `tests/cluster`.
"""

import pytest

from campaign.aftermath import Afterwards
from campaign.course import aftermath_of, place_in
from campaign.sites import Site
from services.databases import empty_database

# A campaign is a fixture of the first test.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory, engine_cache, tiny_task, tiny_algorithm):
    """What a campaign leaves of a hub on one machine."""
    folder = tmp_path_factory.mktemp("campaign")
    content = (tiny_task, tiny_algorithm)
    with (
        empty_database(folder / "data") as url,
        place_in(folder, Site(url), engine_cache, content, machines=1) as place,
    ):
        yield aftermath_of(place)


class TestOnOneMachine(Afterwards):
    """It holds there."""
