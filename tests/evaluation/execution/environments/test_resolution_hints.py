"""What uv cannot resolve comes with what to write instead."""

import pytest

from valhub.evaluation.execution.environments.errors import shortened, unresolvable

NO_WHEEL = (
    "Because {0} has no usable wheels and you require {0}, we can conclude that your requirements "
    "are unsatisfiable.\n\nhint: Wheels are required for `{1}` because building from source is "
    "disabled for all packages (i.e., with `--no-build`)"
)
ELSEWHERE = (
    "Because pywin32==306 has no wheels with a matching platform tag and you require pywin32==306, "
    "we can conclude that your requirements are unsatisfiable. hint: Wheels are available for "
    "`pywin32` (v306) on the following platforms: {}"
)
UNKNOWN = "Because {} was not found in the package registry and you require it, we can conclude"


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        (NO_WHEEL.format("docopt==0.6.2", "docopt"), "docopt has no wheel that fits, and only"),
        (NO_WHEEL.format("all versions of sklearn", "sklearn"), 'Write "scikit-learn".'),
        (NO_WHEEL.format("numpy==1.21.0", "numpy"), "Write 3.9 into .python-version"),
        (ELSEWHERE.format("`win32`, `win_amd64`"), "pywin32 has no wheel for Linux"),
        (UNKNOWN.format("os"), '"os" is part of Python'),
        (UNKNOWN.format("cv2"), 'Write "opencv-python-headless".'),
        ("Because there is no version of torch==2.1.0+cpu and", "require torch==2.1.0."),
    ],
)
def test_each_reason_has_its_hint(said, hint):
    assert hint in str(unresolvable(said))


@pytest.mark.parametrize(
    "said",
    [
        "Because there is no version of numpy==9.0 and you require numpy==9.0",
        UNKNOWN.format("no-such-name"),
        ELSEWHERE.format("`manylinux_2_17_aarch64`"),
    ],
)
def test_other_reasons_have_none(said):
    end = "Loosen the versions, or require packages that publish wheels for this Python."
    plain = f"requirements.txt cannot be satisfied with wheels: {shortened(said)} {end}"
    assert str(unresolvable(said)) == plain
