"""What a function gets of a task's arguments: the same by reading its source and by running it."""

import inspect
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.execution.guest import entry
from valhub.evaluation.execution.guest.errors import UnusableArguments
from valhub.evaluation.packages.algorithms import argument_binding
from valhub.evaluation.packages.algorithms.argument_binding import Bound, Mismatch, bind
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.algorithms.source_code import read_module
from valhub.evaluation.packages.faults import FaultList

NAMES = ("latitude", "longitude", "timezone")
OFFERED = OfferedArguments(NAMES)
IN_ORDER = OfferedArguments(NAMES, by_position=True)


def run(source: str) -> object:
    scope: dict[str, object] = {}
    exec(source, scope)  # the functions are data here
    return scope["f"]


@pytest.fixture
def read(tmp_path: Path):
    """Reads the parameters of `f` from its source; None where only running it would show."""

    def read(source: str) -> tuple[inspect.Parameter, ...] | None:
        path = tmp_path / "submission_wrapper.py"
        path.write_text(source)
        faults = FaultList("it")
        module = read_module(path, faults, file=path.name)
        faults.raise_if_any()
        assert module is not None
        return module.bindings["f"].parameters

    return read


def got(source: str, offered: OfferedArguments = OFFERED) -> dict[str, object]:
    """Call the function with names for values; it returns what it got."""
    keywords = {name: name for name in offered.names}
    values, named = entry.bind_arguments(run(source), keywords, by_position=offered.by_position)
    return run(source)("data", *values, **named)


FAULTS = {
    "def f(s, longitude, latitude, tz): ...": ('requires "tz"', 'mean "timezone"?'),
    "def f(s, lat, longitude): ...": ('requires "lat"', 'mean "latitude"?'),
    "def f(s, lat, lng): ...": ('requires "lat" and "lng"', '"longitude" for "lng"?'),
    "def f(s, lattitude, longitude): ...": ('requires "lattitude"', 'mean "latitude"?'),
    "def f(s, a, b): ...": ('requires "a" and "b"', "Arguments are passed by name here."),
    "def f(s, a, b, c, d): ...": ('requires "a", "b", "c" and "d"', "Rename them"),
    "def f(s, lon, lat, tz): ...": ('requires "lon", "lat" and "tz"', '"longitude" for "lon"'),
    "def f(s, lat=None, lon=None): ...": ('names "lat" and "lon"', '"latitude" for "lat"'),
    "def f(s, Latitude=0.0): ...": ('names "Latitude"', 'mean "latitude"?'),
    "def f(s, time_zone='UTC'): ...": ('names "time_zone"', 'mean "timezone"?'),
    "def f(s, *, lat): ...": ('requires "lat"', 'mean "latitude"?'),
    "def f(s, *, a, b, c): ...": ('requires "a", "b" and "c"', "by name"),
    "def f(s, lat, **rest): ...": ('requires "lat"', 'mean "latitude"?'),
    "def f(s, lon, *rest): ...": ('requires "lon"', 'mean "longitude"?'),
    "def f(s, elevation, latitude): ...": ('requires "elevation"', "give it a default"),
    "def f(latitude, s): ...": ('first argument is "latitude"', "data first"),
}


@pytest.mark.parametrize("source", FAULTS)
def test_what_the_task_does_not_offer_is_a_fault_wherever_it_is_found(read, source):
    problem, fix = FAULTS[source]
    found = OFFERED.bind(read(source))
    assert isinstance(found, Mismatch)
    with pytest.raises(UnusableArguments) as while_running:
        got(source)
    assert " ".join(found) == str(while_running.value)
    assert problem in found.problem
    assert fix in found.fix
    assert "latitude, longitude, timezone, in this order" in found.fix


