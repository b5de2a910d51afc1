"""Why a backup is not taken or not restored."""


class BackupRefused(Exception):
    """The backup was not taken or not restored."""

    code = "backup-refused"


class FolderNotEmpty(BackupRefused):
    """The folder for the backup holds something already."""

    code = "folder-not-empty"


class FolderNotWritable(BackupRefused):
    """The folder for the backup cannot be written."""

    code = "folder-not-writable"


class BackupIncomplete(BackupRefused):
    """The backup was taken, but stored files are missing in it."""

    code = "backup-incomplete"


class NoBackup(BackupRefused):
    """The folder holds no backup, or one that was cut short."""

    code = "no-backup"


class BackupDamaged(BackupRefused):
    """The backup is not as it was taken."""

    code = "backup-damaged"


class OtherVersion(BackupRefused):
    """The backup was taken by a version of the hub with another database."""

    code = "other-version"


class HubNotEmpty(BackupRefused):
    """There is a hub already where the backup would go."""

    code = "hub-not-empty"
