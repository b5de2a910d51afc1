"""Takes every column by itself, in the task's order, and the latitude after them."""

import pandas as pd


def compare_columns(power, irradiance, temperature, lat):
    """Return the sum of all three, and the latitude."""
    columns = (power, irradiance, temperature)
    if not all(isinstance(column, pd.Series) and len(column) == 2 for column in columns):
        raise TypeError("not three series")
    if [column.name for column in columns] != ["ac_power", "poa_global", "temp_air"]:
        raise ValueError("not in the task's order")
    return sum(column.sum() for column in columns), lat