WAYS = {
    "def f(s): ...": "the data alone",
    "def f(s, window=5): ...": "the data alone",
    "def f(s, altitude=None): ...": "the data alone",
    "def f(s, a=1, b=2, c=3): ...": "the data alone",
    "def f(s, longitude, latitude, /): ...": "the data, and by name latitude, longitude",
    "def f(s, altitude=0, /, timezone=None): ...": "the data, and by name timezone",
    "def f(s, window=5, *, latitude): ...": "the data, and by name latitude",
    "def f(s, latitude, *rest): ...": "the data, and by name latitude, longitude, timezone",
    "def f(s, lat=None, **rest): ...": "the data, and by name latitude, longitude, timezone",
    "f = lambda s, timezone: None": "the data, and by name timezone",
    "def f(s, a, b, c): ...": (
        "the data, and by position a = latitude, b = longitude, c = timezone"
    ),
    "def f(s, lat=None, lon=None, tz=None, window=5): ...": (
        "the data, and by position lat = latitude, lon = longitude, tz = timezone"
    ),
    "def f(s, place, *rest): ...": (
        "the data, and by position place = latitude, longitude, timezone"
    ),
    "def f(*everything): ...": "the data, and by position latitude, longitude, timezone",
}


@pytest.mark.parametrize("source", WAYS)
def test_the_way_used_is_said(read, source):
    assert OFFERED.describe(read(source)) == WAYS[source]


BY_POSITION = {
    "def f(s): return ()": (),
    "def f(s, longitude): return longitude": "latitude",
    "def f(s, longitude, latitude): return longitude, latitude": ("latitude", "longitude"),
    "def f(s, window=5): return window": "latitude",
    "def f(s, a, /, *rest): return a, rest": ("latitude", ("longitude", "timezone")),
    "def f(s, a, *, timezone=0): return a, timezone": ("latitude", "timezone"),
    "def f(s, a, **rest): return a, rest": (
        "latitude",
        {"longitude": "longitude", "timezone": "timezone"},
    ),
    "def f(s, longitude, **rest): return longitude, rest": ("latitude", {"timezone": "timezone"}),
    "def f(s, a, b, c, d=4): return a, b, c, d": (*NAMES, 4),
}


@pytest.mark.parametrize("source", BY_POSITION)
def test_a_task_that_asks_for_positions_gets_them_whatever_the_names_are(read, source):
    assert got(source, IN_ORDER) == BY_POSITION[source]
    assert "by name" not in IN_ORDER.describe(read(source))


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("def f(s, a, b, c, d): ...", '"d"'),
        ("def f(s, *, latitude, a): ...", '"a"'),
        ("def f(s, latitude, *, site): ...", '"site"'),
    ],
)
def test_a_position_too_many_is_a_fault(read, source, left):
    found = IN_ORDER.bind(read(source))
    assert isinstance(found, Mismatch)
    assert f"requires {left}, for which nothing is left" in found.problem


@pytest.mark.parametrize(
    "source",
    [
        "from functools import wraps\n@wraps\ndef f(s): ...",
        "from helper import f",
        "def f(s): ...\nf = print",
        "try:\n    from a import f\nexcept ImportError:\n    def f(s): ...",
        "if 1:\n    def f(s): ...\nelse:\n    def f(s, tilt): ...",
        "def f(s): ...\nfrom helper import *",
    ],
)
def test_what_only_running_shows_is_left_to_the_sandbox(read, source):
    assert read(source) is None


@pytest.mark.parametrize(
    "source",
    [
        "if 1:\n    def f(s, tilt): ...",
        "if 1:\n    def f(s): ...\ndef f(s, tilt): ...",
        "from helper import *\ndef f(s, tilt): ...",
        "def f(s, tilt): ...\nf.limit = lambda: 3",
    ],
)
def test_the_last_definition_is_read(read, source):
    assert [p.name for p in read(source)] == ["s", "tilt"]


def test_nothing_offered_is_said():
    found = bind(list(inspect.signature(lambda s, tilt: None).parameters.values()), {})
    assert isinstance(found, Mismatch)
    assert "offers nothing but the data. Give it a default" in found.fix


