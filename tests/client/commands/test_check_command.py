import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from valhub.client import check
from valhub.client.exit_codes import ExitCode

Valhub = Callable[..., Result]
Write = Callable[[str], str]


def test_a_sound_package_is_told_apart_by_what_it_holds(valhub: Valhub, package: Path) -> None:
    done = valhub("check", package)
    assert done.exit_code == ExitCode.SCORED
    assert done.stdout == (
        "energy is a sound task package with 3 files.\n"
        "data/file_metadata: mean_mean_absolute_error_time_series is over 3 hidden files, so that "
        "it says much about each. Let at least 5 hidden files count on the leaderboard.\n"
        'config.json, slices: 1 value of "issue" with a single hidden file, such as "y". Its '
        "score follows from those of the others: join values, or remove the column.\n"
    )


def test_unknown_keys_of_the_configuration_are_shown(valhub: Valhub, package: Path) -> None:
    config = json.loads((package / "config.json").read_text())
    config |= {"slice": ["tilt"], "s3_bucket_folder_name": "energy"}
    (package / "config.json").write_text(json.dumps(config))
    done = valhub("check", package)
    assert done.exit_code == ExitCode.SCORED
    assert "unknown keys, which are ignored: `slice`. Check their spelling" in done.stdout


def test_unreadable_rows_of_data_files_are_found(valhub: Valhub, package: Path) -> None:
    (package / "data/files/b.csv").write_text("time,power\n2013-06-01,1\nyesterday,2\n")
    done = valhub("check", package)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "data/files/b.csv:3" in done.stderr


def test_an_algorithm_is_checked_against_its_package(
    valhub: Valhub, package: Path, algorithm: Write
) -> None:
    done = valhub("check", algorithm("return power"), "--analysis", package)
    assert done.exit_code == ExitCode.SCORED
    assert "submission_wrapper.estimate will be called" in done.stdout
    assert "It is called with the data alone." in done.stdout


def test_the_way_arguments_are_passed_is_shown(
    valhub: Valhub, package: Path, tmp_path: Path
) -> None:
    config = json.loads((package / "config.json").read_text())
    changed = {"allowable_kwargs": ["latitude", "longitude"], "arguments": "positional"}
    (package / "config.json").write_text(json.dumps({**config, **changed}))
    (tmp_path / "mine").mkdir()
    wrapper = tmp_path / "mine/submission_wrapper.py"
    wrapper.write_text("def estimate(power, lon, lat):\n    return 1\n")
    assert "by position: latitude, longitude." in valhub("check", package).stdout
    done = valhub("check", wrapper.parent, "--analysis", package)
    assert "and by position lon = latitude, lat = longitude." in done.stdout
    wrapper.write_text("from helper import estimate\n")
    done = valhub("check", wrapper.parent, "--analysis", package)
    assert "the sandbox checks its arguments" in done.stdout


@pytest.mark.parametrize("command", ["check", "run"])
def test_arguments_that_the_task_does_not_offer_are_faults(
    valhub: Valhub, package: Path, tmp_path: Path, command: str
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/submission_wrapper.py").write_text(
        "def estimate(power, latitude, *, lon):\n    return 1\n"
    )
    mine = tmp_path / "mine"
    words = (mine, "--analysis", package) if command == "check" else (package, mine)
    done = valhub(command, *words)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert 'submission_wrapper.py:1: The function requires "lon"' in done.stderr
    assert "This task offers latitude, in this order." in done.stderr


