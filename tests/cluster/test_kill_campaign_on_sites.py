"""The kill campaign on every broker and every database, with a second machine.

Meanwhile the database is killed and comes back, and so is the broker, which loses everything once.
The other machine's clock is minutes fast; its sweeper is the second one.
"""

import pytest

from campaign.aftermath import Afterwards
from campaign.course import aftermath_of, place_in
from campaign.sites import running_site

# Each broker with PostgreSQL, each database with a broker, and without one where there is a server.
SITES = [
    ("postgresql", "rabbitmq"),
    ("postgresql", "redis"),
    ("postgresql", "sqs"),
    ("mariadb", "redis"),
    ("sqlite", "redis"),
    ("postgresql", "embedded"),
    ("mariadb", "embedded"),
]

# A campaign is a fixture of the first test.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", params=SITES, ids="-".join)
def aftermath(request, tmp_path_factory, engine_cache, tiny_task, tiny_algorithm):
    """What a campaign leaves of a hub on each site in turn."""
    folder = tmp_path_factory.mktemp("campaign")
    with (
        running_site(folder, *request.param) as site,
        place_in(folder, site, engine_cache, (tiny_task, tiny_algorithm), machines=2) as place,
    ):
        yield aftermath_of(place)


class TestOnSites(Afterwards):
    """It holds on each."""
