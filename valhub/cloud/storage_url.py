"""`VALHUB_STORAGE`: where uploaded archives are kept, as one address.

    (unset)                                     a folder below the hub's data
    s3://bucket?region=us-east-2                a bucket on Amazon S3
    s3://bucket?endpoint=https://store.example  a bucket of a server that speaks S3's protocol

Credentials are never part of it: they come from where the AWS tools look for them.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_OPTIONS = ("region", "endpoint", "encryption", "kms_key", "link_seconds")
_ENCRYPTIONS = ("AES256", "aws:kms", "none")
# Long enough to begin a download, short enough to be useless when it is found in a log.
_LINK_SECONDS = "60"
# What signatures allow: a week.
_MAX_LINK_SECONDS = 604_800


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
    parts = urlsplit(url)
    _refuse_secrets(parts)
    if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc) or parts.path not in ("", "/"):
        raise ImproperlyConfigured(
            "VALHUB_STORAGE is not an address of a bucket; set it as s3://bucket?region=us-east-2, "
            "or leave it unset to keep files on this machine's disk."
        )
    return {
        "BACKEND": "valhub.cloud.s3.BucketStorage",
        "OPTIONS": {"bucket_name": parts.netloc, **_bucket_options(_options(parts))},
    }


def _refuse_secrets(parts: SplitResult) -> None:
    if "@" in parts.netloc:
        raise ImproperlyConfigured(
            "VALHUB_STORAGE has a user or a password in it. Take them out: credentials come from "
            "the machine's role, or from where the AWS tools look for them, such as "
            "AWS_ACCESS_KEY_ID."
        )


def _options(parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query))
    if unknown := [name for name in options if name not in _OPTIONS]:
        raise ImproperlyConfigured(
            f"VALHUB_STORAGE has no option {unknown[0]!r}; it has {', '.join(_OPTIONS)}."
        )
    return options


def _bucket_options(options: Mapping[str, str]) -> dict[str, object]:
    """What `valhub.cloud.s3.BucketStorage` is made with."""
    return {
        "region_name": options.get("region"),
        "endpoint_url": _endpoint(options.get("endpoint")),
        "querystring_expire": _link_seconds(options.get("link_seconds", _LINK_SECONDS)),
        "object_parameters": _encryption(options),
    }


def _endpoint(text: str | None) -> str | None:
    if text is None:
        return None
    parts = urlsplit(text)
    _refuse_secrets(parts)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ImproperlyConfigured(
            "VALHUB_STORAGE has an endpoint that is no http:// or https:// address."
        )
    return text


def _link_seconds(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _MAX_LINK_SECONDS:
        raise ImproperlyConfigured(
            f"VALHUB_STORAGE has link_seconds={text!r}; set it to 1 to {_MAX_LINK_SECONDS}."
        )
    return int(text)


def _encryption(options: Mapping[str, str]) -> dict[str, str]:
    """What every object is stored with; nothing when the bucket's own default decides."""
    kind, key = options.get("encryption", _ENCRYPTIONS[0]), options.get("kms_key")
    if kind not in _ENCRYPTIONS:
        raise ImproperlyConfigured(
            f"VALHUB_STORAGE has encryption={kind!r}; set it to one of {', '.join(_ENCRYPTIONS)}."
        )
    if key and kind != "aws:kms":
        raise ImproperlyConfigured("VALHUB_STORAGE has a kms_key; set encryption=aws:kms with it.")
    if kind == "none":
        return {}
    return {"ServerSideEncryption": kind, **({"SSEKMSKeyId": key} if key else {})}
