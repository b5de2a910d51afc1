from collections.abc import Callable

import pytest
from django.test import Client

from valhub.accounts.models import Account
from valhub.analyses.models import DataFile
from valhub.jobs.models import FileResult, Run, Status, Submission
from valhub.web.report import FAILURES_SHOWN

As = Callable[[Account | None], Client]


def text(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


@pytest.fixture
def path(running: Run) -> str:
    return f"/submissions/{running.submission_id}"


@pytest.mark.parametrize("path_of", ["/submissions", "{path}"])
def test_nobody_is_asked_to_sign_in(as_: As, path: str, path_of: str) -> None:
    wanted = path_of.format(path=path)
    response = as_(None).get(wanted)
    assert (response.status_code, response["Location"]) == (302, f"/sign-in?next={wanted}")


def test_outsider_cannot_read_a_submission(as_: As, path: str, outsider: Account) -> None:
    assert "my try" not in text(as_(outsider), path, 404)


def test_its_author_sees_how_far_it_is(as_: As, path: str, participant: Account) -> None:
    page = text(as_(participant), path)
    assert "2 of 3 files done, 1 not scored" in page
    assert '<progress max="3" value="2"' in page
    assert "a.csv: scored" in page


def test_a_running_submission_loads_itself_again_unless_told_not_to(
    as_: As, path: str, participant: Account
) -> None:
    assert '<meta http-equiv="refresh" content="3">' in text(as_(participant), path)
    assert "http-equiv" not in text(as_(participant), f"{path}?refresh=off")


def test_an_ended_submission_stays_as_it_is(as_: As, path: str, participant: Account) -> None:
    Submission.objects.update(status=Status.FAILED, reason="No version of numpy is that new.")
    page = text(as_(participant), path)
    assert "http-equiv" not in page
    assert "No version of numpy is that new." in page


def test_processor_time_that_was_not_measured_is_no_zero(
    as_: As, path: str, organiser: Account, participant: Account
) -> None:
    assert "not measured" not in text(as_(organiser), path)
    FileResult.objects.filter(verdict="scored").update(cpu_s=0.0, cpu_measured=False)
    assert text(as_(organiser), path).count('<td class="num">not measured</td>') == 1
    DataFile.objects.update(part="public")
    assert text(as_(participant), path).count('<td class="num">not measured</td>') == 1


def test_messages_are_shown_as_text(as_: As, path: str, participant: Account) -> None:
    page = text(as_(participant), path)
    assert "It raised &lt;b&gt;ValueError&lt;/b&gt;." in page
    assert "line 3, in &lt;module&gt;" in page
    assert "what was printed" in page


def test_organiser_sees_verdicts_but_no_tracebacks(as_: As, path: str, organiser: Account) -> None:
    page = text(as_(organiser), path)
    assert '<span class="verdict error">' in page
    assert "line 3" not in page
    assert "what was printed" not in page


def test_staff_sees_everything(as_: As, path: str, staff: Account) -> None:
    assert "what was printed" in text(as_(staff), path)


def test_what_an_evaluation_returns_is_for_its_author(
    as_: As, path: str, participant: Account, organiser: Account
) -> None:
    Submission.objects.update(private_result={"hint": "look at June"})
    assert "look at June" in text(as_(participant), path)
    assert "look at June" not in text(as_(organiser), path)


def test_scores_and_slices_come_with_intervals(as_: As, path: str, participant: Account) -> None:
    error = {"label": "Mean error", "unit": "min", "value": 1.5, "low": 1.0, "high": 2.0}
    error |= {"operation": "mean", "column": "error", "best": "lowest"}
    error |= {"files": 24, "systems": 12, "caveat": ""}
    part = {"column": "issue", "value": "dst", "files": 25, "scored": 24}
    Run.objects.update(
        aggregates={"mean_error": error}, slices=[{**part, "aggregates": {"mean_error": error}}]
    )
    page = text(as_(participant), path)
    assert "1.5 min" in page
    assert page.count("1 to 2, of 12 systems") == 2
    assert "By issue" in page
    assert "24 of 25" in page


def test_small_slices_are_not_shown_but_to_those_who_have_the_data(
    as_: As, path: str, participant: Account, organiser: Account
) -> None:
    error = {"label": "Mean error", "unit": "min", "value": 1.5, "low": None, "high": None}
    error |= {"operation": "mean", "column": "error", "best": "lowest"}
    error |= {"files": 1, "systems": 1, "caveat": ""}
    part = {"column": "issue", "value": "dst", "files": 2, "scored": 1}
    Run.objects.update(slices=[{**part, "aggregates": {"mean_error": error}}])
    page = text(as_(participant), path)
    assert "1 value not shown: fewer than 5 scored hidden files or 2 systems." in page
    assert "dst" not in page
    assert "dst" in text(as_(organiser), path)


def test_scores_and_costs_of_hidden_files_are_words(
    as_: As, path: str, participant: Account, organiser: Account
) -> None:
    page = text(as_(participant), path)
    assert "250 ms" not in page
    assert page.count("not shown</td>") == 8  # coverage and costs of two files
    assert "250 ms" in text(as_(organiser), path)


def test_costs_of_hidden_files_come_in_sum_when_all_are_there(
    as_: As, path: str, participant: Account
) -> None:
    assert "whose costs are not shown" not in text(as_(participant), path)
    Run.objects.update(status=Status.FINISHED)
    page = text(as_(participant), path)
    assert "The 2 files whose costs are not shown took 250 ms in all" in page


def test_processor_time_in_sum_is_that_of_every_file_or_not_measured(
    as_: As, path: str, participant: Account
) -> None:
    Run.objects.update(status=Status.FINISHED)
    FileResult.objects.update(cpu_s=1.5)
    page = text(as_(participant), path)
    assert "took 250 ms in all and 3 s of processor time." in page
    assert "The median file took 120 ms, 1.5 s of processor time and" in page
    FileResult.objects.filter(verdict="scored").update(cpu_measured=False)
    page = text(as_(participant), path)
    assert "of memory. Processor time was not measured." in page
    assert "of processor time" not in page


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (["scored"], "took 0 ms in all and 0 ms of processor time. The median file took 0 ms,"),
        (["scored", "error"], "Of the 2 files whose costs are not shown, the median took"),
    ],
)
def test_run_times_that_were_not_measured_are_left_out_in_words(
    as_: As, path: str, participant: Account, verdicts: list[str], said: str
) -> None:
    Run.objects.update(status=Status.FINISHED)
    measured = 2 - len(verdicts)
    words = f"Their run time was measured on {measured} of 2 files."
    assert "Their run time" not in text(as_(participant), path)
    unmeasured = FileResult.objects.filter(verdict__in=verdicts)
    unmeasured.update(wall_s=0.0, wall_measured=False)
    page = text(as_(participant), path)
    assert words in page
    assert said in page


