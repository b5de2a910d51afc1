"""What somebody begins from: the public files of an analysis, and an algorithm that answers."""

from pathlib import Path

from valhub.client.hubs.analyses import Analysis
from valhub.client.hubs.errors import HubRefused
from valhub.client.hubs.finding import short_name
from valhub.errors import Conflict, NotFound
from valhub.evaluation.packages.algorithms.entry_points import WRAPPER

ALGORITHM = "algorithm"


def save_data(analysis: Analysis, folder: Path) -> Path:
    """Store the public files as a package; gives its path."""
    path = folder / f"{_name_of(analysis)}.zip"
    _make(folder)
    analysis.save_data(path)
    return path


def write_starter(analysis: Analysis, folder: Path | None) -> str:
    """Write an algorithm beside the public files; says what there is, and what comes next.

    Raises
    ------
    Conflict
        The folder has something in it.
    NotFound
        The analysis has no example to begin from.
    """
    where = folder or Path(_name_of(analysis))
    if where.exists() and any(where.iterdir()):
        raise Conflict(
            f"`{where}` is not empty. Name another folder, or empty it.",
            code="starter-folder-not-empty",
        )
    example = analysis.contract().example
    if example is None:
        raise NotFound(
            f"{analysis.details.name} has no example to begin from. Its description says what to "
            f"write: valhub show {analysis.id}",
            code="no-example",
        )
    algorithm = where / ALGORITHM
    _make(algorithm)
    (algorithm / WRAPPER).write_text(example, encoding="utf-8")
    submit = f"valhub submit {analysis.id} {algorithm} --wait"
    package = _data_beside(analysis, where)
    if package is None:
        return f"{algorithm} has an algorithm. There are no public files.\nTo submit it: {submit}"
    tried = f"To try it: valhub run {package} {algorithm}"
    return f"{algorithm} has an algorithm, {package} the public files.\n{tried}\nThen: {submit}"


def _data_beside(analysis: Analysis, folder: Path) -> Path | None:
    """Store the public files; None where there are none."""
    try:
        return save_data(analysis, folder)
    except HubRefused as error:
        if error.status != 404:
            raise
        return None


def _name_of(analysis: Analysis) -> str:
    return short_name(analysis.details.name) or f"analysis-{analysis.id}"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Conflict(
            f"`{folder}` cannot be made ({error.strerror}). Name another folder.",
            code="folder-not-made",
        ) from error
