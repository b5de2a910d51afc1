"""One address says where files are kept, and holds no secret."""

import traceback
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from valhub.cloud.storage_address import storage_settings


def options(url: str) -> dict[str, Any]:
    found = storage_settings(url, folder=Path("/data"))["OPTIONS"]
    assert isinstance(found, dict)
    return found


def test_without_an_address_files_are_kept_on_disk() -> None:
    assert options("") == {"location": Path("/data"), "file_permissions_mode": 0o600}


def test_bucket_is_encrypted_and_its_links_are_short_lived_by_default() -> None:
    assert options("s3://files?region=us-east-2") == {
        "bucket_name": "files",
        "region_name": "us-east-2",
        "endpoint_url": None,
        "querystring_expire": 60,
        "object_parameters": {"ServerSideEncryption": "AES256"},
    }


def test_key_of_ones_own_encrypts() -> None:
    stored = options("s3://files?encryption=aws:kms&kms_key=alias/hub")["object_parameters"]
    assert stored == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/hub"}


def test_server_without_encryption_is_sent_no_wish_for_it() -> None:
    assert options("s3://files?encryption=none")["object_parameters"] == {}


def test_how_long_links_last_can_be_chosen() -> None:
    assert options("s3://files?link_seconds=5")["querystring_expire"] == 5


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3://Files",
        "s3://[files",
        "s3://files/folder",
        "gs://files",
        "files",
        "s3://files?acl=public-read",
        "s3://files?aws_secret_access_key=x",
        "s3://files?endpoint=ftp://host",
        "s3://files?endpoint=host",
        "s3://files?encryption=rot13",
        "s3://files?kms_key=alias/hub",
        "s3://files?link_seconds=0",
        "s3://files?link_seconds=700000",
        "s3://files?link_seconds=soon",
    ],
)
def test_what_cannot_be_used_stops_the_start_with_its_name(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="VALHUB_STORAGE"):
        options(url)


@pytest.mark.parametrize(
    "url",
    [
        "s3://key:hunter2@files",
        "s3://files?endpoint=http://key:hunter2@host",
        "s3://files?endpoint=http://hunter2@host",
    ],
)
def test_secret_in_the_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="credentials") as refused:
        options(url)
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))
