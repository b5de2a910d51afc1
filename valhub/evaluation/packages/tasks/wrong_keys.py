"""What a wrong value in `config.json` is called, and how it is fixed.

The model that reads the file speaks to programmers; its readers are people with a text editor, who
look for their own words in the message.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.suggestions import did_you_mean
from valhub.texts import cut

# What JSON calls the kinds of value that Python has other names for.
_KINDS = {
    "model_type": "Input should be an object",
    "mapping_type": "Input should be an object",
    "dict_type": "Input should be an object",
    "tuple_type": "Input should be a list",
}


def note_wrong_keys(
    error: ValidationError,
    fields: Mapping[str, FieldInfo],
    older: Mapping[str, str],
    unknown: Iterable[str],
    faults: FaultList,
    *,
    file: str,
) -> None:
    """Note each wrong key with its value.

    Parameters
    ----------
    fields : mapping of str to FieldInfo
        The keys that the file can have.
    older : mapping of str to str
        Older names of keys, and the names they have now.
    unknown : iterable of str
        Keys of the file that are none of these, one of which may be a misspelt one.
    """
    for detail in error.errors(include_url=False):
        if detail["type"] == "default_factory_not_called":
            continue  # It only says that another key is wrong.
        place = [str(part) for part in detail["loc"]]
        field = fields[older.get(place[0], place[0])]
        if detail["type"] == "missing":
            hint = did_you_mean(place[0], unknown)
            hint = f" {hint}" if hint.startswith("Did") else ""
            problem, fix = "The key is missing.", f"Add it: {field.description}.{hint}"
        elif detail["type"] == "extra_forbidden":
            problem = f'"{shown(place[-1])}" is not a key of {place[0]}.'
            fix = f"{did_you_mean(place[-1], _keys(field))} Write {field.description}."
        else:
            problem, fix = _wrong_value(detail), f"Write {_inner(field, place).description}."
        faults.add(problem, fix, file=file, column=".".join(place))


def _wrong_value(detail: Mapping[str, Any]) -> str:
    problem: str = _KINDS.get(detail["type"], detail["msg"]).rstrip(".")
    value = detail["input"]
    # A list or an object may be nested too deeply to be written again.
    if problem.startswith("Input should") and not isinstance(value, list | dict):
        problem += f", not {cut(json.dumps(value))}"
    return f"{problem}."


def _keys(field: FieldInfo) -> Mapping[str, FieldInfo]:
    """Give the keys of an object that has known ones."""
    kind = field.annotation
    return kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}


def _inner(field: FieldInfo, place: list[str]) -> FieldInfo:
    """Return the field inside an object that is at fault, where that one is described."""
    inner = _keys(field).get(place[1]) if len(place) > 1 else None
    return inner if inner is not None and inner.description else field
