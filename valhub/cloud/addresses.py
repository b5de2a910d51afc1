"""What the addresses of settings have in common: `kind://place?option=value&…`, read by pydantic.

`VALHUB_QUEUE`, `VALHUB_LAUNCHER` and `VALHUB_STORAGE` each have a model whose fields are their
options; a field's description says what to set the option to. A message quotes the value of a field
that is shown (`repr`), and never the rest of an address: there may be a password in it.
"""

from typing import Annotated, Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import ErrorDetails

from valhub.texts import cut

O = TypeVar("O", bound="Options")  # noqa: E741 - for options

# Said wherever credentials are found in an address.
CREDENTIALS = (
    "credentials come from the machine's role, or from where the AWS tools look for them, such as "
    "AWS_ACCESS_KEY_ID"
)
_HTTP: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


class Options(BaseModel):
    """Options of an address; no others are allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _without_credentials(text: str) -> str:
    url = _HTTP.validate_python(text)
    if url.username or url.password:
        raise ValueError("has credentials")
    return text


def _yes_or_no(text: object) -> object:
    # pydantic also reads true, on and 1; the settings of the hub do not.
    if text not in ("yes", "no", True, False):
        raise ValueError("neither yes nor no")
    return text


def _listed(text: object) -> object:
    if not isinstance(text, str):
        return text
    return tuple(part.strip() for part in text.split(",") if part.strip())


Flag = Annotated[bool, BeforeValidator(_yes_or_no)]
Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Region = Annotated[str, Field(description="a region of AWS, such as us-east-2")]
# Kept as it is written: clients of AWS differ in what they make of another spelling.
Endpoint = Annotated[
    str,
    AfterValidator(_without_credentials),
    Field(
        repr=False,
        description=f"http://HOST or https://HOST without a user or a password: {CREDENTIALS}",
    ),
]


def split_address(text: str) -> SplitResult:
    """Take an address apart; one that cannot be is empty in all of its parts."""
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def read_options(setting: str, model: type[O], query: str) -> O:
    """Read what stands behind an address' question mark.

    Parameters
    ----------
    setting : str
        Name of the setting, for the message.
    model : type
        What the options are.
    query : str
        `option=value` pairs with & between them; one without a value is as if it were left out.

    Raises
    ------
    ImproperlyConfigured
        With the first option that is wrong, and what to set it to.
    """
    try:
        return model.model_validate(dict(parse_qsl(query)))
    except ValidationError as error:
        faults = sorted(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
        # Not chained: what pydantic says of a value, a log would keep.
        raise ImproperlyConfigured(f"{setting} {_sentence(model, faults[0])}") from None


def _sentence(model: type[Options], fault: ErrorDetails) -> str:
    """What is wrong with an address and how to fix it, to be read after the setting's name."""
    if not fault["loc"]:
        return str(fault["ctx"]["error"])
    fields = {field.validation_alias or name: field for name, field in model.model_fields.items()}
    option = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        return f"has no option {option!r}; it has {', '.join(sorted(map(str, fields)))}."
    field = fields[option]
    if fault["type"] == "missing":
        return f"names no {option}. Add {option}= with {field.description}."
    if not field.repr:
        return f"has {option}= with a value that cannot be used; set it to {field.description}."
    return f"has {option}={_quoted(fault['input'])}; set it to {field.description}."


def _quoted(value: Any) -> str:
    return repr(cut(str(value)))
