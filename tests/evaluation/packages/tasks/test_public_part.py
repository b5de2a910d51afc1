"""The public part of a package: a package that runs at home, without a trace of other files."""

import csv
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from valhub.evaluation.packages.files.archives import unpack
from valhub.evaluation.packages.limits import PACKAGE_LIMITS
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.public_archive import PublicFiles, write_archive
from valhub.evaluation.packages.tasks.public_part import left_out_notes, public_files_of
from valhub.evaluation.packages.tasks.task_package import TaskPackage

Make = Callable[..., Path]
# Whatever is of the hidden and the final file has this in it, as text or as a number.
MARK = "4711"
SYSTEMS = (
    "system_id,name,latitude,longitude,azimuth,tilt,owner\n"
    f"4,Roof,39.7406,-105.1774,180,40,me\n50,Mark{MARK},47.11,-47.11,{MARK[:2]}.{MARK},45,{MARK}\n"
)
FILES = (
    "system_id,file_name,part,timezone,data_sampling_frequency,issue,comment\n"
    f"50,hidden-{MARK}.csv,hidden,Etc/GMT+7,60,{MARK},x\n"
    f'4,"a, b.csv",public,Etc/GMT+7,15,"Half, DST",beside hidden-{MARK}.csv\n'
    f"50,final-{MARK}.csv,final,Etc/GMT+7,15,{MARK},x\n"
)
ROWS = "measured_on,ac_power\n2024-01-01 00:00:00,0\n2024-01-01 12:00:00,5.5\n"
OWN = {
    "data/system_metadata.csv": SYSTEMS,
    "data/file_metadata.csv": FILES,
    "data/files/a, b.csv": ROWS,
    f"data/files/hidden-{MARK}.csv": f"{ROWS}2024-01-02 12:00:00,{MARK}\n",
    f"data/files/final-{MARK}.csv": f"{ROWS}2024-01-02 12:00:00,{MARK}\n",
    "data/weather.csv": f"measured_on,wind\n2024-01-01 00:00:00,{MARK}\n",
    **dict.fromkeys(("data/files/a.csv", "data/files/b.csv")),
}
TRUTHS = {
    "data/references/a, b.csv": "date,shift\n2024-01-01,60\n",
    f"data/references/hidden-{MARK}.csv": f"date,shift\n2024-01-01,{MARK}\n",
    f"data/references/final-{MARK}.csv": f"date,shift\n2024-01-01,{MARK}\n",
    **dict.fromkeys(("data/references/a.csv", "data/references/b.csv")),
}
EXTRA = {
    "slices": ["issue"],
    "sidecars": ["weather.csv"],
    "disclosure": {"scores": "files"},
    "remark": f"look at {MARK}",
}


def opened(root: Path) -> TaskPackage:
    package = open_package(root)
    assert isinstance(package, TaskPackage)
    return package


@dataclass(frozen=True)
class Written:
    """What was chosen, and its archive."""

    public: PublicFiles
    archive: Path


def written(root: Path, tmp_path: Path) -> Written:
    public = PublicFiles.from_document(public_files_of(opened(root)).document())
    write_archive(public, root, tmp_path / "starter.zip")
    return Written(public, tmp_path / "starter.zip")


def members(part: Written) -> dict[str, str]:
    with zipfile.ZipFile(part.archive) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def reopened(part: Written, tmp_path: Path) -> TaskPackage:
    return opened(unpack(part.archive, tmp_path / "home", PACKAGE_LIMITS))


@pytest.fixture(params=["series", "scalar"])
def task(
    request: pytest.FixtureRequest, make_task: Make, make_scalar_task: Make
) -> Callable[..., Path]:
    """Make a package of either kind with a file of each part."""

    def make(**config: Any) -> Path:
        if request.param == "scalar":
            return make_scalar_task(OWN, **EXTRA, **config)
        return make_task({**OWN, **TRUTHS}, **EXTRA, **config)

    return make


def test_it_has_no_trace_of_other_files(task: Callable[..., Path], tmp_path: Path) -> None:
    part = written(task(), tmp_path)
    assert [one.name for one in part.public.files] == ["a, b.csv"]
    assert not [name for name, text in members(part).items() if MARK in name + text]
    assert MARK not in str(part.public)
    # Nor how many there are.
    for table in ("file", "system"):
        rows = list(csv.DictReader(members(part)[f"data/{table}_metadata.csv"].splitlines()))
        assert [row["system_id"] for row in rows] == ["4"]


