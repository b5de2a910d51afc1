"""Every service and selector has a caller in the product: what only tests call is no door."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {"services", "selectors"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass
class Module:
    """What stands in a module, and what it takes from others, each by its dotted name."""

    name: str
    tree: ast.Module
    aliases: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                for one in node.names:
                    self.aliases[one.asname or one.name] = f"{node.module}.{one.name}"

    def functions(self) -> dict[str, ast.AST]:
        return {one.name: one for one in self.tree.body if isinstance(one, FUNCTIONS)}

    def named_in(self, part: ast.AST) -> Iterator[str]:
        """Dotted names that a part of the module reads, its own among them."""
        for node in ast.walk(part):
            if isinstance(node, ast.Name):
                yield self.aliases.get(node.id, f"{self.name}.{node.id}")
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                yield f"{self.aliases.get(node.value.id, node.value.id)}.{node.attr}"
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value  # settings name functions by their dotted path


def without_a_caller(modules: list[Module]) -> list[str]:
    """Public functions of the rooms that nothing reaches from outside them, directly or not."""
    bodies = {
        f"{one.name}.{name}": (one, body)
        for one in modules
        for name, body in one.functions().items()
    }
    of_rooms = {name for name, (one, _) in bodies.items() if ROOMS & set(one.name.split("."))}
    reached, waiting = (
        set(),
        [
            name
            for one in modules
            for part in one.tree.body
            # What the rooms do when they are imported counts; their functions have to be reached.
            if not (isinstance(part, FUNCTIONS) and f"{one.name}.{part.name}" in of_rooms)
            for name in one.named_in(part)
        ],
    )
    while waiting:
        name = waiting.pop()
        if name in bodies and name not in reached:
            reached.add(name)
            module, body = bodies[name]
            waiting += module.named_in(body)
    return sorted(
        name for name in of_rooms - reached if not name.rpartition(".")[2].startswith("_")
    )


@pytest.fixture(scope="module")
def product() -> list[Module]:
    return [
        Module(".".join(path.relative_to(ROOT).with_suffix("").parts), ast.parse(path.read_text()))
        for path in sorted((ROOT / "valhub").rglob("*.py"))
        if "migrations" not in path.parts
    ]


def test_every_service_has_a_caller(product: list[Module]) -> None:
    assert without_a_caller(product) == []


SERVICE = """
def closes():
    return _rows()

def _rows():
    return helps()

def helps():
    return helps()
"""


@pytest.mark.parametrize(
    ("caller", "left"),
    [
        ("", ["shop.services.doors.closes", "shop.services.doors.helps"]),
        (
            "from shop.services.doors import closes\n",
            ["shop.services.doors.closes", "shop.services.doors.helps"],
        ),
        ("from shop.services.doors import closes\ncloses()\n", []),
        ("from shop.services import doors\ndoors.closes()\n", []),
        ("from shop.services import doors as all_doors\n\ndef go():\n    all_doors.closes()\n", []),
        ("from shop.services.doors import helps as aid\naid()\n", ["shop.services.doors.closes"]),
        ('BACKENDS = ["shop.services.doors.closes"]\n', []),
        (
            "def closes():\n    pass\n\ncloses()\n",
            ["shop.services.doors.closes", "shop.services.doors.helps"],
        ),
    ],
)
def test_what_a_caller_is(caller: str, left: list[str]) -> None:
    modules = [
        Module("shop.services.doors", ast.parse(SERVICE)),
        Module("shop.views", ast.parse(caller)),
    ]
    assert without_a_caller(modules) == left
