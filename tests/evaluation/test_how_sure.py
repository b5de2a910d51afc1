"""The page that boards and reports show comes with an installed package."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from valhub.evaluation.how_sure import how_sure

ROOT = Path(__file__).parents[2]


def test_the_page_is_that_of_the_documents() -> None:
    assert how_sure() == (ROOT / "docs/how-sure.md").read_text()


@pytest.mark.slow
def test_a_wheel_has_the_page(tmp_path: Path) -> None:
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", build, tmp_path]
    name = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    with zipfile.ZipFile(tmp_path / name.split()[-1]) as wheel:
        assert wheel.read("valhub/docs/how-sure.md").decode() == how_sure()


def test_the_build_says_where_it_goes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {"docs/how-sure.md": "valhub/docs/how-sure.md"}
