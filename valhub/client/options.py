"""Options that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def data_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command `--data DIR`, told as `what` that folder is."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help=f"{what}; default: $VALHUB_DATA, else valhub-data.",
    )
