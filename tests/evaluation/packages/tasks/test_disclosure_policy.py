"""What a package declares about showing results: its keys, their defaults, and what is wrong."""

import pytest

from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.disclosure_policy import Declared, DisclosurePolicy

CHOSEN = {"scores": "files", "signed": True, "digits": 6, "release": "improvement"}
TABLE = "data/file_metadata.csv"


def test_a_package_that_says_nothing_has_the_careful_defaults(make_task):
    declared = open_package(make_task(private_results_columns=None)).config.declared
    assert declared == Declared()
    assert declared.policy.model_dump() == {
        "scores": "slices",
        "signed": False,
        "digits": 4,
        "release": "every",
        "costs": "aggregates",
    }


def test_what_is_declared_is_read_and_survives_its_document(make_task):
    task = make_task(
        disclosure=CHOSEN, smallest_difference=0.5, isolation="file", private_results_columns=[]
    )
    declared = open_package(task).config.declared
    assert declared == Declared(DisclosurePolicy(**CHOSEN), 0.5, "file", ())
    assert Declared.from_document(declared.document()) == declared


def test_a_document_with_more_or_less_than_is_known_is_read():
    document = {"policy": {"digits": 3, "invented_later": 1}, "also_later": True}
    assert Declared.from_document(document) == Declared(DisclosurePolicy(digits=3))
    assert Declared.from_document({}) == Declared()


@pytest.mark.parametrize(
    ("change", "column", "problem"),
    [
        ({"disclosure": "files"}, "disclosure", 'an object, not "files".'),
        ({"disclosure": {"scores": "all"}}, "disclosure.scores", "or 'files', not \"all\"."),
        ({"disclosure": {"signed": 1}}, "disclosure.signed", "boolean"),
        ({"disclosure": {"digits": 0}}, "disclosure.digits", "greater than or equal to 1"),
        ({"disclosure": {"digits": 18}}, "disclosure.digits", "less than or equal to 17"),
        ({"disclosure": {"digits": 2.5}}, "disclosure.digits", "integer"),
        ({"disclosure": {"release": "never"}}, "disclosure.release", "'every' or 'improvement'"),
        ({"disclosure": {"costs": "slices"}}, "disclosure.costs", "'files' or 'aggregates'"),
        (
            {"disclosure": {"score": "files"}},
            "disclosure.score",
            '"score" is not a key of disclosure.',
        ),
        ({"smallest_difference": -1}, "smallest_difference", "greater than or equal to 0"),
        ({"smallest_difference": "1"}, "smallest_difference", "valid number"),
        ({"isolation": "system"}, "isolation", "'run' or 'file'"),
        ({"private_results_columns": "runtime"}, "private_results_columns", "a list"),
    ],
)
def test_each_wrong_key_is_a_fault(make_task, faults_of, change, column, problem):
    (fault,) = faults_of(lambda: open_package(make_task(**change)))
    assert (fault.file, fault.column) == ("config.json", column)
    assert problem in fault.problem


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["runtime", "issue"], ("runtime", "issue")),
        (["run_time"], ("runtime",)),
        (["mean_absolute_error"], ("mean_absolute_error_time_series",)),
        (["run_time", "runtime"], ("runtime",)),
    ],
)
def test_private_columns_have_the_names_they_have_here(make_task, written, meant):
    config = open_package(make_task(private_results_columns=written)).config
    assert config.declared.private_results_columns == meant


def files_of(make_task, header, first, second="50,b.csv,60"):
    table = f"system_id,file_name,data_sampling_frequency{header}\n4,a.csv,15{first}\n{second}\n"
    return make_task({TABLE: table})


@pytest.mark.parametrize(
    ("header", "cells", "part", "counts"),
    [
        (",part", ",hidden", "hidden", True),
        (",part", ",", "hidden", True),
        (",part", ",FINAL", "final", True),
        (",part", ",Public", "public", False),
        (",public", ",true", "public", True),
        (",part,public", ",public,true", "public", False),
        (",part,public", ",public,", "public", False),
        (",part,public", ",,true", "public", True),
        (",part,public", ",final,false", "final", True),
        (",part,include_on_leaderboard", ",public,true", "public", True),
        (",part,include_on_leaderboard", ",final,false", "final", False),
    ],
)
def test_a_file_is_of_the_part_that_its_row_says(make_task, header, cells, part, counts):
    other = "50,b.csv,60" + "," * header.count(",")
    first, second = open_package(files_of(make_task, header, cells, other)).files
    assert (first.part, first.on_leaderboard, first.public) == (part, counts, part == "public")
    assert (second.part, second.on_leaderboard) == ("hidden", True)


@pytest.mark.parametrize(
    ("header", "cells", "problem"),
    [
        (",part", ",secret", '"secret" is not a part'),
        (",part", ",1", '"1" is not a part'),
        (",part,public", ",hidden,true", "says otherwise"),
        (",part,public", ",public,false", "says otherwise"),
        (",part,public", ",final,yes", "says otherwise"),
    ],
)
def test_wrong_and_contradicting_parts_are_faults(make_task, faults_of, header, cells, problem):
    other = "50,b.csv,60" + "," * header.count(",")
    (fault,) = faults_of(lambda: open_package(files_of(make_task, header, cells, other)))
    assert (fault.file, fault.line, fault.column) == (TABLE, 2, "part")
    assert problem in fault.problem


def test_the_final_part_alone_cannot_rank(make_task, faults_of):
    task = files_of(make_task, ",part", ",final", "50,b.csv,60,public")
    (fault,) = faults_of(lambda: open_package(task))
    assert fault.problem == "No file counts on the leaderboard."
    assert "before it is revealed" in fault.fix


@pytest.mark.parametrize(
    ("policy", "hint"),
    [
        ({"score": "files"}, 'Did you mean "scores"?'),
        ({"Release": "every"}, 'Did you mean "release"?'),
        ({"x": 1}, "Available names: costs, digits, release, scores, signed."),
    ],
)
def test_an_unknown_key_of_the_policy_is_told_the_known_ones(make_task, faults_of, policy, hint):
    (fault,) = faults_of(lambda: open_package(make_task(disclosure=policy)))
    assert fault.fix.startswith(hint)


def test_a_wrong_value_is_quoted_and_cut(make_task, faults_of):
    (fault,) = faults_of(lambda: open_package(make_task(isolation="x" * 100)))
    assert fault.problem == f"Input should be 'run' or 'file', not \"{'x' * 39}…."


def test_a_deep_value_is_a_fault_like_any_other(make_task, faults_of):
    deep: object = "files"
    for _ in range(300):
        deep = [deep]
    (fault,) = faults_of(lambda: open_package(make_task(disclosure={"scores": deep})))
    assert fault.problem == "Input should be 'aggregates', 'slices' or 'files'."
