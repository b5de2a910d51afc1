"""A small task package and algorithms for it, for commands that run the real engine."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from valhub.client.cli import main

Write = Callable[[str], str]

CONFIG = {
    "category_name": "Daily energy",
    "function_name": "estimate",
    "comparison_type": "time_series",
    "performance_metrics": ["mean_absolute_error", "mean_bias_error"],
    "metrics_operations": {"mean_absolute_error": ["mean"], "mean_bias_error": ["mean"]},
    "display_metrics": {"mean_mean_absolute_error_time_series": "Mean MAE"},
    "metrics": {"mean_absolute_error": {"unit": "kWh"}},
    "slices": ["issue"],
    "allowable_kwargs": ["latitude"],
}
DAYS = [f"2013-06-{day:02d}" for day in range(1, 11)]


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("VALHUB_CACHE", str(folder))
        yield folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Three files of ten days; the truth of every day is 5."""
    root = tmp_path / "energy"
    for folder in ("data/files", "data/references"):
        (root / folder).mkdir(parents=True)
    (root / "config.json").write_text(json.dumps(CONFIG))
    (root / "data/system_metadata.csv").write_text(
        "system_id,name,latitude,longitude\n50,Golden,39.7,-105.2\n"
    )
    rows = [f"50,{name}.csv,true,{issue}" for name, issue in (("a", "x"), ("b", "x"), ("c", "y"))]
    header = "system_id,file_name,include_on_leaderboard,issue"
    (root / "data/file_metadata.csv").write_text("\n".join([header, *rows]) + "\n")
    for number, name in enumerate("abc"):
        data = "".join(f"{day},{number}\n" for day in DAYS)
        (root / f"data/files/{name}.csv").write_text(f"time,power\n{data}")
        truth = "".join(f"{day},5\n" for day in DAYS)
        (root / f"data/references/{name}.csv").write_text(f"time,energy\n{truth}")
    return root


@pytest.fixture
def algorithm(tmp_path: Path) -> Write:
    """Writes an algorithm whose `estimate(power)` has this body; gives its path."""

    def write(body: str) -> str:
        root = tmp_path / "mine"
        root.mkdir(exist_ok=True)
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        (root / "submission_wrapper.py").write_text(f"import time\ndef estimate(power):\n{lines}\n")
        return str(root)

    return write


@pytest.fixture
def valhub() -> Callable[..., Result]:
    """Runs the command; standard output and error apart."""

    def run(*arguments: object, sent: str | None = None) -> Result:
        return CliRunner().invoke(main, [str(one) for one in arguments], input=sent)

    return run
