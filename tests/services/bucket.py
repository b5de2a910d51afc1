"""Fixtures: the hub keeps its files in a bucket, on a server that speaks S3's protocol."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.loaders import JSONFileLoader
from pytest_django import Settings

from services.aws import REGION, Aws, running_aws
from valhub.cloud.storage_address import storage_settings

__all__ = [
    "BUCKET",
    "aws",
    "aws_server",
    "bucket",
    "bucket_url",
    "keys",
    "s3",
    "services_described_once",
    "use_storage",
]

BUCKET = "the-hubs-files"


@pytest.fixture(scope="session", autouse=True)
def services_described_once() -> Iterator[None]:
    """Read what boto knows of AWS' services once, and not in every session: it is megabytes."""
    read = cache(JSONFileLoader().load_file)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(JSONFileLoader, "load_file", lambda _, path: read(path))
        yield


@pytest.fixture(scope="session")
def aws_server() -> Iterator[Aws]:
    """The server, for the whole run."""
    with running_aws() as aws:
        yield aws


@pytest.fixture
def aws(aws_server: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The server, empty, and credentials for it."""
    aws_server.empty()
    for name, value in aws_server.environment.items():
        monkeypatch.setenv(name, value)
    return aws_server


@pytest.fixture
def s3(aws: Aws) -> Any:
    """A client that looks into buckets from outside the hub."""
    return boto3.client("s3", endpoint_url=aws.url)


@pytest.fixture
def bucket_url(aws: Aws) -> str:
    """What `VALHUB_STORAGE` is set to."""
    return f"s3://{BUCKET}?region={REGION}&endpoint={aws.url}"


@pytest.fixture
def bucket(s3: Any, bucket_url: str, settings: Settings) -> str:
    """Have the hub keep its files in a bucket."""
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    use_storage(settings, bucket_url)
    return BUCKET


def use_storage(settings: Settings, url: str) -> None:
    """Have the hub keep its files elsewhere."""
    default = storage_settings(url, folder=settings.MEDIA_ROOT)
    settings.STORAGES = {**settings.STORAGES, "default": default}


def keys(s3: Any) -> list[str]:
    """All keys in the bucket."""
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]
