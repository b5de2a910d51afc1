"""What a version declares is stored with it, and files say which part they belong to."""

import json
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from valhub.analyses.disclosure import policy_of
from valhub.analyses.models import AnalysisVersion, DataFile
from valhub.evaluation.packages.tasks.disclosure_policy import Declared, DisclosurePolicy

pytestmark = pytest.mark.django_db

CONFIG = {
    "function_name": "f",
    "comparison_type": "time_series",
    "performance_metrics": ["mean_absolute_error"],
    "disclosure": {"scores": "files", "digits": 2},
    "smallest_difference": 1.5,
    "isolation": "file",
    "private_results_columns": ["mean_absolute_error"],
}


def test_what_a_package_declares_is_stored(publish, task_upload):
    version = publish(task_upload(**{"config.json": json.dumps(CONFIG)}))
    version.refresh_from_db()
    policy = DisclosurePolicy(scores="files", digits=2)
    columns = ("mean_absolute_error_time_series",)
    assert policy_of(version) == Declared(policy, 1.5, "file", columns)
    assert version.revealed_at is None


def test_the_final_part_is_stored(publish, task_upload):
    table = "system_id,file_name,part\n4,b.csv,hidden\n4,a.csv,final\n"
    version = publish(task_upload(**{"data/file_metadata.csv": table}))
    found = DataFile.objects.filter(version=version).order_by("ordinal")
    assert [(one.name, one.part, one.public) for one in found] == [
        ("b.csv", "hidden", False),
        ("a.csv", "final", False),
    ]


def test_script_packages_have_the_defaults(publish, script_upload):
    version = publish(script_upload(), primary_metric="public.score")
    assert version.disclosure is None
    assert policy_of(version) == Declared()


@pytest.mark.databases
def test_versions_of_earlier_releases_have_the_defaults_and_keep_public_files(publish):
    version = publish()
    AnalysisVersion.objects.update(disclosure=None)
    DataFile.objects.update(part="hidden")
    migration = import_module("valhub.analyses.migrations.0007_parts")
    migration.fill_in(apps, connection.schema_editor())
    version.refresh_from_db()
    assert policy_of(version) == Declared()
    found = DataFile.objects.filter(version=version).order_by("ordinal")
    assert [one.part for one in found] == ["hidden", "public"]
