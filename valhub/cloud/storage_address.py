"""`VALHUB_STORAGE`: where uploaded archives are kept, as one address.

    (unset)                                     a folder below the hub's data
    s3://bucket?region=us-east-2                a bucket on Amazon S3
    s3://bucket?endpoint=https://store.example  a bucket of a server that speaks S3's protocol

Credentials are never part of it: they come from where the AWS tools look for them.
"""

import re
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import SplitResult

from django.core.exceptions import ImproperlyConfigured
from pydantic import Field, model_validator

from valhub.cloud.addresses import (
    CREDENTIALS,
    Endpoint,
    Options,
    Region,
    read_options,
    split_address,
)

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# Long enough to begin a download, short enough to be useless when it is found in a log.
_LINK_SECONDS = 60
# What signatures allow: a week.
_MAX_LINK_SECONDS = 604_800


class BucketOptions(Options):
    """Options behind `s3://bucket?`.

    Attributes
    ----------
    kms_key : str
        The key to encrypt with, for `encryption=aws:kms`; empty for the account's own.
    link_seconds : int
        How long a link to a file is valid.
    """

    region: Region = ""
    endpoint: Endpoint = ""
    encryption: Literal["AES256", "aws:kms", "none"] = Field(
        default="AES256", description="one of AES256, aws:kms, none"
    )
    kms_key: str = ""
    link_seconds: int = Field(
        default=_LINK_SECONDS, ge=1, le=_MAX_LINK_SECONDS, description=f"1 to {_MAX_LINK_SECONDS}"
    )

    @model_validator(mode="after")
    def _has_a_use_for_its_key(self) -> Self:
        if self.kms_key and self.encryption != "aws:kms":
            raise ValueError("has a kms_key; set encryption=aws:kms with it.")
        return self

    def object_parameters(self) -> dict[str, str]:
        """What every object is stored with; nothing when the bucket's own default decides."""
        if self.encryption == "none":
            return {}
        key = {"SSEKMSKeyId": self.kms_key} if self.kms_key else {}
        return {"ServerSideEncryption": self.encryption, **key}


def storage_settings(url: str, *, folder: Path) -> dict[str, object]:
    """Describe the storage behind an address as Django's `STORAGES` has it.

    Parameters
    ----------
    url : str
        The setting's value; empty for `folder`.
    folder : Path
        Where archives are kept on this machine's disk.

    Raises
    ------
    ImproperlyConfigured
        When it cannot be used. A secret in it is not repeated.
    """
    if not url:
        return {
            "BACKEND": "valhub.cloud.whole_files.WholeFileStorage",
            "OPTIONS": {"location": folder, "file_permissions_mode": 0o600},
        }
    bucket, options = _read(split_address(url))
    return {
        "BACKEND": "valhub.cloud.s3.BucketStorage",
        "OPTIONS": {"bucket_name": bucket, **_bucket_options(options)},
    }


def _read(parts: SplitResult) -> tuple[str, BucketOptions]:
    if "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"VALHUB_STORAGE has a user or a password in it. Remove them: {CREDENTIALS}."
        )
    if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc) or parts.path not in ("", "/"):
        raise ImproperlyConfigured(
            "VALHUB_STORAGE is not an address of a bucket; set it as s3://bucket?region=us-east-2, "
            "or leave it unset to keep files on this machine's disk."
        )
    return parts.netloc, read_options("VALHUB_STORAGE", BucketOptions, parts.query)


def _bucket_options(options: BucketOptions) -> dict[str, Any]:
    """What `valhub.cloud.s3.BucketStorage` is made with."""
    return {
        "region_name": options.region or None,
        "endpoint_url": options.endpoint or None,
        "querystring_expire": options.link_seconds,
        "object_parameters": options.object_parameters(),
    }
