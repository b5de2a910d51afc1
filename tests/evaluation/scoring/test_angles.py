"""Angles: the wrap at north, and the angle between two module normals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.scoring.angles import (
    absolute_angular_error,
    angular_error,
    combined_orientation_angle,
)

AZIMUTHS = st.floats(0, 360)
TILTS = st.floats(0, 180)


def arrays(*numbers):
    return [np.array(number, dtype=float) for number in numbers]


def angle(*numbers):
    return float(combined_orientation_angle(*arrays(*numbers)))


@pytest.mark.parametrize(
    ("answer", "truth", "expected"),
    [(1, 359, 2), (359, 1, -2), (180, 0, -180), (0, 180, -180), (-10, 350, 0), (725, 0, 5)],
)
def test_signed_error_takes_the_short_way_round(answer, truth, expected):
    assert angular_error(*arrays(answer, truth)) == expected


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_signed_error_leads_from_the_truth_to_the_answer(answer, truth):
    signed = float(angular_error(*arrays(answer, truth)))
    assert -180 <= signed < 180
    assert math.cos(math.radians(truth + signed - answer)) == pytest.approx(1, abs=1e-9)


def test_a_difference_a_hair_below_half_a_turn_stays_in_range():
    signed = angular_error(np.array(-180 - 1e-14), np.array(0.0))
    assert -180 <= signed < 180


@given(AZIMUTHS, AZIMUTHS, st.integers(-3, 3))
def test_absolute_error_is_symmetric_and_ignores_full_turns(a, b, turns):
    size = float(absolute_angular_error(*arrays(a, b)))
    assert 0 <= size <= 180
    assert absolute_angular_error(*arrays(b, a)) == pytest.approx(size, abs=1e-9)
    assert absolute_angular_error(*arrays(a + 360 * turns, b)) == pytest.approx(size, abs=1e-9)


@given(AZIMUTHS, TILTS, AZIMUTHS, TILTS)
def test_combined_angle_is_the_angle_between_the_normals(az_answer, tilt_answer, az, tilt):
    def normal(azimuth, tilt):
        azimuth, tilt = math.radians(azimuth), math.radians(tilt)
        flat = math.sin(tilt)
        return np.array([flat * math.sin(azimuth), flat * math.cos(azimuth), math.cos(tilt)])

    u, v = normal(az_answer, tilt_answer), normal(az, tilt)
    expected = math.degrees(2 * math.atan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))
    assert angle(az_answer, tilt_answer, az, tilt) == pytest.approx(expected, abs=2e-6)


@given(AZIMUTHS, TILTS, AZIMUTHS, TILTS)
def test_combined_angle_is_symmetric(az_answer, tilt_answer, az, tilt):
    there, back = angle(az_answer, tilt_answer, az, tilt), angle(az, tilt, az_answer, tilt_answer)
    assert there == pytest.approx(back, abs=2e-6)


@pytest.mark.parametrize("tiny", [1e-3, 1e-7, 1e-12])
def test_combined_angle_resolves_tiny_differences(tiny):
    assert angle(0, 45 + tiny, 0, 45) == pytest.approx(tiny, rel=1e-2)
    assert angle(tiny, 90, 0, 90) == pytest.approx(tiny, rel=1e-2)


def test_combined_angle_of_a_flat_module_ignores_its_azimuth():
    assert angle(90, 0, 270, 0) == 0


def test_combined_angle_adds_a_tilt_of_the_opposite_side():
    assert angle(0, 20, 180, 30) == pytest.approx(50)
