"""A task of many small files, and an algorithm that computes for half a second on each."""

import io
import json
import zipfile
from collections.abc import Mapping

SECONDS = 0.5
ALGORITHM = """import time


def estimate_azimuth(series):
    until = time.process_time() + {seconds}
    while time.process_time() < until:
        pass
    return float(series.iloc[0])
"""
CONFIG = {
    "category_name": "Orientation",
    "function_name": "estimate_azimuth",
    "comparison_type": "scalar",
    "references_compare": ["azimuth"],
    "performance_metrics": ["absolute_error"],
    "metrics_operations": {"absolute_error_azimuth": ["mean"]},
    "primary_metric": "mean_absolute_error_azimuth",
    "display_metrics": {"mean_absolute_error_azimuth": "Mean error"},
}


def task_of(files: int) -> bytes:
    """Pack a task of so many files, each of two values: the first is the answer."""
    names = [f"roof-{number}.csv" for number in range(files)]
    azimuths = [90 + number % 180 for number in range(files)]
    systems = [f"{i},roof {i},39.7,-105.2,{azimuth}" for i, azimuth in enumerate(azimuths)]
    listed = [f"{i},{name},Etc/GMT+7,True" for i, name in enumerate(names)]
    texts = {
        "config.json": json.dumps(CONFIG),
        "data/system_metadata.csv": lines("system_id,name,latitude,longitude,azimuth", *systems),
        "data/file_metadata.csv": lines(
            "system_id,file_name,timezone,include_on_leaderboard", *listed
        ),
    }
    for name, azimuth in zip(names, azimuths, strict=True):
        values = f"2024-01-01 00:00:00,{azimuth}", "2024-01-01 12:00:00,5.5"
        texts[f"data/files/{name}"] = lines("measured_on,ac_power", *values)
    return packed(texts)


def algorithm_of(seconds: float = SECONDS) -> bytes:
    """Pack the algorithm that computes for so long."""
    return packed({"submission_wrapper.py": ALGORITHM.format(seconds=seconds)})


def lines(*all_lines: str) -> str:
    """Write lines."""
    return "\n".join([*all_lines, ""])


def packed(texts: Mapping[str, str]) -> bytes:
    """Pack texts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return content.getvalue()
