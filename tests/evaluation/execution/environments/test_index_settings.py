"""What each place of pip's and uv's configuration says about indexes."""

from pathlib import Path

import pytest

from valhub.evaluation.execution.environments.index_settings import (
    InvalidIndexSettings,
    pip_environment,
    pip_file,
    uv_environment,
    uv_file,
)


def test_a_pip_file_may_name_several_places_over_several_lines(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nextra-index-url =\n  file:///a/simple\n  https://b.test/x\n")
    assert pip_file(file).extra == ("file:///a/simple", "https://b.test/x")


def test_a_pip_file_may_quote_a_folder_with_a_space(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nfind-links = '/a b' /c\n")
    assert pip_file(file).find_links == ("/a b", "/c")


def test_the_install_section_counts_more_than_the_global_one(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[install]\nindex_url = https://i.test\n[global]\nindex-url = https://g.test\n")
    assert pip_file(file).default == "https://i.test"


def test_a_pip_file_may_hold_percent_signs_and_certificates(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://u:a%40b@i.test\ncert = /c.pem\nno-index = no\n")
    said = pip_file(file)
    assert (said.default, said.ca_bundle, said.no_index) == (
        "https://u:a%40b@i.test",
        "/c.pem",
        False,
    )


def test_a_pip_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("index-url = https://no-section.test\n")
    with pytest.raises(InvalidIndexSettings, match=r"pip\.conf"):
        pip_file(file)


def test_pips_variables_are_split_at_spaces() -> None:
    said = pip_environment({"PIP_EXTRA_INDEX_URL": "https://a.test https://b.test"})
    assert said.extra == ("https://a.test", "https://b.test")


def test_a_certificate_variable_is_found_by_each_of_its_names() -> None:
    names = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    assert {pip_environment({name: "/c.pem"}).ca_bundle for name in names} == {"/c.pem"}


def test_uv_indexes_lose_their_names_but_not_their_queries() -> None:
    said = uv_environment({"UV_INDEX": "own=https://a.test https://b.test/?k=v"})
    assert said.extra == ("https://a.test", "https://b.test/?k=v")


def test_the_newer_uv_variable_counts_more_than_the_older() -> None:
    environ = {"UV_DEFAULT_INDEX": "https://new.test", "UV_INDEX_URL": "https://old.test"}
    assert uv_environment(environ).default == "https://new.test"


def test_uv_find_links_may_be_separated_by_commas() -> None:
    assert uv_environment({"UV_FIND_LINKS": "/a,/b"}).find_links == ("/a", "/b")


def test_a_uv_file_tells_default_from_further_and_explicit_indexes(tmp_path: Path) -> None:
    file = tmp_path / "uv.toml"
    file.write_text(
        '[[index]]\nurl = "https://further.test"\n'
        '[[index]]\nurl = "https://main.test"\ndefault = true\n'
        '[[index]]\nurl = "https://pinned.test"\nexplicit = true\n'
    )
    said = uv_file(file)
    assert (said.default, said.extra) == ("https://main.test", ("https://further.test",))


def test_a_uv_files_pip_table_counts(tmp_path: Path) -> None:
    file = tmp_path / "uv.toml"
    file.write_text('[pip]\nindex-url = "https://p.test"\nfind-links = ["/w"]\nno-index = true\n')
    said = uv_file(file)
    assert (said.default, said.find_links, said.no_index) == ("https://p.test", ("/w",), True)


@pytest.mark.parametrize("text", ["not toml", "index = 3", 'index = [{ name = "no url" }]'])
def test_a_uv_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "uv.toml"
    file.write_text(text)
    with pytest.raises(InvalidIndexSettings, match=r"uv\.toml"):
        uv_file(file)


def test_files_that_do_not_exist_say_nothing(tmp_path: Path) -> None:
    assert pip_file(tmp_path / "none").default is None
    assert uv_file(tmp_path / "none").default is None
