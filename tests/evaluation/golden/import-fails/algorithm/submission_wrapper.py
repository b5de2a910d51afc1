"""Needs a module that its requirements do not name."""

import a_module_that_nobody_has


def detect_time_shifts(series, answer):
    """Never get here."""
    return a_module_that_nobody_has.shifts(series)
