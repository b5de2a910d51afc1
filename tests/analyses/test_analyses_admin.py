"""Staff read analyses and edit their texts; packages stay as they are."""

from collections.abc import Callable

import pytest
from django.test import Client

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion

As = Callable[[Account | None], Client]
Publish = Callable[..., AnalysisVersion]
WORDS = {
    "analysis_name": "Shifts",
    "description": "edited",
    "short_description": "",
    "ruleset": "",
    "dataset_description": "",
    "max_concurrent_submission_evaluation": 5,
}


@pytest.mark.parametrize("page", ["analysis/", "analysis/{0}/change/", "analysisversion/"])
def test_staff_read_analyses(publish: Publish, as_: As, staff: Account, page: str) -> None:
    pk = publish().analysis_id
    assert as_(staff).get(f"/admin/analyses/{page.format(pk)}").status_code == 200


def test_staff_read_the_files_of_a_version(publish: Publish, as_: As, staff: Account) -> None:
    page = as_(staff).get(f"/admin/analyses/analysisversion/{publish().pk}/change/")
    assert b"b.csv" in page.content


@pytest.mark.parametrize("page", ["analysis/", "analysis/{0}/change/", "analysisversion/"])
def test_nobody_else_reads_them(publish: Publish, as_: As, organiser: Account, page: str) -> None:
    pk = publish().analysis_id
    assert as_(organiser).get(f"/admin/analyses/{page.format(pk)}").status_code in (302, 403)


@pytest.mark.parametrize(
    "page", ["analysis/add/", "analysis/{0}/delete/", "analysisversion/{1}/delete/"]
)
def test_staff_neither_add_nor_delete(publish: Publish, as_: As, staff: Account, page: str) -> None:
    version = publish()
    address = f"/admin/analyses/{page.format(version.analysis_id, version.pk)}"
    assert as_(staff).post(address, {"post": "yes"}).status_code == 403
    assert AnalysisVersion.objects.get() == version


def test_staff_mend_words_and_limits(publish: Publish, as_: As, staff: Account) -> None:
    version = publish()
    address = f"/admin/analyses/analysis/{version.analysis_id}/change/"
    assert as_(staff).post(address, WORDS).status_code == 302
    analysis = Analysis.objects.get()
    assert (analysis.description, analysis.analysis_name) == ("edited", "Shifts")
    assert (analysis.current_version, analysis.creator) == (version, version.analysis.creator)


def test_staff_close_analyses(publish: Publish, as_: As, staff: Account) -> None:
    chosen = {"action": "close", "_selected_action": [publish().analysis_id]}
    client = as_(staff)
    client.post("/admin/analyses/analysis/", chosen)
    assert Analysis.objects.get().state == AnalysisState.CLOSED
    again = client.post("/admin/analyses/analysis/", chosen, follow=True)
    assert b"The analysis is closed" in again.content


def test_version_cannot_be_changed(publish: Publish, as_: As, staff: Account) -> None:
    version = publish()
    address = f"/admin/analyses/analysisversion/{version.pk}/change/"
    assert as_(staff).post(address, {"content_hash": "0" * 64}).status_code == 403
    assert AnalysisVersion.objects.get().content_hash == version.content_hash
