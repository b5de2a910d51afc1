"""What the hub answers to what anybody packs: accepted or refused, never an error of ours."""

import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from tests.fuzz.archives import pack
from tests.fuzz.cases import AREAS, make_case, series_task
from tests.fuzz.odd_values import Dice
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.jobs.services.preparations import request_preparation

As = Callable[[Account | None], Client]
TEXTS = dict.fromkeys(("description", "short_description", "ruleset", "dataset_description"), "x")
# Others than those that the check alone is tried with.
FIRST = 1_000_000


@pytest.fixture
def analysis(organiser: Account) -> Analysis:
    """What algorithms are submitted to."""
    upload = SimpleUploadedFile("package.zip", pack(series_task(Dice(0))))
    fields = AnalysisFields("Time shifts")
    version = store_analysis(creator=organiser, fields=fields, upload=upload)
    request_preparation(version)
    return version.analysis


def send(case_area: str, seed: int, analysis: Analysis, client: Client) -> tuple[int, bytes]:
    case = make_case(case_area, seed)
    upload = SimpleUploadedFile("case.zip", case.content)
    key = str(analysis.creator_id)
    address, fields = "/analysis/upload", {"user_id": key, "analysis_name": "New", **TEXTS}
    name = "evaluation_script"
    if case.algorithm:
        address, name = f"/jobs/analysis/{analysis.pk}/submission", "algorithm"
        fields = {"user_id": key, "analysis_id": str(analysis.pk)}
    with transaction.atomic():
        answer = client.post(address, {**fields, name: upload})
        pages = [client.get(f"/analyses/{one.pk}") for one in Analysis.objects.order_by("-pk")[:1]]
        transaction.set_rollback(True)
    assert [page.status_code for page in pages if page.status_code >= 500] == []
    return answer.status_code, answer.content


def check(area: str, seeds: range, analysis: Analysis, client: Client) -> None:
    for seed in seeds:
        status, content = send(area, seed, analysis, client)
        assert status in (200, 413, 415, 422), (area, seed, content)
        assert status == 200 or json.loads(content)["detail"], (area, seed)
        assert len(content) < 2**20, (area, seed)


@pytest.mark.parametrize("area", AREAS)
def test_no_upload_is_an_error_of_ours(area: str, analysis: Analysis, as_: As) -> None:
    check(area, range(FIRST, FIRST + 3), analysis, as_(analysis.creator))


@pytest.mark.slow
@pytest.mark.parametrize("area", AREAS)
def test_no_upload_of_many_is_an_error_of_ours(area: str, analysis: Analysis, as_: As) -> None:
    check(area, range(FIRST + 3, FIRST + 100), analysis, as_(analysis.creator))