def test_what_a_file_is_besides_hidden_is_a_list_of_words(
    as_: As, path: str, participant: Account
) -> None:
    files = DataFile.objects.order_by("ordinal")
    DataFile.objects.filter(pk=files[0].pk).update(part="public", on_leaderboard=False)
    DataFile.objects.filter(pk=files[1].pk).update(on_leaderboard=False)
    page = text(as_(participant), path)
    assert 'a.csv <span class="note">public, not ranked</span>' in page
    assert 'b.csv <span class="note">not ranked</span>' in page


def test_scores_without_an_interval_say_why(as_: As, path: str, participant: Account) -> None:
    why = "1 system: too few for an interval."
    error = {"label": "Mean error", "unit": "min", "value": 1.5, "low": None, "high": None}
    error |= {"operation": "mean", "column": "error", "best": "lowest"}
    error |= {"files": 24, "systems": 1, "caveat": why}
    Run.objects.update(aggregates={"mean_error": error}, slices=[])
    page = text(as_(participant), path)
    assert why in page
    assert "All 24 files come from one system" in page


def test_intervals_of_earlier_releases_are_not_shown(
    as_: As, path: str, participant: Account
) -> None:
    error = {"label": "Mean error", "unit": "min", "value": 1.5, "low": 1.0, "high": 2.0}
    error |= {"operation": "mean", "column": "error", "best": "lowest", "resampled": "files"}
    Run.objects.update(aggregates={"mean_error": error}, slices=[])
    page = text(as_(participant), path)
    assert "1 to 2" not in page
    assert "Scored by an earlier release" in page


def test_the_list_holds_ones_own_submissions_only(
    as_: As, running: Run, participant: Account, organiser: Account
) -> None:
    assert "my try" in text(as_(participant), "/submissions")
    assert "You have not submitted anything yet" in text(as_(organiser), "/submissions")


def test_pages_of_one_person_are_kept_by_no_cache(as_: As, path: str, participant: Account) -> None:
    assert as_(participant).get(path)["Cache-Control"] == "private, no-cache"


def test_failures_of_many_kinds_are_not_all_shown(
    as_: As, path: str, running: Run, participant: Account
) -> None:
    for number in range(FAILURES_SHOWN + 4):
        file = DataFile.objects.create(
            version=running.version, ordinal=number + 10, name=f"{number}.csv", size=1
        )
        FileResult.objects.create(
            run=running, file=file, verdict="error", message=f"No {number}.", logs="x" * 10_000
        )
    page = text(as_(participant), path)
    assert page.count("Output of") == FAILURES_SHOWN
    assert "5 more failures of other kinds." in page
    assert len(page) < FAILURES_SHOWN * 12_000
