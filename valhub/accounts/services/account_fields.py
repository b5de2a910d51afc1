"""What the fields of an account may hold, checked alike when it is registered and updated.

All faults are reported together. Whether a name is taken, only the database can say, when the
account is saved.
"""

from collections.abc import Iterator, Mapping

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from valhub.accounts.models import Account
from valhub.errors import FieldFault, InvalidFields

# The names by which callers know the fields.
LABELS: Mapping[str, str] = {
    "username": "username",
    "email": "email",
    "first_name": "firstName",
    "last_name": "lastName",
    "github_link": "githubLink",
    # A name can fit when its form for comparing does not: some letters fold to three.
    "username_folded": "username",
    "email_folded": "email",
}
MAX_PASSWORD_CHARACTERS = 1024


def check_fields(account: Account, password: str | None) -> None:
    """Check an account that is filled in but not saved, and its new password if there is one.

    Raises
    ------
    InvalidFields
        With every fault, under the names callers use.
    """
    faults = [*_field_faults(account)]
    if password is not None:
        faults += _password_faults(account, password)
    if faults:
        raise InvalidFields(tuple(faults))


def _field_faults(account: Account) -> Iterator[FieldFault]:
    account.fold_names()
    try:
        account.clean_fields(exclude=["password"])
    except ValidationError as error:
        messages = {LABELS[name]: " ".join(texts) for name, texts in error.message_dict.items()}
        for label, message in messages.items():
            yield FieldFault(label, message)


def _password_faults(account: Account, password: str) -> list[FieldFault]:
    if len(password) > MAX_PASSWORD_CHARACTERS:
        sentence = f"It is longer than {MAX_PASSWORD_CHARACTERS:,} characters. Shorten it."
        return [FieldFault("password", sentence)]
    try:
        validate_password(password, account)
    except ValidationError as error:
        return [FieldFault("password", message) for message in error.messages]
    return []
