"""The organiser's pages: what they say of an analysis, and what their forms do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.http.security_headers import PAGE_POLICY
from valhub.jobs.models import Preparation, Run, Work

As = Callable[[Account | None], Client]


@pytest.fixture(autouse=True)
def stored(analysis: Analysis) -> None:
    """Make the analysis's version one whose archive is there."""
    AnalysisVersion.objects.update(archive="evaluation_scripts/analysis_1.zip")


@pytest.fixture
def renewed(board: Analysis) -> Analysis:
    """An analysis whose two entries are of an older version."""
    version = AnalysisVersion.objects.create(
        analysis=board, number=2, kind="task", content_hash="b" * 64, archive="x/analysis_1_v2.zip"
    )
    board.current_version = version
    board.save()
    return board


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def sent(client: Client, analysis: Analysis, **fields: object) -> Any:
    return client.post(f"/analyses/{analysis.pk}/manage", fields)


def test_a_list_shows_state_data_submissions_and_outdated_entries(
    as_: As, renewed: Analysis, organiser: Account
) -> None:
    client = as_(organiser)
    page = text(client.get("/analyses/mine"))
    words = ("Clipping &amp; shade", "Published", "waiting for a worker")
    assert all(word in page for word in words)
    (row,) = client.get("/analyses/mine").context["analyses"]
    assert (row.current_version.number, row.submissions_count, row.outdated_count) == (2, 2, 2)


def test_a_list_takes_as_many_queries_for_three_as_for_one(
    as_: As, analysis: Analysis, organiser: Account, django_assert_num_queries: Any
) -> None:
    for number in range(3):
        made = Analysis.objects.create(analysis_name=f"Test {number}", creator=organiser)
        made.current_version = AnalysisVersion.objects.create(analysis=made, number=1, archive="x")
        made.save()
    client = as_(organiser)
    with django_assert_num_queries(3):  # session, account, analyses
        assert text(client.get("/analyses/mine")).count('scope="row"') == 4


def test_nobody_sees_the_analyses_of_others_there(
    as_: As, analysis: Analysis, outsider: Account, staff: Account
) -> None:
    for other in (outsider, staff):
        page = text(as_(other).get("/analyses/mine"))
        assert "You have no analyses yet" in page
        assert "Clipping" not in page


def test_only_who_may_publish_is_led_there(
    as_: As, organiser: Account, participant: Account, settings: Settings
) -> None:
    settings.EVERYONE_MAY_PUBLISH = False
    link = 'href="/analyses/mine"'
    found = [link in text(as_(who).get("/")) for who in (organiser, participant, None)]
    assert found == [True, False, False]
    assert "Ask the staff to make you an organiser" in text(as_(participant).get("/analyses/mine"))


def test_only_who_manages_an_analysis_is_led_to_managing_it(
    as_: As, analysis: Analysis, organiser: Account, staff: Account, participant: Account
) -> None:
    link = f'href="/analyses/{analysis.pk}/manage"'
    people = (organiser, staff, participant, None)
    found = [link in text(as_(who).get(f"/analyses/{analysis.pk}")) for who in people]
    assert found == [True, True, False, False]


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        (AnalysisState.DRAFT, "publish", AnalysisState.PUBLISHED),
        (AnalysisState.PUBLISHED, "close", AnalysisState.CLOSED),
        (AnalysisState.CLOSED, "publish", AnalysisState.PUBLISHED),
        (AnalysisState.CLOSED, "withdraw", AnalysisState.DRAFT),
    ],
)
def test_a_button_moves_an_analysis_on(
    as_: As,
    analysis: Analysis,
    organiser: Account,
    before: AnalysisState,
    action: str,
    after: AnalysisState,
) -> None:
    Analysis.objects.update(state=before)
    client = as_(organiser)
    assert f'value="{action}"' in text(client.get(f"/analyses/{analysis.pk}/manage"))
    answer = sent(client, analysis, action=action)
    assert (answer.status_code, answer["Location"]) == (302, f"/analyses/{analysis.pk}/manage")
    analysis.refresh_from_db()
    assert analysis.state == after


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        (AnalysisState.DRAFT, {"publish", "version"}),
        (AnalysisState.PUBLISHED, {"close", "withdraw", "version"}),
        (AnalysisState.CLOSED, {"publish", "withdraw", "version"}),
    ],
)
def test_no_button_offers_what_would_be_refused(
    as_: As, analysis: Analysis, organiser: Account, state: AnalysisState, buttons: set[str]
) -> None:
    Analysis.objects.update(state=state)
    page = text(as_(organiser).get(f"/analyses/{analysis.pk}/manage"))
    actions = ("publish", "close", "withdraw", "version")
    assert {one for one in actions if f'name="action" value="{one}"' in page} == buttons


