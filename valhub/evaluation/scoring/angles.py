"""Errors of angles in degrees, where 359° and 1° are two degrees apart.

Azimuth counts from north, clockwise; tilt counts from horizontal. Both are in degrees.
"""

import numpy as np

from valhub.evaluation.scoring.agreement import Numbers

FULL_TURN = 360.0


def angular_error(answer: Numbers, reference: Numbers) -> Numbers:
    """Signed angle from the truth to the answer, ((ŷ - y + 180) mod 360) - 180.

    Parameters
    ----------
    answer, reference : ndarray of float64, any one shape
        Degrees, finite, in any turn (-10 and 350 are the same direction).

    Returns
    -------
    ndarray of float64, the shape of the inputs
        Degrees, from -180 inclusive to 180 exclusive; positive is clockwise for an azimuth.

    Notes
    -----
    Source: Mardia and Jupp (2000), Directional Statistics, chapters 1 and 2.
    """
    half = FULL_TURN / 2
    # A difference a hair below -180 makes the remainder round up to 360 itself.
    wrapped = np.mod(np.subtract(answer, reference) + half, FULL_TURN)
    return np.where(wrapped >= FULL_TURN, 0.0, wrapped) - half


def absolute_angular_error(answer: Numbers, reference: Numbers) -> Numbers:
    """Smallest angle between answer and truth, |((ŷ - y + 180) mod 360) - 180|.

    Parameters
    ----------
    answer, reference : ndarray of float64, any one shape
        Degrees, finite, in any turn.

    Returns
    -------
    ndarray of float64, the shape of the inputs
        Degrees, 0 to 180.

    Notes
    -----
    Source: Mardia and Jupp (2000), Directional Statistics, chapters 1 and 2.
    """
    return np.abs(angular_error(answer, reference))


def combined_orientation_angle(
    answer_azimuth: Numbers, answer_tilt: Numbers, azimuth: Numbers, tilt: Numbers
) -> Numbers:
    """Angle between two module normals, arccos(cos β̂ cos β + sin β̂ sin β cos Δaz).

    Parameters
    ----------
    answer_azimuth, answer_tilt, azimuth, tilt : ndarray of float64, any one shape
        Degrees, finite; azimuth in any turn.

    Returns
    -------
    ndarray of float64, the shape of the inputs
        Degrees, 0 to 180.

    Notes
    -----
    Source: the spherical law of cosines, as in the angle of incidence of Duffie and Beckman
    (2013), Solar Engineering of Thermal Processes, equation 1.6.3. The arccosine loses every
    angle below 1e-6°, so the equal haversine form is computed (Sinnott, 1984, Sky and
    Telescope 68, 159).
    """
    half_azimuth = np.deg2rad(angular_error(answer_azimuth, azimuth)) / 2
    half_tilt = np.deg2rad(angular_error(answer_tilt, tilt)) / 2
    sines = np.sin(np.deg2rad(answer_tilt)) * np.sin(np.deg2rad(tilt))
    haversine = np.square(np.sin(half_tilt)) + sines * np.square(np.sin(half_azimuth))
    haversine = np.clip(haversine, 0.0, 1.0)
    angle: Numbers = np.rad2deg(2 * np.arctan2(np.sqrt(haversine), np.sqrt(1 - haversine)))
    return angle
