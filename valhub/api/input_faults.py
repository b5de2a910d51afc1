"""Everything that is wrong with the fields of a request, found before any of it is said."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from valhub.errors import FieldFault, Invalid, InvalidFields

Value = TypeVar("Value")


class InputFaults:
    """Reads fields and takes note of those that cannot be read."""

    def __init__(self) -> None:
        self._errors: list[Invalid] = []

    def read(self, read: Callable[[], Value], instead: Value) -> Value:
        """Read a field; note what is wrong with it, and go on with another value."""
        try:
            return read()
        except Invalid as error:
            self._errors.append(error)
            return instead

    def raise_first(self) -> None:
        """Raise the first fault in its own shape, with all of them if there are more."""
        if not self._errors:
            return
        first, faults = self._errors[0], tuple(self._each())
        if len(faults) > 1:
            first.faults = faults
        raise first

    def raise_all(self, names: dict[str, str] | None = None) -> None:
        """Raise all faults as one error, each with its place in the body.

        Parameters
        ----------
        names : dict of str to str, optional
            What a route calls fields that services call otherwise.
        """
        called = names or {}
        faults: dict[str, FieldFault] = {}
        for fault in self._each():
            name = called.get(fault.field, fault.field)
            # What a value of its own stands for is no second fault.
            faults.setdefault(name, FieldFault(name, fault.detail, f"#/{name}"))
        if faults:
            raise InvalidFields(tuple(faults.values()))

    def _each(self) -> Iterator[FieldFault]:
        for error in self._errors:
            if isinstance(error, InvalidFields):
                yield from (one for one in error.faults if isinstance(one, FieldFault))
            else:
                yield FieldFault(error.field or "body", error.detail)
