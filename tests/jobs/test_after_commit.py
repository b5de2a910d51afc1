"""What follows a commit may fail: the request or worker that committed goes on.

Every function that the hub gives to `after_commit` is found in its source, and fails in turn while
an analysis is published, its data prepared by a worker that was lost once, and an algorithm scored.
"""

import ast
import functools
import importlib
import io
import logging
from pathlib import Path

import pytest
from django.db import OperationalError, transaction

import valhub
from valhub.analyses.models import Analysis
from valhub.cloud.queues import read_queue
from valhub.cloud.transactions import after_commit
from valhub.jobs.models import Preparation, Status, Submission
from valhub.jobs.services.leasing import claim
from valhub.jobs.sweeper import release_expired_preparations, sweep_once
from valhub.leaderboards.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)

SOURCE = Path(valhub.__file__).parent
RULE = SOURCE / "cloud" / "transactions.py"
TEXTS = ("analysis_name", "description", "short_description", "ruleset", "dataset_description")
# Nobody listens there: a message that is sent fails as with a broker that is away.
NO_BROKER = "redis://127.0.0.1:1/0"


def calls_of(name):
    """Each call of a function or method in the hub's source, with its file."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            called = getattr(node, "func", None)
            if name in (getattr(called, "id", None), getattr(called, "attr", None)):
                yield path, node


def followers():
    """What is called after commits: module and function."""
    found = set()
    for path, call in calls_of("after_commit"):
        module = ".".join(("valhub", *path.relative_to(SOURCE).with_suffix("").parts))
        found.add((module, ast.unparse(call.args[0])))
    return sorted(found)


FOLLOWERS = followers()


def test_everything_that_follows_a_commit_is_a_function_found_by_name():
    assert len(FOLLOWERS) >= 5
    for module, name in FOLLOWERS:
        assert callable(getattr(importlib.import_module(module), name))


def test_nothing_follows_a_commit_in_another_way():
    assert {path for path, _ in calls_of("on_commit")} == {RULE}


@pytest.mark.parametrize("do", [functools.partial(int, "x"), lambda: 1 / 0, int.from_bytes])
def test_what_has_no_name_of_its_own_may_fail_as_well(do, caplog):
    later = []
    with transaction.atomic():
        after_commit(do)
        after_commit(later.append, 1)
    assert later == [1]
    assert "in on_commit()" in caplog.text


@pytest.fixture
def life(as_, organiser, participant, tiny_task, tiny_algorithm, work, settings):
    """Lives through all that commits something which is followed by something."""

    def request(account, path, file, **fields):
        settings.QUEUE = read_queue(NO_BROKER)
        answer = as_(account).post(path, {"user_id": str(account.pk), **fields, **file})
        settings.QUEUE = None
        assert answer.status_code == 200, answer.content

    def live():
        package = {"evaluation_script": io.BytesIO(tiny_task)}
        request(organiser, "/analysis/upload", package, **dict.fromkeys(TEXTS, "x"))
        lose(Preparation.objects.all())
        work()
        analysis = Analysis.objects.get()
        algorithm = {"algorithm": io.BytesIO(tiny_algorithm())}
        path = f"/jobs/analysis/{analysis.pk}/submission"
        request(participant, path, algorithm, analysis_id=analysis.pk)
        work()

    return live


def lose(rows):
    """Lose the worker that holds a piece of work."""
    claim(rows, "a worker that is lost")
    rows.update(lease_until="2020-01-01T00:00:00Z")
    release_expired_preparations()


@pytest.mark.parametrize(("module", "name"), FOLLOWERS)
def test_whoever_committed_goes_on(module, name, life, work, monkeypatch, caplog):
    home, calls = importlib.import_module(module), []

    @functools.wraps(getattr(home, name))
    def fail(*_args, **_options):
        calls.append(name)
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(home, name, fail)
        life()
    assert calls, "Let `life` do what this follows."
    assert f"Error calling {name} in on_commit()" in caplog.text
    sweep_once()
    work()
    assert Submission.objects.get().status == Status.FINISHED
    assert Entry.objects.count() == 1