@pytest.mark.parametrize("source", ["def f(s, a, a): ...", f"def f(s, {'x' * 300_000}): ..."])
def test_odd_names_are_faults_and_short(read, source):
    found = OFFERED.bind(read(source))
    assert isinstance(found, Mismatch)
    assert len("".join(found)) < 500


@pytest.mark.slow
def test_more_arguments_than_anybody_writes_are_refused(read):
    source = f"def f({', '.join(f'a{i}=1' for i in range(5000))}): ..."
    found = OFFERED.bind(read(source))
    assert isinstance(found, Mismatch)
    assert "takes 5,000 arguments" in found.problem


@given(order=st.permutations(NAMES), count=st.integers(1, 3), optional=st.booleans())
def test_any_order_of_names_gets_the_same_values(order, count, optional):
    asked = order[:count]
    default = "=None" if optional else ""
    source = f"def f(s, {', '.join(f'{n}{default}' for n in asked)}): return dict(locals(), s=0)"
    assert got(source) == {"s": 0, **{name: name for name in asked}}


KINDS = st.sampled_from(["{}", "{}=None", "{}=3"])


@st.composite
def sources(draw: st.DrawFn) -> str:
    """A function that returns what it got, with any kinds of arguments."""
    words = st.sampled_from([*NAMES, "lat", "lon", "tz", "site", "window", "altitude"])
    some = st.lists(words, unique=True, max_size=5)
    positional = draw(some)
    keyword_only = [one for one in draw(some) if one not in positional]
    kinds = sorted((draw(KINDS) for _ in positional), key=lambda kind: kind != "{}")
    parts = ["s", *(kind.format(one) for kind, one in zip(kinds, positional, strict=True))]
    parts += draw(st.sampled_from([[], ["/"]]))
    star = draw(st.sampled_from([[], ["*rest"]])) or (["*"] if keyword_only else [])
    parts += [*star, *(draw(KINDS).format(one) for one in keyword_only)]
    parts += draw(st.sampled_from([[], ["**more"]]))
    return f"def f({', '.join(parts)}): return dict(locals())"


@given(source=sources(), by_position=st.booleans())
def test_reading_and_running_agree_and_whatever_is_bound_can_be_called(source, by_position):
    offered = OfferedArguments(NAMES, by_position)
    expected = offered.bind(tuple(inspect.signature(run(source)).parameters.values()))
    if isinstance(expected, Mismatch):
        with pytest.raises(UnusableArguments):
            got(source, offered)
    else:
        assert isinstance(expected, Bound)
        result = got(source, offered)
        asked = [name for name in NAMES if name in result]
        if by_position:
            assert expected.by_position
        else:
            # Never swapped: what bears the name of an argument gets that argument.
            assert {name: result[name] for name in asked} == {name: name for name in asked}


@given(count=st.integers(1, 4), offered=st.integers(0, 4))
def test_position_is_used_for_exactly_the_tasks_count(count, offered):
    letters = "abcd"[:count]
    source = f"def f(s, {', '.join(letters)}): return [{', '.join(letters)}]"
    task = OfferedArguments(tuple(f"column_{number}" for number in range(offered)))
    if count == offered:
        assert got(source, task) == list(task.names)
    else:
        with pytest.raises(UnusableArguments):
            got(source, task)


def test_the_rule_inside_is_the_rule_outside():
    assert entry.bind is argument_binding.bind


@pytest.mark.parametrize("names", list(itertools.permutations(["lat", "lng", "tz"])))
def test_short_forms_are_taken_by_position_in_the_tasks_order_alone(names):
    source = f"def f(s, {', '.join(names)}): return lat, lng, tz"
    if names == ("lat", "lng", "tz"):
        assert got(source) == NAMES
    else:
        with pytest.raises(UnusableArguments, match='"latitude" for "lat"'):
            got(source)
