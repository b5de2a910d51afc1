"""What the fields of an account may hold, checked alike when it is registered and updated.

All faults are reported together. Whether a name is taken, only the database can say, when the
account is saved.
"""

from collections.abc import Iterator, Mapping, Set

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from valhub.accounts.models import Account
from valhub.accounts.similar_names import mixes_alphabets
from valhub.errors import FieldFault, InvalidFields
from valhub.texts import name_problem, text_problem

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
    "username_look": "username",
}
MAX_PASSWORD_CHARACTERS = 1024
# Fields say themselves how long they may be; this only bounds what is looked through.
MOST_CHARACTERS = 1000
_NAMES = frozenset({"username", "first_name", "last_name"})


def check_fields(account: Account, changed: Set[str], password: str | None) -> None:
    """Check an account that is filled in but not saved, and its new password if there is one.

    Parameters
    ----------
    account : Account
        As it is to be saved.
    changed : set of str
        The fields whose texts are new: an old name does not keep anybody from changing another.
    password : str or None
        The new one.

    Raises
    ------
    InvalidFields
        With every fault, under the names callers use.
    """
    faults = [*_field_faults(account)]
    known = {fault.field for fault in faults}
    faults += [fault for fault in _text_faults(account, changed) if fault.field not in known]
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


def _text_faults(account: Account, changed: Set[str]) -> Iterator[FieldFault]:
    for name in sorted(changed):
        text = getattr(account, name) or ""
        check = name_problem if name in _NAMES else text_problem
        problem = check(text, MOST_CHARACTERS)
        if problem:
            yield FieldFault(LABELS[name], " ".join(problem))
    if "username" in changed and mixes_alphabets(account.username):
        sentence = "It mixes letters of several alphabets. Write it in one of them."
        yield FieldFault("username", sentence)


def _password_faults(account: Account, password: str) -> list[FieldFault]:
    if len(password) > MAX_PASSWORD_CHARACTERS:
        sentence = f"It is longer than {MAX_PASSWORD_CHARACTERS:,} characters. Shorten it."
        return [FieldFault("password", sentence)]
    try:
        validate_password(password, account)
    except ValidationError as error:
        return [FieldFault("password", message) for message in error.messages]
    return []
