"""What a participant reads of what uv said."""

from valhub.evaluation.execution.environments.errors import shortened, unresolvable


def test_uvs_drawing_and_preamble_are_left_out() -> None:
    said = (
        "Using CPython 3.11.7 interpreter at: /opt/python/bin/python3.11\n"
        "  \u00d7 No solution found when resolving dependencies:\n"
        "  \u2570\u2500\u25b6 Because there is no version of a==9 and you\n"
        "      require a==9, we can conclude that it fails.\n"
    )
    expected = "Because there is no version of a==9 and you require a==9, we can conclude"
    assert shortened(said) == f"{expected} that it fails."


def test_our_addresses_and_paths_are_left_out() -> None:
    said = "error: Failed to read http://127.0.0.1:8900/file/1/a.whl in `/build/cache/a-1.whl`"
    assert shortened(said) == "Failed to read the package index in a file."


def test_uvs_own_option_is_left_out() -> None:
    said = (
        "Because a==9 has no usable wheels, it fails.\n"
        "hint: Wheels are required for `a` because building from source is disabled for all\n"
        "packages (i.e., with `--no-build`)\n"
    )
    assert "it fails. a has no wheel that fits" in str(unresolvable(said))


def test_a_long_explanation_is_cut() -> None:
    assert len(shortened("no " * 10_000)) < 1300