def test_a_misspelt_function_is_told(valhub: Valhub, package: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/submission_wrapper.py").write_text("def estimat(power):\n    return 1\n")
    done = valhub("check", tmp_path / "mine", "--analysis", package)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "The function estimate is missing." in done.stderr


def test_an_algorithm_alone_is_checked_as_far_as_it_goes(valhub: Valhub, algorithm: Write) -> None:
    path = algorithm("return power")
    assert "--analysis" in valhub("check", path).stdout
    (Path(path) / "requirements.txt").write_text("-e ./evil\nnumpy\n--index-url x\n")
    done = valhub("check", path)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "requirements.txt:1" in done.stderr
    assert "requirements.txt:3" in done.stderr


def test_syntax_errors_have_their_line(valhub: Valhub, algorithm: Write) -> None:
    done = valhub("check", algorithm("return ("))
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "submission_wrapper.py:3" in done.stderr


def test_what_is_not_there_is_told_in_one_sentence(valhub: Valhub) -> None:
    done = valhub("check", "nowhere")
    assert done.exit_code == ExitCode.BAD_INPUT
    assert done.stderr.startswith("Error: `nowhere` does not exist. Check the path")


def test_a_truth_that_seems_shifted_is_noted(valhub: Valhub, package: Path) -> None:
    config = json.loads((package / "config.json").read_text()) | {"alignment": "timestamp"}
    (package / "config.json").write_text(json.dumps(config))
    table = (package / "data/file_metadata.csv").read_text().splitlines()
    zones = ["timezone", *["America/Denver"] * 3]
    rows = "".join(f"{row},{zone}\n" for row, zone in zip(table, zones, strict=True))
    (package / "data/file_metadata.csv").write_text(rows)
    for name, zone in (("files", ""), ("references", "Z")):
        rows = "".join(f"2013-06-01 {hour:02}:00{zone},1\n" for hour in range(12))
        (package / f"data/{name}/b.csv").write_text(f"time,power\n{rows}")
    done = valhub("check", package)
    assert done.exit_code == ExitCode.SCORED
    assert "data/references/b.csv: The truth begins and ends" in done.stdout


def test_imports_that_nothing_requires_are_noted(
    valhub: Valhub, package: Path, algorithm: Write
) -> None:
    path = algorithm("import pvlib, scipy\nreturn power")
    (Path(path) / "requirements.txt").write_text("scipy\n")
    for words in ([path], [path, "--analysis", package]):
        done = valhub("check", *words)
        assert done.exit_code == ExitCode.SCORED
        assert "submission_wrapper.py:3: imports `pvlib`, which" in done.stdout
        assert "`scipy`" not in done.stdout
    config = json.loads((package / "config.json").read_text())
    config["environment"] = {"packages": ["pvlib==0.13.0"]}
    (package / "config.json").write_text(json.dumps(config))
    assert "pvlib" not in valhub("check", path, "--analysis", package).stdout


@pytest.mark.slow
def test_requirements_are_resolved_without_a_run(
    valhub: Valhub, package: Path, algorithm: Write
) -> None:
    config = json.loads((package / "config.json").read_text())
    config["environment"] = {"packages": ["iniconfig==2.0.0"]}
    (package / "config.json").write_text(json.dumps(config))
    path = algorithm("import iniconfig, tzdata, pvlib\nreturn power")
    done = valhub("check", path, "--analysis", package, "--resolve")
    assert done.exit_code == ExitCode.SCORED
    assert "It resolves to Python 3." in done.stdout
    assert "\n  iniconfig==2.0.0\n  numpy==" in done.stdout
    assert "imports `pvlib`" in done.stdout
    (Path(path) / "requirements.txt").write_text("iniconfig==0.0.0.1\n")
    done = valhub("check", path, "--analysis", package, "--resolve")
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "there is no version of iniconfig==0.0.0.1" in done.stderr
    assert "iniconfig==2.0.0" in valhub("check", package, "--resolve").stdout


@pytest.mark.parametrize("day", ["2999-01-01", "yesterday"])
def test_a_day_that_has_not_passed_is_refused(
    valhub: Valhub, package: Path, algorithm: Write, day: str
) -> None:
    done = valhub("run", package, algorithm("return power"), "--exclude-newer", day)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "Write a past day, such as 2026-01-31." in done.stderr


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Afterwards, reading a package fails the test."""

    def read(*_: object, **__: object) -> None:
        raise AssertionError("The package was read again.")

    return lambda: monkeypatch.setattr(check, "open_package", read)


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "archive"])
def test_the_same_package_is_read_once(
    valhub: Valhub, package: Path, unreadable: Callable[[], None], *, packed: bool
) -> None:
    config = json.loads((package / "config.json").read_text())
    (package / "config.json").write_text(json.dumps({**config, "slice": packed}))
    (package / ".git").mkdir()
    (package / ".git/HEAD").write_text("ref: refs/heads/main\n")
    path = shutil.make_archive(str(package), "zip", package) if packed else package
    before = valhub("check", path)
    unreadable()
    again = valhub("check", path)
    assert "`slice`" in before.stdout
    assert ".git" in before.stdout
    assert (again.exit_code, again.stdout) == (before.exit_code, before.stdout)


def test_refusals_are_repeated_until_the_package_is_fixed(
    valhub: Valhub, package: Path, unreadable: Callable[[], None]
) -> None:
    path = package / "data/files/b.csv"
    sound = path.read_text()
    path.write_text("time,power\n2013-06-01,1\nyesterday,3\n")
    before = valhub("check", package)
    assert valhub("check", package).stderr == before.stderr
    path.write_text(sound)
    assert valhub("check", package).exit_code == ExitCode.SCORED
    unreadable()
    path.write_text("time,power\n2013-06-01,1\nyesterday,3\n")
    again = valhub("check", package)
    assert (again.exit_code, again.stderr) == (ExitCode.BAD_INPUT, before.stderr)
