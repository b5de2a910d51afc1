"""An upgrade between two versions, and back: an older commit is installed by its own guide.

Then an administrator follows this version's guide, while people go on using the hub.
"""

import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from guide.blocks import to_follow
from guide.machine import ROOT
from guide.releases import copy_version, has_history, unpack_version_before
from guide.story import PATIENCE_S, Story
from valhub.client.hub import HubSubmission


def git(folder: Path, *words: str) -> None:
    author = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org"]
    subprocess.run(["git", *author, "-C", str(folder), *words], check=True, capture_output=True)


def commit(folder: Path, name: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    git(folder, "add", name)
    git(folder, "commit", "--message", f"Add {name}")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clone with a history: a second migration, and something after it."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init")
    for name in ("0001_initial.py", "0002_more.py"):
        commit(folder, f"valhub/jobs/migrations/{name}")
    commit(folder, "valhub/jobs/models.py")
    return folder


def test_the_older_version_lacks_the_newest_migration(project: Path, tmp_path: Path) -> None:
    unpack_version_before(project, tmp_path / "older")
    assert [path.name for path in (tmp_path / "older").rglob("*.py")] == ["0001_initial.py"]


def test_a_folder_without_history_says_so(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"is no clone. Clone it with git\.$"):
        unpack_version_before(tmp_path, tmp_path / "older")


def test_a_clone_with_part_of_the_history_says_so(project: Path, tmp_path: Path) -> None:
    part = tmp_path / "part"
    git(tmp_path, "clone", "--depth", "1", project.as_uri(), str(part))
    with pytest.raises(AssertionError, match=r"part of it. Run `git fetch --unshallow`\.$"):
        unpack_version_before(part, tmp_path / "older")


def test_only_a_whole_clone_has_a_history(project: Path, tmp_path: Path) -> None:
    part = tmp_path / "part"
    git(tmp_path, "clone", "--depth", "1", project.as_uri(), str(part))
    assert [has_history(one) for one in (project, part, tmp_path)] == [True, False, False]


def migrations(release: Path) -> set[str]:
    found = release.glob("valhub/*/migrations/[0-9]*.py")
    return {str(path.relative_to(release)) for path in found}


def all_run_from(story: Story, version: str) -> bool:
    """Wait until every unit runs the version in a folder; whether none runs another."""
    deadline = time.monotonic() + PATIENCE_S
    while not all((found := story.machine.running_versions()).values()):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    assert {"valhub-web", "valhub-sweeper", "valhub-worker@1"} <= set(found)
    return set(found.values()) == {version}


def scores(submission: HubSubmission) -> dict[str, Any]:
    """What a person reads of a result; a later version may show more beside it."""
    assert submission.result is not None, submission
    metrics = submission.result["metrics"].items()
    return {name: metric["value"] for name, metric in metrics if metric["value"] is not None}


def newcomer_uses_the_hub(story: Story, name: str) -> None:
    """Somebody registers and submits; those before sign in and see all results as they were."""
    for before, submission in story.submissions.items():
        story.signs_in(before)
        assert scores(story.people[before].submission(submission)) == story.scores[before]
        assert '<h2 id="scores">' in story.page(before, f"/submissions/{submission}")
    story.registers(name)
    submission = story.submissions[name] = story.submits(name, "right").id
    assert story.status(submission, "finished", "failed") == "finished"
    story.scores[name] = scores(story.people[name].submission(submission))
    assert sorted(story.leaders()) == sorted(story.submissions.values())


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked release that is installed first.

    An unpacked release has no history: there this version takes over from itself, and says so.
    """
    folder = tmp_path_factory.mktemp("releases") / "older"
    if has_history(ROOT):
        unpack_version_before(ROOT, folder)
        assert migrations(folder) < migrations(ROOT)
    else:
        print("NO HISTORY: the older version is this one. Test upgrades in a whole clone.")  # noqa: T201
        copy_version(ROOT, folder)
    return folder


@pytest.mark.services
class TestAnUpgrade:
    """Each of these goes on where the one before it ended."""

    def test_an_older_version_is_installed_and_used(self, story: Story, older: Path) -> None:
        story.installs(older)
        approving, _ = to_follow("An administrator's commands", older / "docs/administrators.md")
        story.registers("olivia")
        story.machine.follow(approving, older)
        story.analysis = story.publishes()
        newcomer_uses_the_hub(story, "paul")

    def test_it_goes_on_with_a_migrated_database(self, story: Story, older: Path) -> None:
        installed = story.machine.installed_version()
        installing, _, rolling_back = to_follow("Upgrades")
        # Both guides name the older version for a day.
        [named] = re.findall(r"/opt/(valhub-\S+) ", rolling_back.text)
        story.machine.known[named] = installed
        story.machine.follow(installing)
        assert all_run_from(story, installed)
        newcomer_uses_the_hub(story, "carl")

    @pytest.mark.parametrize(
        ("newcomer", "block", "version"),
        [("nora", 1, "valhub-2027-01-15"), ("emil", 2, ""), ("zoe", 1, "valhub-2027-01-15")],
        ids=["upgrade", "rollback", "another upgrade"],
    )
    def test_a_switch(
        self, story: Story, older: Path, newcomer: str, block: int, version: str
    ) -> None:
        before = story.machine.installed_version()
        story.machine.follow(to_follow("Upgrades")[block], ROOT if version else older)
        assert story.machine.installed_version() != before
        story.waits_for_the_hub()
        assert all_run_from(story, story.machine.installed_version())
        newcomer_uses_the_hub(story, newcomer)
