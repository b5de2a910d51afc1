"""Why a backup is not taken or not restored, each reason with a code where it is raised."""

from valhub.errors import ValhubError


class BackupError(ValhubError):
    """The backup was not taken or not restored."""

    code = "backup-refused"


class BackupDamaged(BackupError):
    """The backup is not as it was taken."""

    code = "backup-damaged"


class HubNotEmpty(BackupError):
    """There is a hub already where the backup would go."""

    code = "hub-not-empty"
