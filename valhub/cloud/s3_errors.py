"""Which of the hub's own errors an error of S3's client is."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from boto3.exceptions import Boto3Error
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
)

from valhub.cloud.errors import (
    AccessRefused,
    BucketMissing,
    ClockWrong,
    CredentialsExpired,
    FileMissing,
    NoCredentials,
    StorageBusy,
    StorageError,
    StorageUnreachable,
)

# Some answers have no body, so that their code is the status alone.
_BY_CODE: dict[str, type[Exception]] = {
    "NoSuchKey": FileMissing,
    "404": FileMissing,
    "PreconditionFailed": FileExistsError,
    "ConditionalRequestConflict": FileExistsError,
    "NoSuchBucket": BucketMissing,
    "ExpiredToken": CredentialsExpired,
    "TokenRefreshRequired": CredentialsExpired,
    "RequestTimeTooSkewed": ClockWrong,
    "SlowDown": StorageBusy,
    "Throttling": StorageBusy,
    "ThrottlingException": StorageBusy,
    "RequestLimitExceeded": StorageBusy,
    "TooManyRequests": StorageBusy,
}
_BY_STATUS: dict[int, type[Exception]] = {
    HTTPStatus.UNAUTHORIZED: AccessRefused,
    HTTPStatus.FORBIDDEN: AccessRefused,
    HTTPStatus.PRECONDITION_FAILED: FileExistsError,
    HTTPStatus.TOO_MANY_REQUESTS: StorageBusy,
    HTTPStatus.SERVICE_UNAVAILABLE: StorageBusy,
    HTTPStatus.INTERNAL_SERVER_ERROR: StorageUnreachable,
    HTTPStatus.BAD_GATEWAY: StorageUnreachable,
    HTTPStatus.GATEWAY_TIMEOUT: StorageUnreachable,
}


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise what S3's client raises in the block as one of `valhub.cloud.errors`.

    Raises
    ------
    FileExistsError
        When a file exists that must not.
    """
    try:
        yield
    except ClientError as error:
        raise _refusal(error)() from error
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
        raise NoCredentials from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageUnreachable from error


def _refusal(error: ClientError) -> type[Exception]:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _BY_CODE.get(code) or _BY_STATUS.get(status, StorageError)
