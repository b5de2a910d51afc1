"""Linters and other programs that look at the deployment files."""

import os
import shutil
import sys
from pathlib import Path


def program(name: str) -> str:
    """Find a program beside the interpreter, where `make lint-deploy` puts some, or on the PATH."""
    places = [str(Path(sys.executable).parent), *os.get_exec_path(), "/usr/sbin"]
    found = shutil.which(name, path=os.pathsep.join(places))
    assert found, f"{name} is missing. `make lint-deploy` gets it, or says how."
    return found
