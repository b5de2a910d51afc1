"""What an account may upload, looked at before the body of its request is read."""

from valhub.accounts.models import Account
from valhub.analyses.services.rejected_uploads import check_rejections
from valhub.analyses.services.storage_quota import check_storage


def look_at_upload_limits(
    account: Account, *, owner: Account, least_bytes: int, field: str
) -> None:
    """Refuse an upload that would be refused however sound its archive is.

    Parameters
    ----------
    account : Account
        Who uploads.
    owner : Account
        The account whose archives it counts among.
    least_bytes : int
        How many bytes the archive has at least.
    field : str
        The name of its input.

    Raises
    ------
    TooMany, TooLarge
        As the upload itself does.
    """
    check_rejections(account)
    check_storage(owner, least_bytes, field=field)
