"""Numbers of settings: what is read, and what is said of everything else."""

from pathlib import Path

import pytest

from valhub.evaluation.setting_values import (
    BYTES,
    COUNT,
    DAYS,
    MILLISECONDS,
    SECONDS,
    BadSetting,
    read_number,
)
from valhub.evaluation.settings import Settings

KINDS = [COUNT, DAYS, MILLISECONDS, SECONDS, BYTES]
LIMITS = ["VALHUB_MAX_TIMEOUT_S", "VALHUB_MAX_MEMORY_BYTES"]
# No spelling of these is a number of anything.
REFUSED = ["0", "-1", "0.0", "nan", "inf", "-inf", "1e400", "many", "0x10", "1,5", "9" * 400]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_above_zero_or_not_finite_is_refused(kind, text):
    with pytest.raises(BadSetting, match=r"^VALHUB_X is '.*'; set it to a"):
        kind.read("VALHUB_X", text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_number_is_read_alike_whatever_it_counts(kind):
    assert kind.read("VALHUB_X", " 7 ") == 7


@pytest.mark.parametrize("kind", [COUNT, DAYS, MILLISECONDS, BYTES])
def test_only_seconds_have_fractions(kind):
    assert SECONDS.read("VALHUB_X", "0.5") == 0.5
    with pytest.raises(BadSetting, match="a whole number"):
        kind.read("VALHUB_X", "0.5")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1048576", 1024**2),
        ("512MiB", 512 * 1024**2),
        ("8 GiB", 8 * 1024**3),
        ("8GB", 8 * 10**9),
        ("1kB", 1000),
    ],
)
def test_sizes_may_have_a_unit(text, size):
    found = BYTES.read("VALHUB_X", text)
    assert (found, type(found)) == (size, int)


@pytest.mark.parametrize("text", ["1.5GiB", "8Gbit", "8 gigabytes", "2000000TiB", "GiB"])
def test_sizes_that_would_be_rounded_or_fit_nowhere_are_refused(text):
    with pytest.raises(BadSetting, match="a size such as 512MiB"):
        BYTES.read("VALHUB_X", text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["1_000", "+7", "0x10", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_only_what_is_documented_is_read(kind, text):
    with pytest.raises(BadSetting):
        kind.read("VALHUB_X", text)


@pytest.mark.parametrize("kind", [COUNT, DAYS, MILLISECONDS, BYTES])
def test_a_fraction_of_zero_is_a_fraction(kind):
    with pytest.raises(BadSetting):
        kind.read("VALHUB_X", "3.0")


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(BadSetting) as refused:
        COUNT.read("VALHUB_X", "9" * 400)
    assert len(str(refused.value)) < 140


@pytest.mark.parametrize("text", ["", "  "])
def test_what_is_empty_is_the_default(text):
    assert read_number({"VALHUB_X": text}, "VALHUB_X", COUNT, 3) == 3
    assert read_number({}, "VALHUB_X", COUNT, 3) == 3


@pytest.mark.parametrize("text", ["1", "1kB", "67108863", "63MiB"])
def test_memory_in_which_nothing_can_start_is_refused(text):
    with pytest.raises(BadSetting, match="at least 64MiB"):
        Settings.from_environment({"VALHUB_MAX_MEMORY_BYTES": text})
    least = Settings.from_environment({"VALHUB_MAX_MEMORY_BYTES": "64MiB"})
    assert least.max_memory_bytes == 64 * 1024**2


@pytest.mark.parametrize("name", LIMITS)
def test_the_engine_refuses_a_wrong_limit_with_its_name(name):
    with pytest.raises(BadSetting, match=f"^{name} is 'nan'; set it to"):
        Settings.from_environment({name: "nan"})


def test_the_engine_reads_its_limits_and_its_cache():
    given = {"VALHUB_MAX_TIMEOUT_S": "0.5", "VALHUB_MAX_MEMORY_BYTES": "2GiB"}
    read = Settings.from_environment({**given, "VALHUB_CACHE": " /var/cache/hub "})
    assert (read.max_timeout_s, read.max_memory_bytes) == (0.5, 2 * 1024**3)
    assert read.cache_dir == Path("/var/cache/hub")
