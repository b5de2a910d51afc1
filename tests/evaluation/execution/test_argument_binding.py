"""Which of a task's keyword arguments reach the algorithm's function, and how."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.guest.entry import bind_arguments
from valhub.evaluation.execution.guest.errors import UnusableArguments
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.program import Program
from valhub.evaluation.execution.runner import Job
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.results import Verdict

KEYWORDS = {"latitude": 40, "longitude": -105, "tilt": 45}
# Decorated, so that a check cannot see what it takes.
DECORATED = """
def plain(function):
    return lambda data, {parameters}: function(data, {parameters})

@plain
def f(data, {parameters}): return [data, {parameters}]
"""

CASES = [
    ("def f(s): pass", (), {}),
    ("def f(s, latitude): pass", (), {"latitude": 40}),
    ("def f(s, tilt, latitude=0): pass", (), {"tilt": 45, "latitude": 40}),
    ("def f(s, latitude, window=5): pass", (), {"latitude": 40}),
    ("def f(s, lat, lon, beta): pass", (40, -105, 45), {}),
    ("def f(s, lat, lon, beta, more=1): pass", (40, -105, 45), {}),
    ("def f(s, lat, longitude, tilt): pass", None, {}),
    ("def f(s, lat, longitude): pass", None, {}),
    ("def f(s, lat, lon): pass", None, {}),
    ("def f(s, lat, *, tilt): pass", None, {}),
    ("def f(*, series): pass", None, {}),
    ("def f(): pass", None, {}),
    ("def f(s, *rest): pass", (40, -105, 45), {}),
    ("def f(*args): pass", (40, -105, 45), {}),
    ("def f(s, **rest): pass", (), KEYWORDS),
    ("def f(s, latitude, **rest): pass", (), KEYWORDS),
    ("def f(s, *, tilt): pass", (), {"tilt": 45}),
    ("def f(s, *, window=5): pass", (), {}),
    ("def f(s, window=5): pass", (), {}),
    ("def f(s, tilt, latitude, /): pass", (45, 40), {}),
    ("def f(s, tilt, *rest): pass", (45, 40, -105), {}),
    ("f = int", (), {}),
    ("from functools import partial\ndef g(a, s, tilt): pass\nf = partial(g, 1)", (), {"tilt": 45}),
    ("class C:\n    def __call__(self, s, latitude): pass\nf = C()", (), {"latitude": 40}),
    ("class C:\n    def g(self, s, tilt): pass\nf = C().g", (), {"tilt": 45}),
    ("class C:\n    @staticmethod\n    def g(s, tilt): pass\nf = C.g", (), {"tilt": 45}),
]


@pytest.mark.parametrize(("source", "positional", "named"), CASES, ids=[c[0] for c in CASES])
def test_arguments_are_bound(
    source: str, positional: tuple[object, ...] | None, named: dict[str, object]
) -> None:
    scope: dict[str, object] = {}
    exec(source, scope)  # the functions are data here
    if positional is None:
        with pytest.raises(UnusableArguments):
            bind_arguments(scope["f"], KEYWORDS)
    else:
        assert bind_arguments(scope["f"], KEYWORDS) == (positional, named)


def test_arguments_arrive_at_the_algorithm(
    make_host: Callable[..., Host], ask: Callable[..., Outcome]
) -> None:
    host = make_host("def f(data, tilt, latitude=None): return [data, tilt, latitude]")
    assert ask(host, "series", **KEYWORDS).answer == ["series", 45, 40]


MakeHost = Callable[[str, OfferedArguments], Host]


@pytest.fixture
def host_of_task(
    make_program: Callable[..., Program], host_sandbox: Bubblewrap, quick: CallLimits
) -> Iterator[MakeHost]:
    """Make the host of an algorithm of a task; it is closed after the test."""
    hosts = []

    def make(source: str, offered: OfferedArguments) -> Host:
        hosts.append(Host(host_sandbox, make_program(source, offered=offered), quick))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


def test_author_learns_what_is_offered_even_when_the_data_is_hidden(
    host_of_task: MakeHost, ask: Callable[..., Outcome]
) -> None:
    source = DECORATED.format(parameters="lat, longitude")
    host = host_of_task(source, OfferedArguments(tuple(KEYWORDS)))
    outcome = ask(host, "series", reveal=False, **KEYWORDS)
    assert outcome.never_ran
    assert outcome.failure is not None
    assert outcome.failure.verdict is Verdict.ERROR
    assert outcome.failure.message == (
        'The function requires "lat", which this task does not offer. Did you mean "latitude"? '
        "Arguments are passed by name here. This task offers latitude, longitude, tilt, in this "
        "order. Rename it, give it a default, or remove it."
    )


def test_arguments_arrive_by_position_when_the_task_asks_for_it(
    host_of_task: MakeHost, ask: Callable[..., Outcome], tmp_path: Path
) -> None:
    source = DECORATED.format(parameters="longitude, latitude")
    host = host_of_task(source, OfferedArguments(tuple(KEYWORDS), by_position=True))
    data = tmp_path / "input.frame"
    with data.open("wb") as file:
        wire.write_value(file, "series")
    request = Job("a.csv", data, 1, KEYWORDS, by_position=True).request
    assert host.call(request, data).answer == ["series", 40, -105]
