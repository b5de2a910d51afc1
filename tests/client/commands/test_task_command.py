from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from valhub.client.exit_codes import ExitCode

Valhub = Callable[..., Result]


def test_an_unknown_task_is_told_with_those_there_are(valhub: Valhub, tmp_path: Path) -> None:
    done = valhub("task", "build", "shoes", "--out", tmp_path)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "time-shift-detection" in done.stderr
