"""What metadata tables probably do not mean is noted, and changes nothing."""

import pytest

from tests.evaluation.packages.conftest import FILES, SYSTEMS
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.metadata_notes import place_notes

EAST = SYSTEMS.replace("-105.", "105.")


def notes_on(make_task, files=FILES, systems=SYSTEMS):
    texts = {"data/file_metadata.csv": files, "data/system_metadata.csv": systems}
    return open_package(make_task(texts)).notes


def test_sound_tables_have_no_notes(make_task):
    assert notes_on(make_task) == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Timezone", "timezone"),
        ("time zone", "timezone"),
        ("tz", "timezone"),
        ("Include On Leaderboard", "include_on_leaderboard"),
    ],
)
def test_a_column_in_another_spelling_is_noted(make_task, written, meant):
    (note,) = notes_on(make_task, FILES.replace(meant, written, 1))
    assert f'the column "{written}" does not count as {meant}' in note


def test_a_column_beside_the_one_it_is_like_is_the_organisers_own(make_task):
    header, *rows = FILES.splitlines()
    lines = [f"{header},Timezone", *(f"{row},local" for row in rows)]
    assert notes_on(make_task, "\n".join(lines) + "\n") == ()


@pytest.mark.parametrize(
    ("files", "systems"),
    [(FILES.replace("GMT+7", "GMT-7"), SYSTEMS), (FILES, EAST)],
    ids=["the sign of the zone", "the sign of the longitude"],
)
def test_a_zone_far_from_the_place_is_noted_once_for_each_place(make_task, files, systems):
    first, second = notes_on(make_task, files, systems)
    assert '"a.csv" has the timezone' in first
    assert '"b.csv" has the timezone' in second
    assert "Check both" in first


@pytest.mark.parametrize(
    ("zone", "longitude"),
    [
        ("UTC", -105.0),
        (None, -105.0),
        ("America/Denver", None),
        ("America/Denver", -105.0),
        ("Europe/Madrid", -9.0),
        ("Asia/Shanghai", 75.0),
        ("America/Argentina/Mendoza", -70.0),
        ("Pacific/Kiritimati", -157.4),
        ("Pacific/Auckland", 178.0),
        ("Pacific/Apia", -172.0),
    ],
)
def test_zones_that_people_live_in_are_not_noted(zone, longitude):
    assert place_notes([("a.csv", zone, longitude)], "data/file_metadata.csv") == []
