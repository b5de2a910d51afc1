import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from services.tied import tied
from valhub.client.commands.run import parse_size
from valhub.client.exit_codes import MEANINGS, ExitCode

Valhub = Callable[..., Result]
Write = Callable[[str], str]


def test_a_sound_run_prints_scores_and_leaves_with_zero(
    valhub: Valhub, package: Path, algorithm: Write
) -> None:
    done = valhub("run", package, algorithm("return power * 0 + 4"))
    assert done.exit_code == ExitCode.SCORED, done.stderr
    assert "3 of 3 files scored, coverage 100 %" in done.stdout
    assert "1 kWh" in done.stdout
    assert "By issue" in done.stdout
    assert "3 of 3 files done, 0 failures" in done.stderr


def test_the_final_part_is_run_and_shown_apart(
    valhub: Valhub, package: Path, algorithm: Write, tmp_path: Path
) -> None:
    table = "system_id,file_name,part,issue\n50,a.csv,public,x\n50,b.csv,,x\n50,c.csv,Final,y\n"
    (package / "data/file_metadata.csv").write_text(table)
    report = tmp_path / "report"
    body = algorithm("return power * 10")
    done = valhub("run", package, body, "--json", tmp_path / "r.json", "--report", report)
    assert done.exit_code == ExitCode.SCORED, done.stderr
    assert "Scores of the final part: coverage 100 %" in done.stdout
    document = json.loads((tmp_path / "r.json").read_text())
    name = "mean_mean_absolute_error_time_series"
    # Of the truth 5, the public file misses 5, the hidden one 5 and the final one 15.
    assert document["aggregates"][name]["value"] == 5
    assert document["final"]["aggregates"][name]["value"] == 15
    assert [one["on_leaderboard"] for one in document["files"]] == [False, True, False]
    assert [one["part"] for one in document["files"]] == ["public", "hidden", "final"]
    assert "<h2>Scores of the final part</h2>" in (report / "index.html").read_text()


def test_json_on_standard_output_stands_there_alone(
    valhub: Valhub, package: Path, algorithm: Write
) -> None:
    done = valhub("run", package, algorithm("return power * 0 + 4"), "--json", "-")
    document = json.loads(done.stdout)
    assert document["verdict"] == "scored"
    assert document["aggregates"]["mean_mean_absolute_error_time_series"]["value"] == 1.0
    assert [one["file_name"] for one in document["files"]] == ["a.csv", "b.csv", "c.csv"]
    assert "Scores" in done.stderr


def test_one_failing_file_leaves_the_others_scored(
    valhub: Valhub, package: Path, algorithm: Write, tmp_path: Path
) -> None:
    body = "if power.iloc[0] == 1:\n    raise ValueError('[bold]no\\x1b[2J')\nreturn power"
    target = tmp_path / "result.json"
    done = valhub("run", package, algorithm(body), "--json", target)
    assert done.exit_code == ExitCode.FAILED
    files = json.loads(target.read_text())["files"]
    assert [one["verdict"] for one in files] == ["scored", "error", "scored"]
    assert "ValueError: [bold]no" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_dry_run_takes_the_first_files(valhub: Valhub, package: Path, algorithm: Write) -> None:
    done = valhub("run", package, algorithm("return power"), "--files", 1, "--json", "-")
    assert [one["file_name"] for one in json.loads(done.stdout)["files"]] == ["a.csv"]


def test_the_users_time_limit_goes_before_the_packages(
    valhub: Valhub, package: Path, algorithm: Write
) -> None:
    slow = algorithm("time.sleep(60)")
    done = valhub("run", package, slow, "--files", 1, "--timeout", 1, "--json", "-")
    assert done.exit_code == ExitCode.FAILED
    assert json.loads(done.stdout)["files"][0]["verdict"] == "timeout"


def test_imports_that_nothing_requires_are_noted_before_the_run(
    valhub: Valhub, package: Path, algorithm: Write
) -> None:
    done = valhub("run", package, algorithm("import pvlib\nreturn power"), "--files", 1)
    assert done.exit_code == ExitCode.FAILED
    assert "submission_wrapper.py:3: imports `pvlib`" in done.stderr
    assert "No module named 'pvlib'. Add `pvlib` to requirements.txt." in done.stdout


