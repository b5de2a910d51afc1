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


@pytest.mark.parametrize(
    ("values", "notes"),
    [
        (("hidden", "final"), 1),
        (("", "Final"), 1),
        (("hidden", "public"), 0),
        (("final", "draft"), 0),
        (("none", ""), 0),
    ],
)
def test_a_column_with_the_words_of_parts_is_noted(make_task, values, notes):
    header, *rows = FILES.splitlines()
    cells = [",".join(pair) for pair in zip(rows, values, strict=True)]
    found = notes_on(make_task, "\n".join([f"{header},split", *cells, ""]))
    assert len(found) == notes
    assert all('the column "split" does not count as part. Rename it' in note for note in found)


def test_a_column_of_words_beside_the_parts_is_the_organisers_own(make_task):
    header, *rows = FILES.splitlines()
    cells = [f"{row},final,{part}" for row, part in zip(rows, ("hidden", "final"), strict=True)]
    found = notes_on(make_task, "\n".join([f"{header},split,part", *cells, ""]))
    assert not [note for note in found if "does not count" in note]


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
    assert place_notes([("a.csv", zone, None, longitude)], "data/file_metadata.csv") == []


def noted(*places: tuple[str, float, float]) -> list[str]:
    files = [(f"{n}.csv", *place) for n, place in enumerate(places)]
    return place_notes(files, "data/file_metadata.csv")


# Many hundred kilometres from the city of their zone, and at home in it.
@pytest.mark.parametrize(
    "place",
    [
        ("Europe/Berlin", 47.6, 9.2),
        ("Europe/Berlin", 40.4, -3.7),
        ("Europe/Moscow", 42.98, 47.5),
        ("Europe/Istanbul", 38.5, 43.4),
        ("Africa/Lagos", -8.8, 13.2),
        ("Africa/Cairo", 31.3, 30.1),
        ("Africa/Tripoli", 24.2, 23.3),
        ("Asia/Kolkata", 22.3, 70.8),
        ("Asia/Tehran", 25.3, 60.6),
        ("Asia/Jakarta", 5.5, 95.3),
        ("Asia/Shanghai", 39.5, 76.0),
        ("America/New_York", 25.8, -80.2),
        ("America/Argentina/Buenos_Aires", -54.8, -68.3),
        ("Australia/Sydney", -28.2, 153.5),
        ("Etc/GMT-1", 38.7, -9.1),
        ("Etc/GMT-8", 39.5, 76.0),
        ("Etc/GMT+7", 39.7, -105.2),
        ("UTC", 13.4, 52.5),
    ],
)
def test_places_of_a_zone_are_not_noted(place):
    assert noted(place) == []


@pytest.mark.parametrize(
    "place",
    [
        ("Europe/Berlin", 13.4, 51.5),
        ("Europe/Athens", 23.7, 38.0),
        ("Europe/Madrid", -3.7, 40.4),
        ("Asia/Kolkata", 77.2, 28.6),
        ("America/New_York", -74.0, 40.7),
        ("Africa/Johannesburg", 28.0, -26.2),
        ("America/Sao_Paulo", -46.6, -23.5),
        ("Etc/GMT-1", 13.4, 51.5),
        ("Etc/GMT+5", -74.0, 40.7),
    ],
)
def test_latitude_and_longitude_that_look_swapped_are_named(place):
    (note,) = noted(place)
    zone, latitude, longitude = place
    assert '"0.csv" look swapped' in note
    assert f"{longitude:g}, {latitude:g} is." in note
    assert zone in note


def test_a_package_whose_columns_are_swapped_has_one_note():
    (note,) = noted(("Europe/Berlin", 13.4, 51.5), ("Europe/Berlin", 9.2, 47.6))
    assert "of all systems look swapped" in note
    assert len(noted(("Europe/Berlin", 13.4, 51.5), ("Europe/Berlin", 47.6, 9.2))) == 1


@pytest.mark.parametrize(
    ("place", "which"),
    [
        (("Australia/Sydney", 33.9, 151.2), "latitude"),
        (("Africa/Johannesburg", 26.2, 28.0), "latitude"),
        (("America/Denver", 39.7, 105.2), "longitude"),
        (("Asia/Kolkata", 28.6, -77.2), "longitude"),
    ],
)
def test_a_wrong_sign_is_named(place, which):
    (note,) = noted(place)
    assert f"the sign of the {which} looks wrong" in note


@pytest.mark.parametrize("latitude", [139.7, -1e300, 90.0])
def test_a_latitude_out_of_range_is_for_another_check(latitude):
    assert len(noted(("Europe/Berlin", latitude, 170.0))) <= 1
