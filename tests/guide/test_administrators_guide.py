"""The administrators' guide, followed word for word: from an empty machine to a restored backup.

The blocks are read from the document. Between them people use the hub through its proxy, as they
would. `test_upgrades.py` follows the last chapter, on a machine that has an older version.
"""

import re

import pytest

from guide.blocks import CHAPTERS, NOT_FOLLOWED, blocks, to_follow
from guide.story import Story
from valhub.client.hub import HubRefused

SQL_OR_PYTHON = re.compile(
    r"\bpsql\b|\b(SELECT|UPDATE|DELETE)\b|manage\.py|python3? -(c|m (?!venv))"
)
# The ids and times of the document.
RUNS_IN_CIRCLES = "0b9f1d1e-52c7-4a37-9d3c-1f4a2b6f7c10"
COPIED = "1cd7e0ea-884d-44ce-9e96-5f186bf99904"
LAST_NIGHT = "2026-11-27T020000Z"


def test_the_guide_has_what_is_followed() -> None:
    openings = [block.opening for block in blocks()]
    assert set(NOT_FOLLOWED) <= set(openings)
    assert [len(to_follow(chapter)) for chapter in CHAPTERS] == [7, 2, 3, 3]


def test_nothing_needs_sql_or_python() -> None:
    assert SQL_OR_PYTHON.search("psql --command 'UPDATE accounts'")
    assert SQL_OR_PYTHON.search("/opt/valhub/bin/python3 -m django shell")
    assert not [block.opening for block in blocks() if SQL_OR_PYTHON.search(block.text)]


@pytest.mark.services
class TestTheGuide:
    """Each of these goes on where the one before it ended."""

    def test_a_hub_is_installed(self, story: Story) -> None:
        said = story.installs()
        assert story.signs_in("anna").account_id
        for part in ("web", "worker", "sweeper"):
            assert part in said

    def test_people_are_helped(self, story: Story) -> None:
        approving, others = to_follow("An administrator's commands")
        story.registers("olivia")
        with pytest.raises(HubRefused, match="organiser"):
            story.publishes()
        story.machine.follow(approving)
        story.analysis = story.publishes()
        for name in ("paul", "carl"):
            story.registers(name)
        copied = story.submits("carl", "right").id
        assert story.status(copied, "finished", "failed") == "finished"
        circles = story.submits("paul", "endless").id
        assert story.status(circles, "running") == "running"
        story.machine.known |= {RUNS_IN_CIRCLES: circles, COPIED: copied}
        said = story.machine.follow(others)
        assert story.status(circles, "cancelled") == "cancelled"
        assert story.status(copied, "finished", "failed") == "finished"
        with pytest.raises(HubRefused, match="wrong"):
            story.signs_in("paul")
        story.learns_password("paul", said)
        story.signs_in("paul")
        story.signs_in("carl")
        story.submissions["copied"] = copied
        for act in ("reset", "cancel", "hide", "rerun"):
            assert act in said

    def test_a_backup_is_taken_and_restored(self, story: Story) -> None:
        backing_up, verifying, restoring = to_follow("Backup and restore")
        before = story.leaders()
        assert before == [story.submissions["copied"]]
        story.machine.follow(backing_up)
        [taken] = (story.machine.root / "var/backups/valhub").glob("*Z")
        story.machine.known[LAST_NIGHT] = taken.name
        story.machine.follow(verifying)
        story.submits("paul", "right")
        story.machine.follow(restoring)
        story.waits_for_the_hub()
        story.signs_in("olivia")
        assert story.leaders() == before

    def test_nothing_was_left_out(self, story: Story) -> None:
        wanted = [block.opening for chapter in CHAPTERS[:-1] for block in to_follow(chapter)]
        assert story.machine.followed == wanted
