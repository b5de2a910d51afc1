"""The hub keeps its files in a bucket, in every test here."""

from pathlib import Path

import pytest

from services.bucket import aws, aws_server, bucket, bucket_url, s3, services_described_once
from valhub.cloud import s3 as hub_s3

__all__ = ["aws", "aws_server", "bucket", "bucket_url", "s3", "services_described_once"]


@pytest.fixture(autouse=True)
def in_a_bucket(bucket: str) -> None:
    """Set the bucket up before anything is stored."""


@pytest.fixture
def other_machine(engine_cache: Path, tmp_path: Path) -> Path:
    """The cache of a machine that has fetched nothing yet, and has the environments only."""
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "environments").symlink_to((engine_cache / "environments").resolve())
    return cache


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> str:
    """An address of a bucket where nobody answers; and nothing is asked twice."""
    monkeypatch.setattr(hub_s3, "_ATTEMPTS", 1)
    return "s3://nowhere?region=us-east-2&endpoint=http://127.0.0.1:9"
