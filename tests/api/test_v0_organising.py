"""What an organiser does after the upload: publish, close, withdraw, a new version."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.publication import close_analysis
from valhub.analyses.services.uploads import store_analysis
from valhub.jobs.models import Preparation, Work

As = Callable[[Account | None], Client]
Post = Callable[..., Any]
TEXTS = ("analysis_name", "description", "short_description", "ruleset", "dataset_description")


@pytest.fixture
def draft(organiser: Account, script_example: tuple[bytes, bytes]) -> Analysis:
    upload = SimpleUploadedFile("package.zip", script_example[0])
    fields = AnalysisFields("Declination")
    return store_analysis(creator=organiser, fields=fields, upload=upload, draft=True).analysis


@pytest.fixture
def post(as_: As, organiser: Account, draft: Analysis) -> Post:
    """Ask for something to be done with the draft, as the organiser; `package` is sent along."""

    def ask(what: str, *, by: Account | None = organiser, package: bytes | None = None) -> Any:
        fields = {} if package is None else {"evaluation_script": io.BytesIO(package)}
        return as_(by).post(f"/analysis/{draft.pk}/{what}", fields)

    return ask


def told(answer: Any) -> dict[str, Any]:
    """The fields of the analysis that an answer holds."""
    assert answer.status_code == 200, answer.content
    (row,) = json.loads(json.loads(answer.content))
    fields: dict[str, Any] = row["fields"]
    return fields


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_upload_can_be_kept_as_a_draft(
    as_: As, organiser: Account, outsider: Account, script_example: tuple[bytes, bytes]
) -> None:
    package = io.BytesIO(script_example[0])
    fields = {"user_id": str(organiser.pk), "draft": "yes", **dict.fromkeys(TEXTS, "x")}
    answer = as_(organiser).post("/analysis/upload", {**fields, "evaluation_script": package})
    number = Analysis.objects.get().pk
    assert told(answer)["state"] == AnalysisState.DRAFT
    assert as_(outsider).get(f"/analysis/{number}").status_code == 404
    assert Preparation.objects.get().version.analysis_id == number


def test_a_word_that_is_neither_yes_nor_no_keeps_nothing(
    as_: As, organiser: Account, script_example: tuple[bytes, bytes]
) -> None:
    package = io.BytesIO(script_example[0])
    fields = {"user_id": str(organiser.pk), "draft": "perhaps", **dict.fromkeys(TEXTS, "x")}
    answer = as_(organiser).post("/analysis/upload", {**fields, "evaluation_script": package})
    assert (refused(answer), answer.json()["field"]) == ((422, "wrong-type"), "draft")
    assert not Analysis.objects.exists()


def test_an_analysis_is_published_closed_opened_again_and_withdrawn(post: Post) -> None:
    states = [told(post(what))["state"] for what in ("publish", "close", "publish", "withdraw")]
    assert states == [
        AnalysisState.PUBLISHED,
        AnalysisState.CLOSED,
        AnalysisState.PUBLISHED,
        AnalysisState.DRAFT,
    ]


@pytest.mark.parametrize(
    ("state", "what"),
    [
        (AnalysisState.DRAFT, "close"),
        (AnalysisState.DRAFT, "withdraw"),
        (AnalysisState.PUBLISHED, "publish"),
        (AnalysisState.CLOSED, "close"),
    ],
)
def test_what_its_state_does_not_allow_is_a_conflict(
    post: Post, draft: Analysis, state: AnalysisState, what: str
) -> None:
    Analysis.objects.update(state=state)
    assert refused(post(what)) == (409, "wrong-state")
    draft.refresh_from_db()
    assert draft.state == state


def test_data_that_could_not_be_prepared_is_prepared_again(post: Post, draft: Analysis) -> None:
    assert refused(post("prepare")) == (409, "nothing-to-prepare")
    told_why = {"state": Work.FAILED, "deaths": 3, "reason": "The disk was full."}
    Preparation.objects.create(version=draft.current_version, **told_why)
    told(post("prepare"))
    assert Preparation.objects.values("state", "deaths", "reason").get() == {
        "state": Work.QUEUED,
        "deaths": 0,
        "reason": "",
    }


@pytest.fixture
def with_final_part(post: Post, draft: Analysis) -> Analysis:
    post("publish")
    AnalysisVersion.objects.update(final_files=3)
    return draft


def is_revealed() -> bool:
    return AnalysisVersion.objects.get().revealed_at is not None


@pytest.mark.parametrize(("what", "fields"), [("reveal", {}), ("close", {"reveal": "yes"})])
def test_the_final_part_is_revealed_and_the_analysis_closed(
    as_: As, organiser: Account, with_final_part: Analysis, what: str, fields: dict[str, str]
) -> None:
    answer = as_(organiser).post(f"/analysis/{with_final_part.pk}/{what}", fields)
    assert told(answer)["state"] == AnalysisState.CLOSED
    assert is_revealed()


def test_closing_alone_reveals_nothing(post: Post, with_final_part: Analysis) -> None:
    assert told(post("close"))["state"] == AnalysisState.CLOSED
    assert not is_revealed()
    assert told(post("reveal"))["state"] == AnalysisState.CLOSED
    assert is_revealed()


def test_what_is_neither_yes_nor_no_reveals_and_closes_nothing(
    as_: As, organiser: Account, with_final_part: Analysis
) -> None:
    address = f"/analysis/{with_final_part.pk}/close"
    answer = as_(organiser).post(address, {"reveal": "perhaps"})
    assert (refused(answer), answer.json()["field"]) == ((422, "wrong-type"), "reveal")
    with_final_part.refresh_from_db()
    assert (with_final_part.state, is_revealed()) == (AnalysisState.PUBLISHED, False)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (None, (401, "not-signed-in")),
        ("other", (403, "not-your-analysis")),
        ("participant", (403, "not-your-analysis")),
    ],
)
@pytest.mark.parametrize("what", ["reveal", "close"])
def test_nobody_else_reveals_it(
    as_: As,
    with_final_part: Analysis,
    participant: Account,
    who: str | None,
    expected: tuple[int, str],
    what: str,
) -> None:
    other = Account.objects.create(username="other", email="o@example.org", is_organiser=True)
    account = {"other": other, "participant": participant}.get(who or "")
    answer = as_(account).post(f"/analysis/{with_final_part.pk}/{what}", {"reveal": "yes"})
    assert refused(answer) == expected
    assert not is_revealed()


def test_without_a_final_part_there_is_nothing_to_reveal(post: Post) -> None:
    post("publish")
    assert refused(post("reveal")) == (409, "wrong-state")
    assert not is_revealed()


def test_staff_may_do_it_too(post: Post, staff: Account) -> None:
    assert told(post("publish", by=staff))["state"] == AnalysisState.PUBLISHED


def test_a_new_version_takes_submissions_and_is_prepared(
    post: Post, draft: Analysis, newer_package: bytes
) -> None:
    assert told(post("version", package=newer_package))["version"] == 2
    draft.refresh_from_db()
    assert draft.current_version is not None
    assert Preparation.objects.filter(version=draft.current_version).exists()
    assert draft.current_version.number == 2


def test_the_older_version_stays_as_it_was(
    post: Post, draft: Analysis, newer_package: bytes
) -> None:
    before = AnalysisVersion.objects.values().get()
    post("version", package=newer_package)
    assert AnalysisVersion.objects.values().get(number=1) == before


def test_a_closed_analysis_may_be_renewed_and_stays_closed(
    post: Post, draft: Analysis, newer_package: bytes
) -> None:
    post("publish")
    close_analysis(draft)
    fields = told(post("version", package=newer_package))
    assert (fields["state"], fields["version"]) == (AnalysisState.CLOSED, 2)


@pytest.mark.parametrize(
    ("package", "expected"),
    [(None, (422, "missing")), (b"not a zip", (415, "not-a-zip"))],
)
def test_what_is_no_package_makes_no_version(
    post: Post, package: bytes | None, expected: tuple[int, str]
) -> None:
    assert refused(post("version", package=package)) == expected
    assert AnalysisVersion.objects.count() == 1


def test_the_same_package_again_makes_no_version(
    post: Post, script_example: tuple[bytes, bytes]
) -> None:
    assert refused(post("version", package=script_example[0])) == (409, "version-exists")
    assert AnalysisVersion.objects.count() == 1


def test_a_new_version_is_refused_by_its_size_before_it_is_read(
    post: Post, newer_package: bytes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAX_PACKAGE_BYTES = 100
    monkeypatch.setattr("valhub.http.body_sizes.FORM_BYTES", 100)
    assert refused(post("version", package=newer_package)) == (413, "too-large")


def test_who_is_no_organiser_any_more_may_only_close_and_withdraw(
    post: Post, organiser: Account, newer_package: bytes, settings: Settings
) -> None:
    post("publish")
    settings.EVERYONE_MAY_PUBLISH = False
    Account.objects.filter(pk=organiser.pk).update(is_organiser=False)
    told(post("close"))
    assert refused(post("publish")) == (403, "not-an-organiser")
    assert refused(post("version", package=newer_package)) == (403, "not-an-organiser")
    told(post("withdraw"))


def test_others_learn_no_more_than_they_see(post: Post, outsider: Account) -> None:
    assert refused(post("close", by=outsider)) == (404, "no-such-analysis")
    post("publish")
    assert refused(post("close", by=outsider)) == (403, "not-your-analysis")


def test_a_draft_takes_no_submissions_even_of_its_creator(
    as_: As, draft: Analysis, organiser: Account, script_example: tuple[bytes, bytes]
) -> None:
    fields = {"user_id": str(organiser.pk), "algorithm": io.BytesIO(script_example[1])}
    answer = as_(organiser).post(f"/jobs/analysis/{draft.pk}/submission", fields)
    assert refused(answer) == (409, "analysis-closed")


def test_another_site_cannot_publish(as_: As, draft: Analysis, organiser: Account) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = as_(organiser).post(f"/analysis/{draft.pk}/publish", headers=headers)
    assert refused(answer) == (403, "cross-site")
    draft.refresh_from_db()
    assert draft.state == AnalysisState.DRAFT
