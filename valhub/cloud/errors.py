"""Why stored files cannot be read or written, one class for each reason.

All are `OSError`s, as a disk's own are, so that whoever stores or reads a file takes both
alike. What they say is for everybody; addresses and keys stay in the exception that caused them.
"""

from valhub.errors import Unavailable


class StorageError(Unavailable, OSError):
    """The storage of files cannot be used just now. Nothing was stored; try again in a minute."""

    code = "storage-trouble"


class StorageUnreachable(StorageError):
    """The storage of files does not answer. Nothing was stored; try again in a minute."""

    code = "storage-unreachable"


class StorageBusy(StorageError):
    """The storage of files is busy. Nothing was stored; try again in a minute."""

    code = "storage-busy"


class BucketMissing(StorageError):
    """The bucket of the hub's files does not exist. Its administrator has to fix VALHUB_STORAGE."""

    code = "bucket-missing"


class NoCredentials(StorageError):
    """The hub has no credentials for its storage. Its administrator has to give it a role."""

    code = "storage-no-credentials"


class CredentialsExpired(StorageError):
    """The hub's credentials for its storage have expired. Its administrator has to renew them."""

    code = "storage-credentials-expired"


class AccessRefused(StorageError):
    """The storage refuses the hub. Its administrator has to check credentials and policies."""

    code = "storage-access-refused"


class ClockWrong(StorageError):
    """The storage refuses the hub: the hub's clock is wrong. Its administrator has to set it."""

    code = "storage-clock-wrong"


class FileMissing(Unavailable, FileNotFoundError):
    """A stored file is missing. The hub's administrator has to restore it."""

    code = "file-missing"


class FileAltered(Unavailable, OSError):
    """A stored file is not what was stored. The hub's administrator has to restore it."""

    code = "file-altered"
