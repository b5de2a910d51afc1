"""Sites: at how many places the systems of some files are."""

import math

import pytest

from valhub.evaluation.scoring.systems import count_sites

DENVER, NEAR, FAR = (39.7, -105.2), (39.701, -105.2), (39.72, -105.2)


@pytest.mark.parametrize(
    ("places", "sites"),
    [
        ([DENVER], 1),
        ([DENVER, DENVER], 1),
        ([DENVER, NEAR], 1),
        ([DENVER, FAR], 2),
        ([DENVER, (math.nan, 1.0)], 0),
        ([DENVER, (None, 1.0)], 0),
        ([DENVER, ("north", 1.0)], 0),
    ],
)
def test_sites_are_counted_where_all_are_known(places, sites):
    files = [{"latitude": latitude, "longitude": longitude} for latitude, longitude in places]
    assert count_sites(files) == sites


def test_a_file_without_a_place_leaves_the_sites_unknown():
    assert count_sites([{"latitude": 1.0, "longitude": 2.0}, {}]) == 0
