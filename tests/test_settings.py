"""Settings: each one is documented, and a wrong one stops the start with its name and the mend."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = (ROOT / "valhub/settings.py").read_text()
READERS = "_text|_number|_number_or_none|_flag|_list|_choice|environ\\.get"
READ = re.findall(rf'(?:{READERS})\(\s*"(\w+)"', SOURCE)
PAGE = (ROOT / "docs/administrators.md").read_text()
DOCUMENTED = re.findall(
    r"^\| `(\w+)` \|", PAGE.partition("## Settings of the hub")[2].partition("\n## ")[0], re.M
)


def start(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import valhub.settings"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_setting_is_documented_and_no_other() -> None:
    assert READ
    assert sorted(DOCUMENTED) == sorted(set(READ))


def test_no_setting_is_needed_to_start(tmp_path: Path) -> None:
    assert start(tmp_path).returncode == 0
    assert (tmp_path / "valhub-data/secret-key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VALHUB_LEASE_S", "0"),
        ("VALHUB_QUOTA_TOTAL", "many"),
        ("VALHUB_HTTPS", "true"),
        ("VALHUB_ORGANISERS", "nobody"),
        ("VALHUB_LOG", "xml"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name(
    tmp_path: Path, name: str, value: str
) -> None:
    done = start(tmp_path, **{name: value, "VALHUB_DATA": str(tmp_path)})
    assert done.returncode != 0
    assert f"{name} is '{value}'; set it to" in done.stderr