@pytest.mark.parametrize(
    ("state", "revealed", "offered"),
    [
        (AnalysisState.PUBLISHED, False, True),
        (AnalysisState.CLOSED, False, True),
        (AnalysisState.DRAFT, False, False),
        (AnalysisState.CLOSED, True, False),
    ],
)
def test_the_button_to_reveal_is_there_where_it_does_something(
    as_: As,
    analysis: Analysis,
    organiser: Account,
    state: AnalysisState,
    revealed: bool,
    offered: bool,
) -> None:
    Analysis.objects.update(state=state)
    client, address = as_(organiser), f"/analyses/{analysis.pk}/manage"
    button = 'name="action" value="reveal"'
    assert button not in text(client.get(address))
    AnalysisVersion.objects.update(final_files=2, revealed_at=timezone.now() if revealed else None)
    page = text(client.get(address))
    assert (button in page) is offered
    assert ("was revealed on" in page) is revealed
    assert ('value="publish"' in page) is (state != AnalysisState.PUBLISHED and not revealed)


def test_the_final_part_is_revealed_once_that_is_confirmed(
    as_: As, analysis: Analysis, organiser: Account
) -> None:
    AnalysisVersion.objects.update(final_files=2)
    client = as_(organiser)
    page = text(sent(client, analysis, action="reveal"), 422)
    assert "Revealing the final part was not confirmed" in page
    assert AnalysisVersion.objects.get().revealed_at is None
    assert sent(client, analysis, action="reveal", confirmed="yes").status_code == 302
    analysis.refresh_from_db()
    assert analysis.state == AnalysisState.CLOSED
    assert AnalysisVersion.objects.get().revealed_at is not None


@pytest.mark.parametrize("who", ["participant", "outsider", None])
def test_nobody_else_reveals_it(
    as_: As,
    analysis: Analysis,
    participant: Account,
    outsider: Account,
    who: str | None,
) -> None:
    AnalysisVersion.objects.update(final_files=2)
    account = {"participant": participant, "outsider": outsider}.get(who or "")
    answer = sent(as_(account), analysis, action="reveal", confirmed="yes")
    assert answer.status_code == (403 if account else 302)
    assert AnalysisVersion.objects.get().revealed_at is None


def test_the_button_to_prepare_again_is_there_when_that_failed(
    as_: As, analysis: Analysis, organiser: Account
) -> None:
    client = as_(organiser)
    button = 'value="prepare"'
    assert button not in text(client.get(f"/analyses/{analysis.pk}/manage"))
    Preparation.objects.update_or_create(
        version=analysis.current_version, defaults={"state": Work.FAILED, "reason": "Disk full."}
    )
    assert button in text(client.get(f"/analyses/{analysis.pk}/manage"))
    assert sent(client, analysis, action="prepare").status_code == 302
    assert Preparation.objects.get().state == Work.QUEUED


def test_a_button_pressed_twice_is_told_beside_the_buttons(
    as_: As, analysis: Analysis, organiser: Account
) -> None:
    client = as_(organiser)
    sent(client, analysis, action="close")
    page = text(sent(client, analysis, action="close"), 409)
    assert 'role="alert"' in page
    assert "The analysis is closed" in page
    assert "Reopen" in page


