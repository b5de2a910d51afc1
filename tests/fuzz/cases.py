"""Cases: sound packages and algorithms with one area changed, each made from a seed alone."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.evaluation.packages.conftest import FILES, SCALAR_CONFIG, SERIES_CONFIG, SYSTEMS
from tests.fuzz import parquets, tables
from tests.fuzz.algorithms import mutate_requirements, mutate_source
from tests.fuzz.archives import mutate_archive, pack
from tests.fuzz.configs import mutate_config
from tests.fuzz.odd_values import LARGEST_FILE_BYTES, Dice
from tests.fuzz.parquets import mutate_parquet
from tests.fuzz.tables import mutate_table

EXAMPLES = Path(__file__).parents[2] / "examples"
FUNCTION = str(SERIES_CONFIG["function_name"])
OFFERED = ("latitude", "longitude", "data_sampling_frequency", "timezone")
TRUTH = "date,shift\n" + "".join(f"2024-01-{day:02},{day % 3 * 60}\n" for day in range(1, 4))
RICH_CONFIG = {
    **SERIES_CONFIG,
    "performance_metrics": ["mean_absolute_error", "share_within_tolerance", "runtime"],
    "tolerances": {"share_within_tolerance": 15},
    "metrics": {"mean_absolute_error": {"unit": "min", "lower_is_better": True}},
    "primary_metric": "mean_mean_absolute_error_time_series",
    "slices": ["issue"],
    "fill_missing": 0,
    "alignment": "date",
    "limits": {"timeout_s": 30, "memory_bytes": 2**30},
    "sidecars": ["weather.csv"],
}

# Larger ones take long to make and to pack, and are much like these.


Files = dict[str, bytes]


@dataclass(frozen=True)
class Case:
    """An archive that somebody may send.

    Attributes
    ----------
    algorithm : bool
        Whether it is one for `FUNCTION`, or else a package.
    """

    area: str
    seed: int
    content: bytes
    algorithm: bool = False


def make_case(area: str, seed: int) -> Case:
    """Make the case of a seed; the same each time."""
    dice = Dice(f"{area} {seed}")
    changed = {name: text[:LARGEST_FILE_BYTES] for name, text in AREAS[area](dice).items()}
    algorithm = "submission_wrapper.py" in changed
    if area == "archive":
        return Case(area, seed, mutate_archive(dice, changed), algorithm)
    return Case(area, seed, pack(changed), algorithm)


def series_task(dice: Dice) -> Files:
    """Make a sound task of two series with daily truth."""
    config = dice.choice([SERIES_CONFIG, RICH_CONFIG])
    files = {
        "config.json": json.dumps(config).encode(),
        "data/system_metadata.csv": SYSTEMS.encode(),
        "data/file_metadata.csv": FILES.encode(),
        **{f"data/files/{name}.csv": tables.series(72) for name in "ab"},
        **{f"data/references/{name}.csv": TRUTH.encode() for name in "ab"},
    }
    return files | ({"data/weather.csv": tables.series(72)} if config is RICH_CONFIG else {})


def parquet_task() -> Files:
    """Make a sound task whose data and truth are Parquet files."""
    truth = parquets.series(3, minutes=1440, value="shift")
    config = {**SERIES_CONFIG, "alignment": "date"}
    return {
        "config.json": json.dumps(config).encode(),
        "data/system_metadata.csv": SYSTEMS.encode(),
        "data/file_metadata.csv": FILES.replace(".csv", ".parquet").encode(),
        **{f"data/files/{name}.parquet": parquets.series(72) for name in "ab"},
        **{f"data/references/{name}.parquet": truth for name in "ab"},
    }


def scalar_task() -> Files:
    """Make a sound task whose truth is in its systems' columns."""
    return {
        "config.json": json.dumps(SCALAR_CONFIG).encode(),
        "data/system_metadata.csv": SYSTEMS.encode(),
        "data/file_metadata.csv": FILES.encode(),
        **{f"data/files/{name}.csv": tables.series(72) for name in "ab"},
    }


def script_package() -> Files:
    return files_of(EXAMPLES / "script_package/analysis")


def algorithm() -> Files:
    return files_of(EXAMPLES / "solar_noon")


def files_of(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def changed(files: Files, dice: Dice, how: Mapping[str, Callable[[Dice, bytes], bytes]]) -> Files:
    """Change one of the files named, by its own rules."""
    name = dice.choice(sorted(how))
    return {**files, name: how[name](dice, files[name])}


def _config(dice: Dice) -> Files:
    files = dice.choice([series_task(dice), series_task(dice), scalar_task()])
    return changed(files, dice, {"config.json": mutate_config})


def _metadata(dice: Dice) -> Files:
    files = dice.choice([series_task(dice), scalar_task()])
    names = ("data/system_metadata.csv", "data/file_metadata.csv")
    return changed(files, dice, dict.fromkeys(names, mutate_table))


def _csv(dice: Dice) -> Files:
    files = dice.choice([series_task(dice), series_task(dice), scalar_task()])
    names = [name for name in files if name.startswith(("data/files", "data/weather"))]
    return changed(files, dice, dict.fromkeys(names, mutate_table))


def _parquet(dice: Dice) -> Files:
    return changed(parquet_task(), dice, {"data/files/a.parquet": mutate_parquet})


def _references(dice: Dice) -> Files:
    if dice.chance(0.4):
        return changed(parquet_task(), dice, {"data/references/a.parquet": mutate_parquet})
    return changed(series_task(dice), dice, {"data/references/a.csv": mutate_table})


def _archive(dice: Dice) -> Files:
    whole = (
        series_task,
        lambda _: parquet_task(),
        lambda _: algorithm(),
        lambda _: script_package(),
    )
    return dice.choice(whole)(dice)


def _requirements(dice: Dice) -> Files:
    return changed(algorithm(), dice, {"requirements.txt": mutate_requirements})


def _source(dice: Dice) -> Files:
    if dice.chance(0.2):
        return changed(script_package(), dice, {"main.py": mutate_source})
    files = changed(algorithm(), dice, {"submission_wrapper.py": mutate_source})
    return {
        dice.choice(["", "", "src/", "submission/"]) + name: text for name, text in files.items()
    }


AREAS: Mapping[str, Callable[[Dice], Files]] = {
    "config": _config,
    "metadata": _metadata,
    "csv": _csv,
    "parquet": _parquet,
    "references": _references,
    "archive": _archive,
    "requirements": _requirements,
    "source": _source,
}
