"""`valhub run`: scores an algorithm on a package."""

from pathlib import Path

import click

from valhub.client.exit_codes import exit_code_help
from valhub.client.options import exclude_newer_option
from valhub.evaluation.packages.limits import LEAST_MEMORY_BYTES


@click.command(short_help="Score an algorithm on a package.", epilog=exit_code_help())
@click.argument("package")
@click.argument("algorithm")
@click.option(
    "--files", type=click.IntRange(min=1), help="Run only the first N files, as a dry run."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Sandboxes to run in parallel; default: one per CPU.",
)
@click.option(
    "--json", "json_file", metavar="FILE", help="Write the result as JSON; - is standard output."
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write DIR/index.html, one page that needs no network.",
)
@click.option("--timeout", type=click.FloatRange(min=0.1), help="Most seconds per file.")
@click.option("--memory", metavar="SIZE", help="Most memory per file, such as 512M or 2G.")
@exclude_newer_option
def run(
    package: str,
    algorithm: str,
    files: int | None,
    workers: int | None,
    json_file: str | None,
    report: Path | None,
    timeout: float | None,
    memory: str | None,
    exclude_newer: str | None,
) -> None:
    """Run ALGORITHM over every file of PACKAGE in a sandbox, and score it.

    Both are folders or .zips; PACKAGE may also be the name of a task built with `valhub task
    build`. The data is your own, so messages, tracebacks and printed output are shown in
    full. Ctrl-C stops the run and prints the partial result.
    """
    from valhub.client.run_request import RunRequest, run_request

    request = RunRequest(
        package=package,
        algorithm=algorithm,
        files=files,
        workers=workers,
        timeout_s=timeout,
        memory_bytes=None if memory is None else _memory(memory),
        json_file=json_file,
        report=report,
        exclude_newer=exclude_newer,
    )
    click.get_current_context().exit(run_request(request))


def parse_size(text: str) -> int:
    """Read a size such as `512M`, `2G` or `1073741824` into bytes.

    Raises
    ------
    click.BadParameter
        The text is no such size.
    """
    factors = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}
    digits = text.strip().upper().removesuffix("B").removesuffix("I")
    number, unit = (digits[:-1], digits[-1:]) if digits[-1:].isalpha() else (digits, "")
    try:
        size = int(float(number) * factors[unit])
    except (ValueError, KeyError, OverflowError):
        size = 0
    if size < 1:
        raise click.BadParameter(f"{text[:40]!r} is not a size. Write it like 512M or 2G.")
    return size


def _memory(text: str) -> int:
    size = parse_size(text)
    if size < LEAST_MEMORY_BYTES:
        raise click.BadParameter(
            f"{text[:40]!r} is too little memory for anything to start. Give 64M or more."
        )
    return size
