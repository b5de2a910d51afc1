"""The fields of a request, and how a view takes them out one by one.

A field is read for form only: that a text is a text, a number a number, and that it can be stored.
What a value means, and how long it may be, is for the services.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.files.uploadedfile import UploadedFile

from valhub.errors import FieldFault, Invalid, InvalidFields, MissingField

# Whole numbers of more digits fit no database.
_DIGITS = 18
_FLAGS = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(
    ("false", "no", "off", "0"), False
)


class WrongType(Invalid):
    """A field holds a value of the wrong type."""

    code = "wrong-type"


@dataclass(frozen=True)
class Inputs:
    """What a request brought, by field."""

    values: Mapping[str, object]
    files: Mapping[str, "UploadedFile[bytes]"] = field(default_factory=dict)

    def only(self, *names: str, files: tuple[str, ...] = ()) -> None:
        """Refuse fields that a route does not know, all of them at once."""
        unknown = [name for name in self.values if name not in (*names, *files)]
        unknown += [name for name in self.files if name not in (*names, *files)]
        if unknown:
            sentence = "There is no such field. Leave it out."
            raise InvalidFields(tuple(FieldFault(name[:40], sentence) for name in unknown))

    def text(self, name: str) -> str:
        """Read a text that is needed; one of white space only is missing."""
        value = self.optional_text(name)
        if value is None or not value.strip():
            sentence = f"{name} is missing. Send it as a text that is not empty."
            raise MissingField(sentence, field=name)
        return value

    def optional_text(self, name: str) -> str | None:
        """Read a text, which may be empty; None when it is left out or null."""
        value = self.values.get(name)
        if value is None and name in self.files:
            sentence = f"{name} was sent as a file. Send it as a text (curl: {name}=<FILE)."
            raise WrongType(sentence, field=name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise WrongType(f"{name} is not a text. Send it as a string.", field=name)
        _refuse_unstorable(name, value)
        return value

    def identifier(self, name: str) -> uuid.UUID:
        """Read an id that is needed, as `/login` returns it."""
        try:
            return uuid.UUID(self.text(name))
        except ValueError as error:
            sentence = f"{name} is not an id. Send the id as /login returned it."
            raise WrongType(sentence, field=name) from error

    def optional_integer(self, name: str) -> int | None:
        """Read a whole number, as a number or in decimal digits; None when it is left out."""
        value = self.values.get(name)
        if value in (None, ""):
            return None
        is_digits = isinstance(value, str) and value.isascii() and value.isdecimal()
        if isinstance(value, str) and is_digits and len(value) < _DIGITS:
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_DIGITS:
            return value
        raise WrongType(f"{name} is not a whole number. Send one in digits.", field=name)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Read a yes or no, as a JSON truth value or the words of a form."""
        value = self.values.get(name)
        if value in (None, ""):
            return default
        if isinstance(value, bool):
            return value
        if not isinstance(value, str) or value.lower() not in _FLAGS:
            raise WrongType(f"{name} is neither true nor false. Send one of them.", field=name)
        return _FLAGS[value.lower()]

    def file(self, name: str) -> "UploadedFile[bytes]":
        """Read an uploaded file that is needed."""
        if name not in self.files:
            sentence = f"{name} is missing. Send it as a file in a multipart/form-data body."
            raise MissingField(sentence, field=name)
        return self.files[name]


def _refuse_unstorable(name: str, value: str) -> None:
    """Reject what some database cannot store, and what was sent in another encoding."""
    if "\0" in value or "\N{REPLACEMENT CHARACTER}" in value or not _encodes(value):
        sentence = f"{name} contains a character that is not text. Send it in UTF-8, without NUL."
        raise Invalid(sentence, field=name)


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