def test_it_is_a_package_with_what_algorithms_are_given(
    task: Callable[..., Path], tmp_path: Path
) -> None:
    root = task(allowable_kwargs=["latitude", "data_sampling_frequency"])
    whole, home = opened(root), reopened(written(root, tmp_path), tmp_path)
    (before,) = (file for file in whole.files if file.public)
    (after,) = home.files
    assert (after.name, after.system_id, after.timezone) == ("a, b.csv", "4", "Etc/GMT+7")
    assert after.on_leaderboard
    assert after.path.read_bytes() == before.path.read_bytes()
    assert after.truths == before.truths
    if before.reference_path is not None:
        assert after.reference_path is not None
        assert after.reference_path.read_bytes() == before.reference_path.read_bytes()
    names = {*home.config.allowable_kwargs, "issue", "longitude"}
    assert {name: after.metadata.get(name) for name in names} == {
        name: before.metadata.get(name) for name in names
    }
    assert "owner" not in after.metadata
    withheld = {"sidecars", "disclosure", "private_results_columns"}
    assert home.config.model_dump(exclude=withheld) == whole.config.model_dump(exclude=withheld)
    assert home.sidecars == {}


def test_a_scalar_truth_stands_beside_its_data_alone(
    make_scalar_task: Make, tmp_path: Path
) -> None:
    found = members(written(make_scalar_task(OWN), tmp_path))
    assert found["data/references/a, b.csv"] == "azimuth,tilt\n180.0,40.0\n"
    assert "azimuth" not in found["data/system_metadata.csv"] + found["data/file_metadata.csv"]


@pytest.mark.parametrize(("kind", "offered"), [("series", True), ("scalar", False)])
def test_no_system_s_truth_is_given_away_that_is_a_hidden_file_s_too(
    make_task: Make, make_scalar_task: Make, tmp_path: Path, kind: str, offered: bool
) -> None:
    files = OWN | {"data/file_metadata.csv": FILES.replace("\n50,", "\n4,", 1)}
    root = make_task({**files, **TRUTHS}) if kind == "series" else make_scalar_task(files)
    part = written(root, tmp_path)
    assert len(part.public.files) == len(members(part)) == 0 or offered
    assert part.public.left_out == (() if offered else ("a, b.csv",))
    notes = left_out_notes(part.public)
    assert [note.partition(" because")[0] for note in notes] == (
        [] if offered else ["Participants cannot download a, b.csv"]
    )


def test_without_a_public_file_there_is_nothing(make_task: Make, tmp_path: Path) -> None:
    assert written(make_task(), tmp_path).public == PublicFiles()


def test_the_same_content_is_the_same_archive(make_task: Make, tmp_path: Path) -> None:
    root = make_task({**OWN, **TRUTHS}, **EXTRA)
    first = written(root, tmp_path).archive.read_bytes()
    assert written(root, tmp_path).archive.read_bytes() == first


def test_the_package_may_be_below_another_folder(make_task: Make, tmp_path: Path) -> None:
    root = make_task({**OWN, **TRUTHS})
    public = public_files_of(opened(root))
    first = written(root, tmp_path).archive.read_bytes()
    write_archive(public.below(root.name), root.parent, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == first


def test_parquet_stays_parquet(make_task: Make, tmp_path: Path) -> None:
    root = make_task({**OWN, **TRUTHS})
    stamps = pd.to_datetime(["2024-01-01", "2024-01-02"])
    data = pd.DataFrame({"measured_on": stamps, "ac_power": [0.5, 1.5]})
    (root / "data/files/a, b.csv").unlink()
    data.to_parquet(root / "data/files/a.parquet")
    table = root / "data/file_metadata.csv"
    table.write_text(table.read_text().replace('"a, b.csv"', "a.parquet"))
    (root / "data/references/a, b.csv").rename(root / "data/references/a.csv")
    part = written(root, tmp_path)
    assert [one.member for one in part.public.contents()][-2:] == [
        "data/files/a.parquet",
        "data/references/a.csv",
    ]
    (file,) = reopened(part, tmp_path).files
    assert file.path.read_bytes() == (root / "data/files/a.parquet").read_bytes()


def test_its_readme_says_what_the_hub_passes_besides(make_task: Make, tmp_path: Path) -> None:
    found = members(written(make_task({**OWN, **TRUTHS}, **EXTRA), tmp_path))
    assert "The hub also passes `weather` to every call" in found["README.md"]
    assert json.loads(found["config.json"])["slices"] == ["issue"]
