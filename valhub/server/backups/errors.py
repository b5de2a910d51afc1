"""Why a backup cannot be made or restored; each reason has its code where it is raised."""

from valhub.errors import ValhubError


class BackupError(ValhubError):
    """The backup could not be made or restored."""

    code = "backup-refused"


class BackupDamaged(BackupError):
    """The backup is damaged."""

    code = "backup-damaged"


class HubNotEmpty(BackupError):
    """A hub exists already where the backup would go."""

    code = "hub-not-empty"
