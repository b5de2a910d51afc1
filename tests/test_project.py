"""The project's own promises: docs that match the code, locks that match the requirements."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from valhub.client.cli import main
from valhub.client.exit_codes import MEANINGS
from valhub.evaluation.packages.tasks.task_config import TaskConfig
from valhub.evaluation.results import Verdict
from valhub.evaluation.scoring.metrics import METRICS, Metric
from valhub.evaluation.scoring.operations import OPERATIONS

ROOT = Path(__file__).parents[1]
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LOCKS = sorted(ROOT.glob("requirements/*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def read(name: str) -> str:
    return (ROOT / name).read_text()


def pins(name: str) -> dict[str, Version]:
    found = re.findall(r"^([\w.-]+)==([^ ;\\]+)", read(f"requirements/{name}.txt"), re.MULTILINE)
    return {canonicalize_name(package): Version(version) for package, version in found}


def metric_row(metric: Metric) -> str:
    best = "0" if metric.signed else "lower" if metric.lower_is_better else "higher"
    name = f"`{metric.name}`" + (" *" if metric.needs_tolerance else "")
    kind = metric.kind.value.replace("_", " ")
    formula = metric.formula.replace("|", "\\|")
    return f"| {name} | {kind} | {metric.unit} | {best} | {formula} | {metric.source} |"


def test_readme_names_the_two_commands() -> None:
    assert "\nmake demo " in read("README.md")
    assert "\nmake test " in read("README.md")


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_is_documented(command: str) -> None:
    assert any(f"valhub {command}" in page.read_text() for page in DOCS)


def test_make_help_lists_every_target() -> None:
    makefile = read("Makefile")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert set(phony.split()) == set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_organisers_page_describes_every_metric(metric: Metric) -> None:
    assert metric_row(metric) in read("docs/organisers.md").splitlines()


def test_organisers_page_describes_no_metric_that_is_gone() -> None:
    table = read("docs/organisers.md").partition("<!-- metrics")[2].partition("<!-- /metrics")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(METRICS)


def test_organisers_page_names_every_operation() -> None:
    listed = re.search(r"<!-- operations -->(.*)<!-- /operations -->", read("docs/organisers.md"))
    assert listed is not None
    assert listed[1] == ", ".join(f"`{name}`" for name in OPERATIONS)


def test_organisers_page_describes_every_key_of_the_configuration() -> None:
    section = read("docs/organisers.md").partition("### config.json")[2].partition("### ")[0]
    described = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    keys = {name for name, field in TaskConfig.model_fields.items() if not field.exclude}
    assert described == keys


@pytest.mark.parametrize("verdict", list(Verdict))
def test_participants_page_explains_every_verdict(verdict: Verdict) -> None:
    assert f"\n| `{verdict.value}` |" in read("docs/participants.md")


def test_participants_page_explains_every_exit_code() -> None:
    for code, meaning in MEANINGS.items():
        assert f"| {code.value} | {meaning} |" in read("docs/participants.md")


def test_the_guides_describe_every_field_of_every_route() -> None:
    sources = [path.read_text() for path in (ROOT / "valhub/api/v0").glob("*.py")]
    read_fields = re.compile(r"(?:inputs\.\w+(?:\(|, )|text\()\"(\w+)\"")
    fields = {name for source in sources for name in read_fields.findall(source)}
    guides = read("docs/participants.md") + read("docs/organisers.md")
    assert {"draft", "githubLink", "ruleset", "algorithm", "username", "user_id"} <= fields
    assert {name for name in fields if f"`{name}`" not in guides} == set()


def test_the_guides_name_every_route() -> None:
    guides = read("docs/participants.md") + read("docs/organisers.md")
    guides = re.sub(r"<\w+>|(?<![A-Za-z])[A-Z]{2,}", "*", guides)
    routes = re.findall(r'path\(\s*"([^"]+)"', read("valhub/api/v0/urls.py"), re.DOTALL)
    assert len(routes) > 15
    shown = [re.sub(r"<\w+:\w+>", "*", route) for route in routes]
    assert [route for route in shown if f"/{route}" not in guides] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_holds_the_marks_of_a_conflict(page: Path) -> None:
    assert not re.findall(r"^(?:<{7} |={7}$|>{7} )", page.read_text(), re.MULTILINE)


def test_decisions_are_numbered_without_a_gap_and_named_by_their_number() -> None:
    pages = sorted(ROOT.glob("docs/decisions/*.md"))
    numbers = [f"{number:03}" for number in range(1, len(pages) + 1)]
    assert [page.name[:3] for page in pages] == numbers
    assert [page.read_text()[:6] for page in pages] == [f"# {number} " for number in numbers]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_a_hash(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n", "", lock.read_text()).strip())
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_name_no_index(lock: Path) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links", lock.read_text())


@pytest.mark.parametrize(
    ("lock", "groups"), [("run", ()), ("dev", ("dev", "tasks"))], ids=["run", "dev"]
)
def test_locks_hold_what_the_project_requires(lock: str, groups: tuple[str, ...]) -> None:
    wanted = [*PROJECT["project"]["dependencies"]]
    wanted += [line for group in groups for line in PROJECT["dependency-groups"][group]]
    locked = pins(lock)
    for one in map(Requirement, wanted):
        assert one.specifier.contains(locked[canonicalize_name(one.name)], prereleases=True), one


@pytest.mark.parametrize("lock", ["run", "uv"])
def test_locks_agree_with_the_developers_lock(lock: str) -> None:
    assert pins(lock)
    assert pins(lock).items() <= pins("dev").items()


WALK = read("docs/architecture.md").partition("## A newcomer's walk")[2].partition("\n## ")[0]
STEPS = re.findall(r"^\d+\. `([^`]+)`: (.+)$", WALK, re.MULTILINE)


def test_newcomers_walk_has_at_most_twenty_files_with_a_sentence_each() -> None:
    assert 15 <= len(STEPS) <= 20
    assert len({file for file, _ in STEPS}) == len(STEPS)
    assert all(re.fullmatch(r"[^.]+(\.zip[^.]*)?\.", sentence) for _, sentence in STEPS)


@pytest.mark.parametrize("file", re.findall(r"`(valhub/[^`]+)`", WALK))
def test_newcomers_walk_names_files_that_exist(file: str) -> None:
    assert (ROOT / file).exists()
