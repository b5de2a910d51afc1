"""Files in a private bucket of S3, each of them there whole or not at all.

A file is sent in one request, or in parts that appear together once the last one has come. None is
overwritten: the bucket itself refuses a second file under a key. Nobody but the hub reads the
bucket; others are given links that expire. Credentials are found by boto3 alone.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from django.core.files import File
from django.utils.http import content_disposition_header
from s3transfer.exceptions import S3DownloadFailedError
from storages.backends.s3 import S3Storage

from valhub.cloud.errors import AccessRefused, FileAltered, FileMissing, StorageError
from valhub.cloud.s3_errors import translated_errors

# With ten parts of an upload in memory at most.
_PART_BYTES = 8 * 1024**2
_PARTS_AT_ONCE = 4
# Each later than the last, 15 s in all at most.
_ATTEMPTS = 5
# An answer to a question about one file has no body, so that the same one stands for several.
_UNEXPLAINED = (FileMissing, AccessRefused, StorageError)


class BucketStorage(S3Storage):  # type: ignore[misc] # django-storages has no types.
    """Django's storage in a bucket; `storage_address` says with which options it is made."""

    def __init__(self, *, endpoint_url: str | None, **options: Any) -> None:
        super().__init__(
            endpoint_url=endpoint_url,
            client_config=_client_config(of_aws=endpoint_url is None),
            transfer_config=_transfer_config(),
            file_overwrite=False,
            # A bucket whose owner is enforced takes no access lists, and needs none.
            default_acl=None,
            **dict.fromkeys(("access_key", "secret_key", "security_token", "session_profile")),
            **options,
        )

    def _create_session(self) -> boto3.Session:
        """Leave the credentials to boto3, which also renews those of a role."""
        session = boto3.Session()
        for creating in ("PutObject", "CompleteMultipartUpload"):
            session.events.register(f"provide-client-params.s3.{creating}", _only_if_free)
        return session

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def _open(self, name: str, _mode: str = "rb") -> "File[Any]":
        """Fetch a file to a nameless one on this machine's disk."""
        with ExitStack() as undo:
            file = undo.enter_context(tempfile.TemporaryFile())
            with self._reading(name):
                self._client.download_fileobj(
                    self.bucket_name, name, file, Config=self.transfer_config
                )
            undo.pop_all()
        file.seek(0)
        return File(file, name)

    def _save(self, name: str, content: "File[Any]") -> str:
        while True:
            try:
                with translated_errors():
                    return str(super()._save(name, content))
            except FileExistsError:
                name = self.get_available_name(name)

    def fetch(self, name: str, target: Path) -> None:
        """Copy a file to a path, a part at a time; raises `FileMissing` or `FileAltered`."""
        with self._reading(name):
            self._client.download_file(
                self.bucket_name, name, str(target), Config=self.transfer_config
            )

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            with translated_errors():
                yield
        except S3DownloadFailedError as error:
            raise FileAltered from error
        except OSError as error:
            if type(error) in _UNEXPLAINED:
                self.exists(name)  # Raises the true reason, which its answer has in its body.
            raise

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        with translated_errors():
            found = self._client.list_objects_v2(Bucket=self.bucket_name, Prefix=name, MaxKeys=1)
        # In the bucket's order nothing that begins with the name comes before it.
        return any(entry["Key"] == name for entry in found.get("Contents", ()))

    def delete(self, name: str) -> None:
        """Remove a file, if it exists."""
        with translated_errors():
            self._client.delete_object(Bucket=self.bucket_name, Key=name)

    def stored_before(self, folder: str, moment: datetime) -> list[str]:
        """List the keys of the files directly in a folder that were stored before a moment."""
        listing = self._client.get_paginator("list_objects_v2")
        asked = {"Bucket": self.bucket_name, "Prefix": f"{folder}/", "Delimiter": "/"}
        with translated_errors():
            entries = [
                one for page in listing.paginate(**asked) for one in page.get("Contents", ())
            ]
        return [entry["Key"] for entry in entries if entry["LastModified"] < moment]

    def link(self, name: str, called: str, content_type: str) -> str:
        """Make a link with which anybody can download a file until it expires.

        Parameters
        ----------
        called : str
            What the file is called on the reader's machine.

        Raises
        ------
        FileMissing
            When there is no such file.
        """
        if not self.exists(name):
            raise FileMissing
        answer = {
            "ResponseContentDisposition": content_disposition_header(
                as_attachment=True, filename=called
            ),
            "ResponseContentType": content_type,
            "ResponseCacheControl": "no-store",
        }
        with translated_errors():
            return str(self.url(name, parameters=answer))


def _only_if_free(params: dict[str, Any], **_: object) -> None:
    """Have the bucket refuse a file whose key exists."""
    params["IfNoneMatch"] = "*"


def _client_config(*, of_aws: bool) -> Config:
    # Other servers may not know a bucket's own host name, nor check sums sent after a body.
    checksums: Literal["when_supported", "when_required"]
    checksums = "when_supported" if of_aws else "when_required"
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": "auto" if of_aws else "path"},
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        connect_timeout=5,
        read_timeout=60,
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
    )


def _transfer_config() -> TransferConfig:
    return TransferConfig(
        multipart_threshold=_PART_BYTES,
        multipart_chunksize=_PART_BYTES,
        max_concurrency=_PARTS_AT_ONCE,
        preferred_transfer_client="classic",
    )
