"""Reads files and folders that belong to others."""

from pathlib import Path

from attempts import outcome


def attack(*paths):
    return {path: outcome(_read, path) for path in paths}


def _read(path):
    if Path(path).is_dir():
        list(Path(path).iterdir())
    else:
        with Path(path).open("rb") as file:
            file.read(1)
