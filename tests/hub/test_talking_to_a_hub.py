"""The command's own client against a running hub."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from valhub.client.hub import Hub, HubRefused, HubUnreachable
from valhub.client.local_hub import LocalHub


@pytest.fixture
def ada(busy_hub: LocalHub, fresh_name: Callable[[], str]) -> Hub:
    made, name = Hub(busy_hub.address), fresh_name()
    made.register(username=name, email=f"{name}@example.org", password="a long password of ada's")
    made.sign_in(username=name, password="a long password of ada's")
    return made


def test_a_script_package_is_published_scored_and_ranked(ada: Hub, tmp_path: Path) -> None:
    archives = {}
    for name in ("analysis", "algorithm"):
        archives[name] = tmp_path / f"{name}.zip"
        folder = Path(__file__).parents[2] / "examples/script_package" / name
        with zipfile.ZipFile(archives[name], "w") as archive:
            for path in folder.iterdir():
                if path.is_file():
                    archive.write(path, path.name)
    texts = ("description", "short_description", "ruleset", "dataset_description")
    fields = {"analysis_name": "Numbers", **dict.fromkeys(texts, "")}
    number = ada.upload_analysis(fields, archives["analysis"])
    submission = ada.submit(number, archives["algorithm"], display_name="mine")
    while not submission.has_ended:
        submission = ada.submission(submission.id)
    assert (submission.status, submission.done, submission.failed) == ("finished", 1, 0)
    assert [one.id for one in ada.leaderboard(number)] == [submission.id]


def test_a_refusal_is_told_in_the_hubs_own_words(busy_hub: LocalHub) -> None:
    stranger = Hub(busy_hub.address)
    with pytest.raises(HubRefused, match=r"POST /login: User name or password is wrong"):
        stranger.sign_in(username="ada", password="guess")


def test_a_hub_that_is_not_there_is_named() -> None:
    with pytest.raises(HubUnreachable, match=r"http://127.0.0.1:9 does not answer"):
        Hub("http://127.0.0.1:9").sign_in(username="ada", password="x")
