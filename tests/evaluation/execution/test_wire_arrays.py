"""NumPy values cross the wire exactly: dtype, shape, byte order and every value."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valhub.evaluation.execution.guest import wire

Roundtrip = Callable[[object], object]

DTYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?"),
    hnp.complex_number_dtypes(endianness="?"),
    hnp.datetime64_dtypes(endianness="?"),
    hnp.timedelta64_dtypes(endianness="?"),
    hnp.byte_string_dtypes(),
    hnp.unicode_string_dtypes(endianness="?"),
)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


def assert_same(back: object, value: np.ndarray) -> None:
    assert type(back) is np.ndarray
    assert (back.dtype, back.shape) == (value.dtype, value.shape)
    assert np.ascontiguousarray(back).tobytes() == np.ascontiguousarray(value).tobytes()


@given(hnp.arrays(DTYPES, SHAPES))
def test_every_plain_array_comes_back_the_same(roundtrip: Roundtrip, value: np.ndarray) -> None:
    assert_same(roundtrip(value), value)


@given(hnp.arrays(hnp.floating_dtypes(), st.just((4, 6))))
def test_arrays_in_any_layout_come_back_the_same(roundtrip: Roundtrip, value: np.ndarray) -> None:
    for view in (np.asfortranarray(value), value[::2, ::-1], value.T, value[:0], value[1:2, 3]):
        assert_same(roundtrip(view), view)


@given(hnp.arrays(DTYPES, st.just(())))
def test_every_scalar_comes_back_as_its_own_type(roundtrip: Roundtrip, value: np.ndarray) -> None:
    scalar = value[()]
    back = roundtrip(scalar)
    assert type(back) is type(scalar)
    assert np.asarray(back).dtype == np.asarray(scalar).dtype.newbyteorder("=")
    assert np.array_equal(back, scalar) or (back != back and scalar != scalar)


@pytest.mark.parametrize("unit", ["25s", "Y", "M", "W", "D", "h", "m", "ms", "us", "ns", "ps"])
def test_dates_and_durations_keep_their_unit(roundtrip: Roundtrip, unit: str) -> None:
    for kind in "mM":
        value = np.array([1, -1, 0, np.iinfo(np.int64).min]).view(f"{kind}8[{unit}]")
        assert_same(roundtrip(value), value)


@pytest.mark.parametrize("value", [np.str_(""), np.bytes_(b""), np.timedelta64(3, "s"), np.True_])
def test_odd_scalars_come_back_the_same(roundtrip: Roundtrip, value: object) -> None:
    assert roundtrip(value) == value
    assert type(roundtrip(value)) is type(value)


@pytest.mark.parametrize(
    "items", [[1, "a", None, 2.5], ["ä", "", None], [[1, 2], [3]], [(1,), np.arange(3)], []]
)
def test_arrays_of_objects_cross_as_their_values(roundtrip: Roundtrip, items: list) -> None:
    value = np.empty(len(items), dtype=object)
    for position, item in enumerate(items):
        value[position] = item
    back = roundtrip(value)
    assert (back.dtype, back.shape) == (value.dtype, value.shape)
    assert [repr(item) for item in back] == [repr(item) for item in items]


def test_arrays_of_objects_keep_their_shape(roundtrip: Roundtrip) -> None:
    value = np.array([["a", None], [1.5, b"c"]], dtype=object)
    assert roundtrip(value).tolist() == value.tolist()


def test_what_arrives_over_a_socket_can_be_written_to(roundtrip: Roundtrip) -> None:
    back = roundtrip(np.zeros(3))
    back[0] = 1
    assert back.tolist() == [1, 0, 0]


def test_an_array_read_from_a_frame_is_a_view_of_it() -> None:
    frame = bytearray(b"".join(map(bytes, wire.frame_parts(np.zeros(3)))))
    array = wire.read_value(frame)
    array[0] = 7
    assert wire.read_value(frame).tolist() == [7, 0, 0]
