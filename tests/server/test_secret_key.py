"""The key that signs sessions: one for everybody, readable by its owner alone."""

import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from valhub.server import secret_key
from valhub.server.secret_key import stored_secret_key


def test_threads_that_start_at_once_agree_on_the_key(tmp_path: Path, monkeypatch) -> None:
    together = threading.Barrier(8)
    make = secret_key._make

    def make_together(path: Path) -> None:
        together.wait()
        make(path)

    monkeypatch.setattr(secret_key, "_make", make_together)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(str(stored_secret_key(tmp_path))))
        for _ in range(together.parties)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(tmp_path / "secret-key").read_text()] * together.parties
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    str(stored_secret_key(tmp_path))
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_an_empty_key_file_is_named_and_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret-key").touch()
    with pytest.raises(ImproperlyConfigured, match=rf"{tmp_path}/secret-key is empty"):
        str(stored_secret_key(tmp_path))
