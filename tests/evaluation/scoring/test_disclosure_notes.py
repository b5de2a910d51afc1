"""What a package's choices would give away is noted, each with its fix; sound choices are not."""

import pytest

from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.packages.tasks.task_config import TaskConfig
from valhub.evaluation.packages.tasks.task_files import PackageFile
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.scoring.disclosure_notes import disclosure_notes

SERIES = {"comparison_type": "time_series", "performance_metrics": ["mean_bias_error"]}
SCALAR = {
    "comparison_type": "scalar",
    "performance_metrics": ["error", "absolute_error"],
    "references_compare": ["tilt"],
}


def hidden(count, start=0, **metadata):
    return [made(f"{i}.csv", f"s{i}", **metadata) for i in range(start, start + count)]


def made(name, system, part=Part.HIDDEN, *, counts=True, **metadata):
    return PackageFile(name, system, None, part=part, on_leaderboard=counts, metadata=metadata)


def notes_of(tmp_path, config, files):
    config = TaskConfig.model_validate({"function_name": "f", **config})
    return disclosure_notes(TaskPackage(tmp_path, "p", "p", config, tuple(files), ""))


@pytest.mark.parametrize(
    ("config", "files", "said"),
    [
        (SERIES, [*hidden(5), made("p.csv", "s0", Part.PUBLIC, counts=False)], '"s0" (hidden and'),
        (SERIES, [*hidden(5), made("f.csv", "s4", Part.FINAL)], "hidden and final"),
        (SERIES, [*hidden(5), made("p.csv", "x", Part.PUBLIC)], "everybody has the truth"),
        (SERIES, [*hidden(5), made("f.csv", "x", Part.FINAL, counts=False)], "will show nothing"),
        ({**SCALAR, "disclosure": {"scores": "files"}}, hidden(5), "computes its truth"),
        ({**SCALAR, "disclosure": {"signed": True}}, hidden(5), "the mean of their truths"),
        (SERIES, hidden(4), "is over 4 hidden files"),
        (SERIES, hidden(1), "is over 1 hidden file,"),
        (
            {**SERIES, "slices": ["site"]},
            [*hidden(5, site="a"), *hidden(1, 5, site="b")],
            'such as "b". Its score follows',
        ),
    ],
)
def test_a_choice_that_gives_something_away_is_noted(tmp_path, config, files, said):
    (note,) = notes_of(tmp_path, config, files)
    assert said in note
    assert note.startswith(("config.json, ", "data/file_metadata: "))


@pytest.mark.parametrize(
    ("config", "files"),
    [
        (SERIES, hidden(5)),
        (SCALAR, [*hidden(5), made("p.csv", "x", Part.PUBLIC, counts=False)]),
        (SERIES, [*hidden(5), made("f.csv", "x", Part.FINAL)]),
        ({**SERIES, "disclosure": {"scores": "files", "signed": True}}, hidden(5)),
        ({**SCALAR, "performance_metrics": ["absolute_error"], "disclosure": {"signed": True}},
         hidden(5)),
        ({**SERIES, "slices": ["site"]}, [*hidden(5, site="a"), *hidden(2, 5, site="b")]),
        ({**SERIES, "slices": ["site"], "disclosure": {"scores": "aggregates"}},
         [*hidden(5, site="a"), *hidden(1, 5, site="b")]),
        # All is public: there is nothing to give away.
        ({**SCALAR, "disclosure": {"scores": "files"}}, hidden(0)),
    ],
)  # fmt: skip
def test_a_choice_that_gives_nothing_away_is_not_noted(tmp_path, config, files):
    assert notes_of(tmp_path, config, files) == []


def test_files_that_do_not_count_make_no_oracle_of_slices(tmp_path):
    files = [*hidden(5, site="a"), made("x.csv", "s9", counts=False, site="b")]
    assert notes_of(tmp_path, {**SERIES, "slices": ["site"]}, files) == []
