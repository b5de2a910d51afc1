"""What a package's choices would give away, though they are no fault: notes for its organiser.

A truth that can be computed from what is shown is not hidden. These are the known ways to one;
each note says how to close it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.tasks.disclosure_policy import LEAST_FILES
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.packages.tasks.task_config import CONFIG, TaskConfig
from valhub.evaluation.packages.tasks.task_files import FILE_TABLE, PackageFile
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.results import Best
from valhub.evaluation.scoring.plan import Scoring
from valhub.evaluation.scoring.summary import slice_value
from valhub.evaluation.wording import count


def disclosure_notes(package: TaskPackage) -> list[str]:
    """Note what would show participants something of hidden data.

    Parameters
    ----------
    package : TaskPackage
        Without a fault.

    Returns
    -------
    list of str
        One or two sentences each: what, where, and how to fix it.
    """
    config, files = package.config, package.files
    hidden = [one for one in files if one.part is Part.HIDDEN and one.on_leaderboard]
    notes = [*_divided_systems(files), *_public_that_count(files), *_final_that_does_not(files)]
    if hidden:
        notes += [*_oracles(config), *_few_files(config, hidden), *_single_files(config, hidden)]
    return notes


def _divided_systems(files: Sequence[PackageFile]) -> Iterator[str]:
    parts: dict[str, dict[Part, None]] = {}
    for one in files:
        parts.setdefault(one.system_id, {})[one.part] = None
    divided = [system for system, found in parts.items() if len(found) > 1]
    if divided:
        first = divided[0]
        where = " and ".join(parts[first])
        yield (
            f"{FILE_TABLE}: {count(len(divided), 'system')} with files in more than one part, "
            f'such as "{shown(first)}" ({where}). What is known of one part helps with the other: '
            "give all files of a system the same part."
        )


def _public_that_count(files: Sequence[PackageFile]) -> Iterator[str]:
    found = [one.name for one in files if one.part is Part.PUBLIC and one.on_leaderboard]
    if found:
        yield (
            f"{FILE_TABLE}: {count(len(found), 'public file')} with a score that counts on the "
            f'leaderboard, such as "{shown(found[0])}", though everybody has the truth. Set '
            "include_on_leaderboard to False."
        )


def _final_that_does_not(files: Sequence[PackageFile]) -> Iterator[str]:
    final = [one for one in files if one.part is Part.FINAL]
    if final and not any(one.on_leaderboard for one in final):
        yield (
            f"{FILE_TABLE}: no file of the final part counts, so revealing it will show nothing. "
            "Set include_on_leaderboard to True."
        )


def _oracles(config: TaskConfig) -> Iterator[str]:
    """Note policies under which one constant answer reads the truth of a scalar task."""
    policy = config.disclosure
    if config.comparison_type != "scalar":
        return
    if policy.scores == "files":
        yield (
            f'{CONFIG}, disclosure: "scores": "files" shows the error of each hidden file, from '
            "which a constant answer computes its truth. Write aggregates or slices."
        )
    if policy.signed and any(one.best is Best.ZERO for one in Scoring.from_config(config).columns):
        yield (
            f'{CONFIG}, disclosure: "signed": true shows signed errors of a few hidden files, from '
            "which a constant answer computes the mean of their truths. Write false."
        )


def _few_files(config: TaskConfig, hidden: Sequence[PackageFile]) -> Iterator[str]:
    if len(hidden) < LEAST_FILES:
        yield (
            f"{FILE_TABLE}: {config.primary_metric} is over {count(len(hidden), 'hidden file')}, "
            "so that it says much about each. Let at least "
            f"{LEAST_FILES} hidden files count on the leaderboard."
        )


def _single_files(config: TaskConfig, hidden: Sequence[PackageFile]) -> Iterator[str]:
    """Note slices that single a file out: its score follows from those of the other slices."""
    if config.disclosure.scores == "aggregates":
        return
    for column in config.slices:
        values = Counter(slice_value(one.metadata.get(column)) for one in hidden)
        alone = [value for value, files in values.items() if files == 1]
        if alone and len(values) > 1:
            yield (
                f'{CONFIG}, slices: {count(len(alone), "value")} of "{shown(column)}" with a '
                f'single hidden file, such as "{shown(alone[0])}". Its score follows from those of '
                "the others: join values, or remove the column."
            )
