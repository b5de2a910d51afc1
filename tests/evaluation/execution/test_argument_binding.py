"""Which of a task's keyword arguments reach the algorithm's function, and how."""

from collections.abc import Callable

import pytest

from valhub.evaluation.execution.guest.entry import bind_arguments
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.outcome import Outcome

KEYWORDS = {"latitude": 40, "longitude": -105, "tilt": 45}

CASES = [
    ("def f(s): pass", (), {}),
    ("def f(s, latitude): pass", (), {"latitude": 40}),
    ("def f(s, tilt, latitude=0): pass", (), {"tilt": 45, "latitude": 40}),
    ("def f(s, latitude, window=5): pass", (), {"latitude": 40}),
    ("def f(s, lat, lon): pass", (40, -105), {}),
    ("def f(s, lat, lon, beta, more=1): pass", (40, -105, 45), {}),
    ("def f(s, lat, longitude): pass", (40, -105), {}),
    ("def f(s, *rest): pass", (40, -105, 45), {}),
    ("def f(*args): pass", (40, -105, 45), {}),
    ("def f(s, **rest): pass", (), KEYWORDS),
    ("def f(s, latitude, **rest): pass", (), KEYWORDS),
    ("def f(s, *, tilt): pass", (), {"tilt": 45}),
    ("def f(s, *, window=5): pass", (), {}),
    ("def f(s, window=5): pass", (40,), {}),
    ("f = int", (), {}),
    ("from functools import partial\ndef g(a, s, tilt): pass\nf = partial(g, 1)", (), {"tilt": 45}),
    ("class C:\n    def __call__(self, s, latitude): pass\nf = C()", (), {"latitude": 40}),
    ("class C:\n    @staticmethod\n    def g(s, tilt): pass\nf = C.g", (), {"tilt": 45}),
]


@pytest.mark.parametrize(("source", "positional", "named"), CASES, ids=[c[0] for c in CASES])
def test_arguments_are_bound(
    source: str, positional: tuple[object, ...], named: dict[str, object]
) -> None:
    scope: dict[str, object] = {}
    exec(source, scope)  # the functions are data here
    assert bind_arguments(scope["f"], KEYWORDS) == (positional, named)


def test_arguments_arrive_at_the_algorithm(
    make_host: Callable[..., Host], ask: Callable[..., Outcome]
) -> None:
    host = make_host("def f(data, tilt, latitude=None): return [data, tilt, latitude]")
    assert ask(host, "series", **KEYWORDS).answer == ["series", 45, 40]
