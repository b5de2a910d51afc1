"""Why stored files cannot be had, one class for each reason.

All are `OSError`s, as a disk's own troubles are, so that whoever stores or reads a file takes both
alike. What they say is for everybody; addresses and keys stay in the exception that caused them.
"""


class StorageTrouble(OSError):
    """The storage of files cannot be used just now. Nothing was stored; try again in a minute."""

    code = "storage-trouble"

    def __init__(self) -> None:
        super().__init__(" ".join((self.__doc__ or self.code).split()))


class StorageUnreachable(StorageTrouble):
    """The storage of files does not answer. Nothing was stored; try again in a minute."""

    code = "storage-unreachable"


class StorageBusy(StorageTrouble):
    """The storage of files has too much to do. Nothing was stored; try again in a minute."""

    code = "storage-busy"


class BucketMissing(StorageTrouble):
    """The bucket of the hub's files is not there. Its administrator has to set VALHUB_STORAGE."""

    code = "bucket-missing"


class NoCredentials(StorageTrouble):
    """The hub has no credentials for its storage. Its administrator has to give it a role."""

    code = "storage-no-credentials"


class CredentialsExpired(StorageTrouble):
    """The hub's credentials for its storage have expired. Its administrator has to renew them."""

    code = "storage-credentials-expired"


class AccessRefused(StorageTrouble):
    """The storage refuses the hub. Its administrator has to check credentials and policies."""

    code = "storage-access-refused"


class ClockWrong(StorageTrouble):
    """The storage refuses the hub, for its clock is wrong. Its administrator has to set it."""

    code = "storage-clock-wrong"


class FileMissing(FileNotFoundError):
    """A stored file is not there any more. The hub's administrator has to restore it."""

    code = "file-missing"

    def __init__(self) -> None:
        super().__init__(" ".join((self.__doc__ or self.code).split()))


class FileAltered(OSError):
    """A stored file is not what was stored. The hub's administrator has to restore it."""

    code = "file-altered"

    def __init__(self) -> None:
        super().__init__(" ".join((self.__doc__ or self.code).split()))
