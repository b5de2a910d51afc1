"""The package index that this machine's configuration names."""

from collections.abc import Callable
from pathlib import Path

import pytest

from valhub.evaluation.execution.environments.package_index import (
    PackageIndex,
    configured_package_index,
    default_index_url,
    index_name,
    without_credentials,
)

Configured = Callable[..., PackageIndex]


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    """Read the index of a machine that has only the test's own configuration."""

    def read(**environ: str) -> PackageIndex:
        given = {"HOME": str(tmp_path / "home"), "PIP_CONFIG_FILE": "/dev/null", **environ}
        return configured_package_index(given, system=tmp_path / "etc")

    return read


def test_without_configuration_uv_names_the_index(configured: Configured) -> None:
    assert configured().urls == (default_index_url(),)
    assert default_index_url().startswith("https://")


def test_uv_counts_more_than_pip(configured: Configured) -> None:
    index = configured(UV_DEFAULT_INDEX="https://uv.test", PIP_INDEX_URL="https://pip.test")
    assert index.urls == ("https://uv.test",)


def test_each_key_is_looked_for_by_itself(configured: Configured) -> None:
    index = configured(UV_DEFAULT_INDEX="https://uv.test", PIP_FIND_LINKS="/wheels")
    assert (index.urls, index.find_links) == (("https://uv.test",), ("file:///wheels",))


def test_the_environment_counts_more_than_the_users_file(
    configured: Configured, tmp_path: Path
) -> None:
    file = tmp_path / "home/.config/uv/uv.toml"
    file.parent.mkdir(parents=True)
    file.write_text('index-url = "https://file.test"\n')
    assert configured().urls == ("https://file.test",)
    assert configured(UV_INDEX_URL="https://env.test").urls == ("https://env.test",)


def test_the_users_pip_file_counts_more_than_the_systems(tmp_path: Path) -> None:
    for place, name in (("home/.config/pip", "user"), ("etc", "system")):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "pip.conf").write_text(f"[global]\nindex-url = https://{name}.test\n")
    environ = {"HOME": str(tmp_path / "home")}
    assert configured_package_index(environ, system=tmp_path / "etc").urls == ("https://user.test",)


def test_a_folder_may_be_an_index(configured: Configured) -> None:
    assert configured(PIP_INDEX_URL="/srv/simple").urls == ("file:///srv/simple",)


def test_no_index_leaves_only_the_folders_of_wheels(configured: Configured) -> None:
    index = configured(PIP_NO_INDEX="1", PIP_FIND_LINKS="/wheels")
    assert (index.urls, index.find_links) == ((), ("file:///wheels",))


def test_pips_indexes_are_searched_together_and_uvs_in_order(configured: Configured) -> None:
    assert configured(PIP_EXTRA_INDEX_URL="https://a.test").merged
    assert not configured(UV_INDEX="https://a.test").merged
    assert configured(UV_INDEX="https://a.test", UV_INDEX_STRATEGY="unsafe-best-match").merged


def test_the_certificates_are_the_configured_ones(configured: Configured) -> None:
    assert configured().ca_bundle is None
    assert configured(PIP_CERT="/c.pem").ca_bundle == Path("/c.pem")
    assert configured(PIP_CERT="/c.pem", SSL_CERT_FILE="/s.pem").ca_bundle == Path("/s.pem")


def test_a_changed_password_is_still_the_same_index() -> None:
    one, two = (PackageIndex((f"https://u:{word}@i.test/simple",)) for word in ("old", "new"))
    assert one.fingerprint == two.fingerprint
    assert one.fingerprint != PackageIndex(("https://other.test/simple",)).fingerprint


def test_an_index_is_named_without_credentials_and_tokens() -> None:
    assert index_name("https://user:pass@i.test:8443/token/simple?key=1") == "i.test"
    assert index_name("file:///srv/simple") == "/srv/simple"


def test_credentials_are_blanked_out_of_any_text() -> None:
    text = "could not read https://user:p%40ss@i.test/simple?token=abc today"
    assert without_credentials(text) == "could not read https://i.test/simple today"