@pytest.mark.parametrize("action", ["", "delete", "\0"])
def test_an_unknown_action_does_nothing(
    as_: As, analysis: Analysis, organiser: Account, action: str
) -> None:
    assert "does not support what the form asks for" in text(
        sent(as_(organiser), analysis, action=action), 422
    )
    analysis.refresh_from_db()
    assert analysis.state == AnalysisState.PUBLISHED


def test_a_form_without_the_pages_token_does_nothing(
    analysis: Analysis, organiser: Account
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(organiser)
    page = text(sent(client, analysis, action="close"), 403)
    assert "The form was not accepted" in page
    analysis.refresh_from_db()
    assert analysis.state == AnalysisState.PUBLISHED


def test_the_pages_own_form_is_accepted(analysis: Analysis, organiser: Account) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(organiser)
    token = client.get(f"/analyses/{analysis.pk}/manage").context["csrf_token"]
    answer = sent(client, analysis, action="close", csrfmiddlewaretoken=str(token))
    assert answer.status_code == 302


def test_a_new_package_is_a_new_version(
    as_: As, analysis: Analysis, organiser: Account, newer_package: bytes
) -> None:
    upload = SimpleUploadedFile("package.zip", newer_package)
    answer = sent(as_(organiser), analysis, action="version", evaluation_script=upload)
    assert answer.status_code == 302
    analysis.refresh_from_db()
    assert analysis.current_version is not None
    assert analysis.current_version.number == 2
    assert Preparation.objects.get().version == analysis.current_version


def test_every_fault_of_a_package_is_told_beside_the_form(
    as_: As, analysis: Analysis, organiser: Account, tiny_algorithm: Callable[..., bytes]
) -> None:
    upload = SimpleUploadedFile("package.zip", tiny_algorithm())
    page = text(sent(as_(organiser), analysis, action="version", evaluation_script=upload), 422)
    assert 'role="alert"' in page
    assert "test_data" in page
    assert AnalysisVersion.objects.count() == 1


def test_a_form_without_a_package_says_so(as_: As, analysis: Analysis, organiser: Account) -> None:
    assert "Choose a .zip" in text(sent(as_(organiser), analysis, action="version"), 422)


def test_a_body_too_large_is_refused_before_it_is_read(
    as_: As, analysis: Analysis, organiser: Account, settings: Settings
) -> None:
    settings.MAX_PACKAGE_BYTES = 1
    length = str(5 * 1024**2)
    path = f"/analyses/{analysis.pk}/manage"
    answer = as_(organiser).generic("POST", path, b"", CONTENT_LENGTH=length)
    assert "at most" in text(answer, 413)


def test_why_data_cannot_be_prepared_is_told(
    as_: As, analysis: Analysis, organiser: Account
) -> None:
    version = AnalysisVersion.objects.get()
    Preparation.objects.create(version=version, state="failed", reason="a.csv: <no> time stamps")
    page = text(as_(organiser).get(f"/analyses/{analysis.pk}/manage"))
    assert "cannot be prepared" in page
    assert "a.csv: &lt;no&gt; time stamps" in page


@pytest.mark.parametrize(
    ("state", "words"), [("leased", "being prepared"), ("done", "prepared"), ("queued", "waiting")]
)
def test_how_far_the_data_is_is_told(
    as_: As, analysis: Analysis, organiser: Account, state: str, words: str
) -> None:
    Preparation.objects.create(version=AnalysisVersion.objects.get(), state=state)
    assert f">{words}" in text(as_(organiser).get(f"/analyses/{analysis.pk}/manage"))


def test_versions_show_their_runs_and_outdated_entries(
    as_: As, renewed: Analysis, organiser: Account
) -> None:
    page = text(as_(organiser).get(f"/analyses/{renewed.pk}/manage"))
    assert "2 outdated entries" in page
    assert f'href="/analyses/{renewed.pk}?version=1#leaderboard"' in page


def test_an_older_board_says_that_its_entries_are_outdated(as_: As, renewed: Analysis) -> None:
    old = text(as_(None).get(f"/analyses/{renewed.pk}?version=1"))
    assert "is outdated, and so are its entries" in old
    assert "of paul" in old
    assert "?version=1&amp;sort=mean_f1" in old
    new = text(as_(None).get(f"/analyses/{renewed.pk}"))
    assert "outdated" not in new
    assert "of paul" not in new


@pytest.mark.parametrize("number", ["3", "0", "-1", "x", "", "9" * 30])
def test_a_version_that_is_not_there_is_not_found(as_: As, renewed: Analysis, number: str) -> None:
    assert "no such version" in text(as_(None).get(f"/analyses/{renewed.pk}?version={number}"), 404)


def test_an_author_sees_that_a_result_is_outdated(
    as_: As, renewed: Analysis, participant: Account
) -> None:
    run = Run.objects.get(submission__created_by=participant)
    page = text(as_(participant).get(f"/submissions/{run.submission_id}"))
    assert "evaluated on version 1" in page


def test_an_authors_current_result_is_not_called_outdated(
    as_: As, board: Analysis, participant: Account
) -> None:
    run = Run.objects.get(submission__created_by=participant)
    assert "outdated" not in text(as_(participant).get(f"/submissions/{run.submission_id}"))


@pytest.mark.parametrize("page", ["/analyses/mine", "/analyses/{}/manage"])
def test_these_pages_run_nothing(
    as_: As, analysis: Analysis, organiser: Account, page: str
) -> None:
    answer = as_(organiser).get(page.format(analysis.pk))
    assert answer["Content-Security-Policy"] == PAGE_POLICY
    found = text(answer)
    assert "<script" not in found
    assert "style=" not in found


def test_notes_on_a_package_are_for_its_organiser_alone(
    as_: As, analysis: Analysis, organiser: Account, participant: Account
) -> None:
    note = "data/references/a.csv: tilt is 41 here & <40> in the metadata tables."
    AnalysisVersion.objects.update(notes=[note, "config.json has unknown keys."])
    page = text(as_(organiser).get(f"/analyses/{analysis.pk}/manage"))
    assert "<li>data/references/a.csv: tilt is 41 here &amp; &lt;40&gt; in the" in page
    assert "<li>config.json has unknown keys.</li>" in page
    for client in (as_(None), as_(participant), as_(organiser)):
        for path in (f"/analyses/{analysis.pk}", f"/analysis/{analysis.pk}", "/analysis/home"):
            assert "tilt is 41" not in client.get(path).content.decode()


@pytest.mark.parametrize(
    ("at_once", "memory_bytes", "said"),
    [
        (100, 2 * 1024**3, []),
        (
            101,
            0,
            ["asks for 101 submissions that are evaluated at once; this hub"],
        ),
        (7, 16 * 1024**3, ["asks for 16 GiB of memory for each file; this hub gives 2 GiB."]),
    ],
)
def test_an_organiser_reads_what_the_administrator_caps(
    as_: As,
    analysis: Analysis,
    organiser: Account,
    settings: Settings,
    at_once: int,
    memory_bytes: int,
    said: list[str],
) -> None:
    settings.MAX_AT_ONCE, settings.MAX_MEMORY_BYTES = 100, 2 * 1024**3
    Analysis.objects.update(max_concurrent_submission_evaluation=at_once)
    AnalysisVersion.objects.update(memory_bytes=memory_bytes)
    page = text(as_(organiser).get(f"/analyses/{analysis.pk}/manage"))
    assert ("This hub gives less than you ask for" in page) == bool(said)
    assert [one for one in said if one in page] == said


def test_a_package_without_notes_has_no_such_part(
    as_: As, analysis: Analysis, organiser: Account
) -> None:
    page = text(as_(organiser).get(f"/analyses/{analysis.pk}/manage"))
    assert "Please look at these points" not in page
