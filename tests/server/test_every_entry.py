"""Every entry of the hub: each refuses wrong settings and folders at its start, in words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HUB = ("-P", "-m", "valhub.client.cli")
ENTRIES = {
    "up": (*HUB, "up", "--port=0"),
    "web": (*HUB, "web", "--port=1"),
    "events": (*HUB, "events", "--port=1"),
    "worker": (*HUB, "worker"),
    "sweep": (*HUB, "sweep"),
    "migrate": (*HUB, "migrate"),
    "admin": (*HUB, "admin", "status"),
    "backup": (*HUB, "backup", "copy"),
    "restore": (*HUB, "restore", "."),
    "wsgi": ("-c", "import valhub.wsgi"),
    "manage.py": (str(ROOT / "manage.py"), "migrate"),
}
# A folder below a file, and one that even root cannot make.
BELOW_A_FILE, FORBIDDEN = "file/hub", "/sys/valhub"


def start(
    entry: str, folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *ENTRIES[entry]],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("VALHUB_HOSTS", "https://hub.example", "VALHUB_HOSTS is 'https://hub.example'; set it to"),
        ("VALHUB_SANDBOX", "bubblewrap", "VALHUB_SANDBOX is not a setting."),
    ],
)
def test_a_wrong_setting_is_refused(
    tmp_path: Path, entry: str, name: str, value: str, said: str
) -> None:
    done = start(entry, tmp_path, {name: value})
    assert done.returncode != 0
    assert said in done.stderr.splitlines()[-1]
    # Whoever loads the application of a WSGI server sees where it was loaded.
    assert ("Traceback" in done.stderr) == (entry == "wsgi")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("entry", sorted(ENTRIES.keys() - {"wsgi"}))
@pytest.mark.parametrize("folder", [BELOW_A_FILE, FORBIDDEN])
def test_a_data_folder_that_cannot_be_made_is_told_in_a_sentence(
    tmp_path: Path, entry: str, folder: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "manifest.json").touch()
    done = start(entry, tmp_path, {"VALHUB_DATA": folder})
    assert done.returncode in (1, 2)
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith("Error: ")


@pytest.mark.parametrize("entry", ["up", "web", "worker"])
def test_a_cache_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path, entry: str) -> None:
    (tmp_path / "file").touch()
    own = {"VALHUB_DATA": str(tmp_path / "hub"), "VALHUB_CACHE": str(tmp_path / "file/cache")}
    start("migrate", tmp_path, own | {"VALHUB_CACHE": str(tmp_path / "cache")})
    done = start(entry, tmp_path, own)
    assert done.returncode == 2
    assert done.stderr == (
        f"Error: The cache cannot be written to {tmp_path / 'file/cache'}: Not a directory. "
        "Set VALHUB_CACHE to a folder that you can write to.\n"
    )
