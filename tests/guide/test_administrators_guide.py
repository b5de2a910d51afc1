"""The administrators' guide, followed word for word: from an empty machine to a rollback.

The blocks are read from the document. Between them people use the hub through its proxy, as they
would.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from guide.blocks import CHAPTERS, Block, blocks
from guide.machine import Machine, new_machine
from valhub.client.hub import Hub, HubRefused, HubSubmission

# Blocks that are not for typing in, with the reason.
NOT_FOLLOWED = {
    "valhub admin [--data DIR] COMMAND": "says how all of the commands are written",
    "[Socket]": "is the text of a file, for another address",
    "valhub backup FOLDER [--data DIR]": "says how both commands are written",
}
PATIENCE_S = 240
TEXTS = ("description", "short_description", "ruleset", "dataset_description")
ENDLESS = "import time\n\n\ndef estimate_azimuth(series):\n    time.sleep(600)\n"
SQL_OR_PYTHON = re.compile(
    r"\bpsql\b|\b(SELECT|UPDATE|DELETE)\b|manage\.py|python3? -(c|m (?!venv))"
)
# The ids and times of the document.
RUNS_IN_CIRCLES = "0b9f1d1e-52c7-4a37-9d3c-1f4a2b6f7c10"
COPIED = "1cd7e0ea-884d-44ce-9e96-5f186bf99904"
LAST_NIGHT = "2026-11-27T020000Z"


def to_follow(chapter: str) -> list[Block]:
    """The blocks of a chapter that are commands to type in."""
    return [one for one in blocks() if one.chapter == chapter and one.opening not in NOT_FOLLOWED]


def test_the_guide_has_what_is_followed() -> None:
    openings = [block.opening for block in blocks()]
    assert set(NOT_FOLLOWED) <= set(openings)
    assert [len(to_follow(chapter)) for chapter in CHAPTERS] == [7, 2, 3, 3]


def test_nothing_needs_sql_or_python() -> None:
    assert SQL_OR_PYTHON.search("psql --command 'UPDATE accounts'")
    assert SQL_OR_PYTHON.search("/opt/valhub/bin/python3 -m django shell")
    assert not [block.opening for block in blocks() if SQL_OR_PYTHON.search(block.text)]


@dataclass
class Story:
    """What people of the hub know, from one chapter to the next."""

    machine: Machine
    packed: dict[str, Path] = field(default_factory=dict)
    people: dict[str, Hub] = field(default_factory=dict)
    analysis: int = 0
    passwords: dict[str, str] = field(default_factory=dict)
    submissions: dict[str, str] = field(default_factory=dict)

    def registers(self, name: str) -> Hub:
        """A stranger makes an account and signs in."""
        self.passwords[name] = f"a long password of {name}"
        hub = self.people[name] = Hub(self.machine.address)
        hub.register(username=name, email=f"{name}@example.org", password=self.passwords[name])
        self.signs_in(name)
        return hub

    def signs_in(self, name: str) -> Hub:
        hub = self.people[name] = Hub(self.machine.address)
        hub.sign_in(username=name, password=self.passwords[name])
        return hub

    def publishes(self) -> int:
        fields = {"analysis_name": "Azimuths", **dict.fromkeys(TEXTS, "")}
        return self.people["olivia"].upload_analysis(fields, self.packed["task"])

    def submits(self, name: str, what: str) -> HubSubmission:
        return self.people[name].submit(self.analysis, self.packed[what], display_name=what)

    def status(self, submission: str, *wanted: str) -> str:
        """Wait until a submission has one of the statuses; gives the one it has."""
        asks = self.people["olivia"]
        deadline, status = time.monotonic() + PATIENCE_S, ""
        while status not in wanted:
            assert time.monotonic() < deadline, f"{status}, and not {wanted}"
            time.sleep(0.1)
            status = asks.submission(submission).status
        return status

    def leaders(self) -> list[str]:
        return [one.id for one in self.people["olivia"].leaderboard(self.analysis)]

    def waits_for_the_hub(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not Hub(self.machine.address).is_ready():
            assert time.monotonic() < deadline, "The hub is not ready."
            time.sleep(0.1)


@pytest.fixture(scope="module")
def story(
    tmp_path_factory: pytest.TempPathFactory,
    engine_cache: Path,
    tiny_task: bytes,
    tiny_algorithm: Callable[..., bytes],
) -> Iterator[Story]:
    """A machine, and people with what they upload."""
    folder = tmp_path_factory.mktemp("guide")
    packed = {"task": tiny_task, "right": tiny_algorithm(), "endless": tiny_algorithm(ENDLESS)}
    with (
        new_machine(folder / "machine", engine_cache) as machine,
        pytest.MonkeyPatch.context() as patch,
    ):
        # Everybody's client checks the certificate that the administrator put there.
        patch.setenv("SSL_CERT_FILE", str(machine.proxy_folder / "fullchain.pem"))
        story = Story(machine)
        for name, content in packed.items():
            story.packed[name] = folder / f"{name}.zip"
            story.packed[name].write_bytes(content)
        yield story


@pytest.mark.services
class TestTheGuide:
    """Each of these goes on where the one before it ended."""

    def test_a_hub_is_installed(self, story: Story) -> None:
        *installing, people = to_follow("One machine, step by step")
        for block in installing:
            story.machine.follow(block)
        story.waits_for_the_hub()
        said = story.machine.follow(people)
        found = re.search(r"Its password: (\S+)", said)
        assert found is not None, said
        story.passwords["anna"] = found[1]
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
        found = re.search(r"Its password: (\S+)", said)
        assert found is not None, said
        story.passwords["paul"] = found[1]
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

    def test_another_version_takes_over_and_gives_back(self, story: Story) -> None:
        installing, switching, rolling_back = to_follow("Upgrades")
        opt = story.machine.root / "opt"
        story.machine.follow(installing)
        for block, version in ((switching, "2027-01-15"), (rolling_back, "2026-11-27")):
            story.machine.follow(block)
            assert (opt / "valhub").resolve() == opt / f"valhub-{version}"
            story.waits_for_the_hub()
            story.signs_in("paul")
            again = story.submits("paul", "right").id
            assert story.status(again, "finished", "failed") == "finished"
            assert {story.submissions["copied"]} < set(story.leaders())

    def test_nothing_was_left_out(self, story: Story) -> None:
        wanted = [block.opening for chapter in CHAPTERS for block in to_follow(chapter)]
        assert story.machine.followed == wanted
