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

N = TypeVar("N", int, float)

_MOST_DAYS = 100 * 365
_LONGEST_S = 10**9
_LARGEST_COUNT = 10**9
_LARGEST_BYTES = 2**60
# A value that is quoted in a message is cut to this length.
_QUOTED = 40


class BadSetting(EvaluationError):
    """A setting of this machine has an invalid value."""

    code = "bad-setting"


def _size(text: object) -> object:
    # pydantic reads fractions and bits too, and silently rounds them to bytes.
    if isinstance(text, str) and not re.fullmatch(r"[0-9]{1,19}( ?[kKMGT]i?B)?", text):
        raise ValueError("not a size")
    return text


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
            quoted = f"{text[: _QUOTED - 1]}…" if len(text) > _QUOTED else text
            raise BadSetting(f"{name} is {quoted!r}; set it to {self.expected}.") from None


COUNT: NumberKind[int] = NumberKind(
    TypeAdapter(Annotated[int, Field(gt=0, le=_LARGEST_COUNT)]),
    f"a whole number above zero, at most {_LARGEST_COUNT}",
)
DAYS: NumberKind[int] = NumberKind(
    TypeAdapter(Annotated[int, Field(gt=0, le=_MOST_DAYS)]),
    f"a whole number of days above zero, at most {_MOST_DAYS}",
)
MILLISECONDS: NumberKind[int] = NumberKind(
    COUNT.adapter, f"a whole number of milliseconds above zero, at most {_LARGEST_COUNT}"
)
SECONDS: NumberKind[float] = NumberKind(
    TypeAdapter(Annotated[float, Field(gt=0, le=_LONGEST_S, allow_inf_nan=False)]),
    f"a number of seconds above zero, at most {_LONGEST_S}",
)
BYTES: NumberKind[int] = NumberKind(
    TypeAdapter(
        Annotated[
            ByteSize, BeforeValidator(_size), Field(gt=0, le=_LARGEST_BYTES), AfterValidator(int)
        ]
    ),
    "a whole number of bytes above zero, or a size such as 512MiB or 8GiB",
)


def read_number(environment: Mapping[str, str], name: str, kind: NumberKind[N], default: N) -> N:
    """Read a number from the environment; one that is unset or empty is the default."""
    text = environment.get(name, "").strip()
    return kind.read(name, text) if text else default
