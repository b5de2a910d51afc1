"""No attack: the libraries that algorithms of the field are made with."""

from pathlib import Path


def attack(what):
    return _LIBRARIES[what]()


def _parquet():
    import pandas as pd

    pd.DataFrame({"ac_power": [1.0, 2.0]}).to_parquet("/tmp/power.parquet")
    return float(pd.read_parquet("/tmp/power.parquet")["ac_power"].sum())


def _scipy():
    from scipy import optimize

    return round(float(optimize.minimize(lambda x: (x[0] - 3) ** 2, [0.0]).x[0]), 3)


def _pvlib():
    import pandas as pd
    import pvlib

    noon = pd.DatetimeIndex(["2020-06-21 12:00"], tz="Etc/GMT+7")
    return round(float(pvlib.solarposition.get_solarposition(noon, 39.742, -105.18).zenith.iloc[0]))


def _matplotlib():
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([1, 2, 3])
    figure.savefig("/tmp/figure.png")
    return Path("/tmp/figure.png").read_bytes()[1:4].decode()


_LIBRARIES = {"parquet": _parquet, "scipy": _scipy, "pvlib": _pvlib, "matplotlib": _matplotlib}
