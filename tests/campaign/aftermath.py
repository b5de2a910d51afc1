"""What has to hold after a campaign, as tests that every kind of hub goes through.

Every submission has ended once, each file of it has one result, the scores are right, and the board
has each person's best one.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence

from campaign.course import PEOPLE, Aftermath
from campaign.people import Database

METRIC = "mean_absolute_error_azimuth"


class Afterwards:
    """The tests; whoever has a fixture `aftermath` inherits them."""

    def test_everybody_was_killed_at_many_moments(self, aftermath: Aftermath):
        assert aftermath.killed_many, aftermath.killed

    def test_every_submission_finished_unless_its_upload_was_cut_off(self, aftermath: Aftermath):
        ended = aftermath.rows("SELECT status, our_fault, reason, id FROM jobs_submission")
        finished = [row for row in ended if row[0] == "finished"]
        others = [row for row in ended if row[0] != "finished"]
        assert len(finished) >= PEOPLE
        assert all(row[1] and "interrupted" in row[2] for row in others), others

    def test_every_file_has_one_result_and_no_kill_costs_one(self, aftermath: Aftermath):
        per_run = aftermath.rows(
            "SELECT jobs_run.id, count(jobs_fileresult.id) FROM jobs_run"
            " LEFT JOIN jobs_fileresult ON run_id = jobs_run.id GROUP BY jobs_run.id"
        )
        assert {count for _, count in per_run} == {4}, per_run
        spoilt = "SELECT verdict, message FROM jobs_fileresult WHERE verdict != 'scored'"
        assert aftermath.rows(spoilt) == []

    def test_every_run_has_the_score_that_its_algorithm_deserves(self, aftermath: Aftermath):
        runs = aftermath.rows(
            "SELECT display_name, aggregates, coverage FROM jobs_run"
            " JOIN jobs_submission ON jobs_submission.id = submission_id"
        )
        wrong = [run for run in runs if error(run[1]) != float(run[0]) or run[2] != 1.0]
        assert wrong == []

    def test_everything_was_told_once_and_without_a_gap(self, aftermath: Aftermath):
        assert untold(aftermath.rows) == []

    def test_the_board_has_everybodys_best_run_once(self, aftermath: Aftermath):
        rows = aftermath.rows
        board = rows("SELECT account_id, run_id FROM leaderboards_entry")
        scored = rows(
            "SELECT created_by_id, jobs_run.id, aggregates, 1 - coverage, submitted_at"
            " FROM jobs_run JOIN jobs_submission ON jobs_submission.id = submission_id"
            " WHERE jobs_run.status = 'finished'"
        )
        best = {}
        for row in sorted(scored, key=standing, reverse=True):
            best[row[0]] = row[1]
        assert sorted(board) == sorted(best.items()), scored
        assert rows("SELECT entries_count FROM leaderboards_board") == [(len(best),)]

    def test_nothing_is_left_to_do(self, aftermath: Aftermath):
        shards = aftermath.rows("SELECT DISTINCT state, owner, lease_until FROM jobs_shard")
        # A file that two workers were at is done with the first of them.
        assert {("done", "", None)} <= {*shards} <= {("done", "", None), ("cancelled", "", None)}
        prepared = aftermath.rows("SELECT state, owner, lease_until FROM jobs_preparation")
        assert prepared == [("done", "", None)]

    def test_no_sandbox_is_left(self, aftermath: Aftermath):
        assert aftermath.leftovers == [], aftermath.leftovers


def untold(rows: Database) -> list[str]:
    """Finished submissions whose events have a gap, or tell anything twice or not at all."""
    told: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for pk, number, kind in rows("SELECT submission_id, number, kind FROM jobs_event"):
        told[str(pk)].append((number, kind))
    results = (
        "SELECT jobs_submission.id, count(jobs_fileresult.id) FROM jobs_submission"
        " JOIN jobs_run ON submission_id = jobs_submission.id"
        " LEFT JOIN jobs_fileresult ON run_id = jobs_run.id"
        " WHERE jobs_submission.status = 'finished' GROUP BY jobs_submission.id"
    )
    found = []
    for pk, files in rows(results):
        numbers, kinds = zip(*sorted(told[str(pk)]), strict=True) if told[str(pk)] else ((), ())
        if [*numbers] != [*range(1, len(numbers) + 1)] or not _is_whole_story(kinds, files):
            found.append(f"submission {pk} has the events {kinds}, numbered {numbers}")
    return found


def _is_whole_story(kinds: Sequence[str], files: int) -> bool:
    """Whether events tell of one run: of its environment, if it waited, and of it itself once.

    It is queued once more for each time that it waited for its environment, at most, because it
    gives up its place only before it has begun.
    """
    counted = Counter(kinds)
    of_environment = [kind for kind in kinds if kind.startswith("environment_")]
    waited, queued = counted["environment_waiting"], counted.pop("queued", 0)
    is_ready = not waited or (
        "environment_building" in counted and of_environment[-1] == "environment_ready"
    )
    once = dict.fromkeys(("submitted", "started", "finished"), 1)
    others = Counter(kind for kind in counted.elements() if kind not in of_environment)
    return is_ready and 1 <= queued <= 1 + waited and others == Counter({**once, "file": files})


def error(aggregates: object) -> float:
    """The score in a run's document, which some drivers have read already."""
    read = json.loads(aggregates) if isinstance(aggregates, str) else aggregates
    return float(read[METRIC]["value"])


def standing(row: tuple) -> tuple:
    """What decides between runs of one person; the least is the best."""
    _, _, aggregates, lack, submitted_at = row
    return lack, error(aggregates), submitted_at
