"""The rules of `valhub.errors`, held for every error there is."""

import ast
import builtins
import re
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import valhub
from valhub.errors import ValhubError
from valhub.http.statuses import STATUSES, find_status

ROOT = Path(valhub.__file__).parent
# The guest runs inside the sandbox and cannot import the root.
GUEST = "valhub.evaluation.execution.guest."
# Nobody reads these: they only lead the flow out of what is over.
CONTROL_FLOW = {
    "LostLease",
    "Interrupted",
    "CallFailed",
    "Unsendable",
    "LimitsLost",
    "_Repeat",
    "_Unreadable",
}
# The engine's class above all that it finds wrong with an upload gives its status to all of them.
ANSWERED = ("valhub.errors", "valhub.accounts", "valhub.analyses", "valhub.jobs", "valhub.http",
            "valhub.leaderboards", "valhub.api", "valhub.web", "valhub.evaluation")  # fmt: skip


@cache
def every_class() -> set[type]:
    """Import every module and gather the classes they define."""
    names = [one.name for one in walk_packages(valhub.__path__, "valhub.")]
    modules = [import_module(name) for name in names if ".migrations." not in name]
    return {
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and one.__module__ == module.__name__
    }


def errors() -> list[type[ValhubError]]:
    return [one for one in every_class() if issubclass(one, ValhubError)]


def raised_with_a_code() -> list[tuple[str, str]]:
    """Kind and code of everything that is made with a code of its own."""
    calls = [
        node
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    kinds = {kind.__name__ for kind in errors()}
    return [
        (call.func.id, keyword.value.value)
        for call in calls
        for keyword in call.keywords
        if call.func.id in kinds and keyword.arg == "code"
    ]


def test_there_is_one_root() -> None:
    outside = {
        one.__name__
        for one in every_class()
        if issubclass(one, BaseException) and not issubclass(one, ValhubError)
        if not one.__module__.startswith(GUEST)
    }
    assert outside == CONTROL_FLOW


def test_every_error_says_a_sentence_of_its_own() -> None:
    silent = [kind.__name__ for kind in errors() if not kind.__doc__ or kind.sentence()[-1:] != "."]
    assert silent == []
    sentences = Counter(kind.sentence() for kind in errors())
    assert [one for one, count in sentences.items() if count > 1] == []


def test_every_reason_has_one_code() -> None:
    codes = [kind.code for kind in errors()] + [code for _, code in raised_with_a_code()]
    assert [code for code in codes if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)] == []
    assert [code for code, count in Counter(codes).items() if count > 1] == []


def test_what_the_hub_answers_has_a_status() -> None:
    without = {kind for kind in errors() if find_status(kind) is None}
    assert ValhubError in without
    assert [kind for kind in without - {ValhubError} if kind.__module__.startswith(ANSWERED)] == []


def test_every_status_is_one_of_an_error() -> None:
    assert all(issubclass(kind, ValhubError) and status >= 400 for kind, status in STATUSES.items())


def test_no_error_hides_a_builtin_one() -> None:
    assert [kind.__name__ for kind in errors() if hasattr(builtins, kind.__name__)] == []
