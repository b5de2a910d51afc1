"""People who use the hub of a machine through its proxy, as they would."""

import re
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guide.blocks import to_follow
from guide.machine import ROOT, Machine
from valhub.client.hub import Hub, HubSubmission

PATIENCE_S = 240
TEXTS = ("description", "short_description", "ruleset", "dataset_description")


@dataclass
class Story:
    """What people of the hub know, from one chapter to the next."""

    machine: Machine
    packed: dict[str, Path] = field(default_factory=dict)
    people: dict[str, Hub] = field(default_factory=dict)
    analysis: int = 0
    passwords: dict[str, str] = field(default_factory=dict)
    submissions: dict[str, str] = field(default_factory=dict)
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)

    def installs(self, release: Path = ROOT) -> str:
        """An administrator follows a release's own guide on the empty machine.

        Gives what the hub said at the end.
        """
        guide = release / "docs/administrators.md"
        *installing, people = to_follow("One machine, step by step", guide)
        for block in installing:
            self.machine.follow(block, release)
        self.waits_for_the_hub()
        said = self.machine.follow(people, release)
        self.learns_password("anna", said)
        return said

    def learns_password(self, name: str, said: str) -> None:
        """Somebody is given the password that a command printed."""
        found = re.search(r"Its password: (\S+)", said)
        assert found is not None, said
        self.passwords[name] = found[1]

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

    def page(self, name: str, path: str) -> str:
        """What somebody reads who signed in in a browser."""
        cookies = urllib.request.HTTPCookieProcessor()
        browser = urllib.request.build_opener(cookies)
        form = urllib.parse.urlencode({"username": name, "password": self.passwords[name]})
        with browser.open(f"{self.machine.address}/login", form.encode()):
            pass
        with browser.open(self.machine.address + path) as answer:
            text: str = answer.read().decode()
            return text

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