@pytest.mark.slow
def test_the_users_day_goes_before_the_tasks(
    valhub: Valhub, package: Path, algorithm: Write
) -> None:
    config = json.loads((package / "config.json").read_text())
    config["environment"] = {"exclude_newer": "2026-01-15"}
    (package / "config.json").write_text(json.dumps(config))
    words = ("run", package, algorithm("return power"), "--files", 1, "--json", "-")
    for more, day in (((), "2026-01-15"), (("--exclude-newer", "2026-02-15"), "2026-02-15")):
        done = valhub(*words, *more)
        assert json.loads(done.stdout)["receipt"]["packages_until"] == day


def test_the_report_shows_series_and_failures(
    valhub: Valhub, package: Path, algorithm: Write, tmp_path: Path
) -> None:
    body = "if power.iloc[0] == 1:\n    raise ValueError('<script>')\nreturn power"
    done = valhub("run", package, algorithm(body), "--report", tmp_path / "new" / "report")
    page = (tmp_path / "new" / "report" / "index.html").read_text()
    assert "index.html" in done.stdout
    assert 'class="line answer"' in page
    assert "ValueError: &lt;script&gt;" in page


def test_a_faulty_package_is_listed_and_nothing_runs(
    valhub: Valhub, package: Path, algorithm: Write
) -> None:
    (package / "data/files/a.csv").unlink()
    (package / "data/files/stray.csv").write_text("time,power\n2013-06-01,1\n")
    done = valhub("run", package, algorithm("return power"))
    assert done.exit_code == ExitCode.BAD_INPUT
    assert 'The file "a.csv" is missing' in done.stderr
    assert "stray.csv" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--json", "--report"])
def test_an_output_that_cannot_be_written_is_told_before_the_run(
    valhub: Valhub, package: Path, algorithm: Write, tmp_path: Path, option: str
) -> None:
    (tmp_path / "file").touch()
    done = valhub("run", package, algorithm("return power"), option, tmp_path / "file" / "x")
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "cannot be written" in done.stderr
    assert "Running" not in done.stderr


@pytest.mark.slow
def test_ctrl_c_stops_the_run_and_keeps_what_there_is(
    package: Path, algorithm: Write, tmp_path: Path
) -> None:
    path = algorithm("if power.iloc[0] == 2:\n    time.sleep(600)\nreturn power")
    command = [sys.executable, "-m", "valhub.client.cli", "run", str(package), path]
    target = tmp_path / "result.json"
    command += ["--workers", "1", "--json", str(target)]
    with tied(subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)) as run:
        wait_for_call(run)
        os.kill(run.pid, signal.SIGINT)
        out, _ = run.communicate(timeout=240)
    assert run.returncode == ExitCode.INTERRUPTED
    assert b"cancelled" in out
    assert "cancelled" in [one["verdict"] for one in json.loads(target.read_text())["files"]]


def wait_for_call(run: "subprocess.Popen[bytes]") -> None:
    """Read progress until the files run, and give the algorithm a moment to reach its sleep."""
    assert run.stderr is not None
    for line in run.stderr:
        if line.startswith(b"Running"):
            break
    time.sleep(2)


def test_help_documents_every_exit_code(valhub: Valhub) -> None:
    said = " ".join(valhub("run", "--help").stdout.split())
    for code, meaning in MEANINGS.items():
        assert f"{code.value} {meaning}" in said


@pytest.mark.parametrize(
    ("text", "size"), [("512M", 512 * 2**20), ("2g", 2**31), ("1.5GiB", 3 * 2**29), ("77", 77)]
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["1", "1k", "63M"])
def test_memory_in_which_nothing_can_start_is_a_usage_error(
    valhub: Valhub, package: Path, algorithm: Write, text: str
) -> None:
    done = valhub("run", package, algorithm("return power"), "--memory", text)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert f"'{text}' is too little memory for anything to start. Give 64M or more." in done.stderr


@pytest.mark.parametrize("text", ["", "M", "-1G", "1T5", "nan", "infG", "0"])
def test_what_is_no_size_is_refused(
    valhub: Valhub, package: Path, algorithm: Write, text: str
) -> None:
    done = valhub("run", package, algorithm("return power"), "--memory", text)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "is not a size" in done.stderr
