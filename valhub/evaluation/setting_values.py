"""How the numbers of settings are written: one grammar, which the engine and the hub read alike.

A kind of number is a pydantic type and the words for what is expected. Each has an upper bound that
no machine reaches, so that every accepted value can also be added to a time or stored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BeforeValidator, ByteSize, Field, TypeAdapter, ValidationError

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.packages.limits import LEAST_MEMORY_BYTES
from valhub.texts import cut

N = TypeVar("N", int, float)

_MOST_DAYS = 100 * 365
_LONGEST_S = 10**9
_LARGEST_COUNT = 10**9
_LARGEST_BYTES = 2**60


class BadSetting(EvaluationError):
    """A setting of this machine has an invalid value."""

    code = "bad-setting"


# pydantic reads more than is documented: `1_0`, counts with a fraction of zero, and sizes in parts
# of bytes and in bits, which it rounds silently.
_COUNT = r"[0-9]{1,19}"
_SECONDS = r"[0-9]{1,19}(\.[0-9]{1,19})?([eE]-?[0-9]{1,2})?"
_SIZE = r"[0-9]{1,19}( ?[kKMGT]i?B)?"


def _written(pattern: str) -> BeforeValidator:
    """Accept a text that is written as documented."""

    def check(text: object) -> object:
        if isinstance(text, str) and not re.fullmatch(pattern, text):
            raise ValueError("not written as documented")
        return text

    return BeforeValidator(check)


@dataclass(frozen=True)
class NumberKind(Generic[N]):
    """One kind of number: how its text is read, and what to set it to instead."""

    adapter: TypeAdapter[N]
    expected: str

    def read(self, name: str, text: str) -> N:
        """Read a setting's value.

        Parameters
        ----------
        name : str
            The setting's name, for the message.
        text : str
            Its value, as the environment has it.

        Raises
        ------
        BadSetting
            When it is not such a number: NaN, infinity, zero and below among them.
        """
        try:
            return self.adapter.validate_python(text.strip())
        except ValidationError:
            raise BadSetting(f"{name} is {cut(text)!r}; set it to {self.expected}.") from None


COUNT: NumberKind[int] = NumberKind(
    TypeAdapter(Annotated[int, _written(_COUNT), Field(gt=0, le=_LARGEST_COUNT)]),
    f"a whole number above zero, at most {_LARGEST_COUNT}",
)
DAYS: NumberKind[int] = NumberKind(
    TypeAdapter(Annotated[int, _written(_COUNT), Field(gt=0, le=_MOST_DAYS)]),
    f"a whole number of days above zero, at most {_MOST_DAYS}, or to forever",
)
MILLISECONDS: NumberKind[int] = NumberKind(
    COUNT.adapter, f"a whole number of milliseconds above zero, at most {_LARGEST_COUNT}"
)
SECONDS: NumberKind[float] = NumberKind(
    TypeAdapter(
        Annotated[float, _written(_SECONDS), Field(gt=0, le=_LONGEST_S, allow_inf_nan=False)]
    ),
    f"a number of seconds above zero, at most {_LONGEST_S}",
)
BYTES: NumberKind[int] = NumberKind(
    TypeAdapter(
        Annotated[ByteSize, _written(_SIZE), Field(gt=0, le=_LARGEST_BYTES), AfterValidator(int)]
    ),
    "a whole number of bytes above zero, or a size such as 512MiB or 8GiB",
)
MEMORY: NumberKind[int] = NumberKind(
    TypeAdapter(
        Annotated[
            ByteSize,
            _written(_SIZE),
            Field(ge=LEAST_MEMORY_BYTES, le=_LARGEST_BYTES),
            AfterValidator(int),
        ]
    ),
    "a whole number of bytes or a size such as 8GiB, at least 64MiB",
)


def read_number(environment: Mapping[str, str], name: str, kind: NumberKind[N], default: N) -> N:
    """Read a number from the environment; one that is unset or empty is the default."""
    text = environment.get(name, "").strip()
    return kind.read(name, text) if text else default
