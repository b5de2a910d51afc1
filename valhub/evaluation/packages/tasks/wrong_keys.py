"""What a wrong value in `config.json` is called, and how it is fixed.

The model that reads the file speaks to programmers; its readers are people with a text editor, who
look for their own words in the message.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, get_args

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
            problem = f'"{shown(place[-1])}" is not a key of {shown(".".join(place[:-1]))}.'
            hint = did_you_mean(place[-1], _keys(_described(field, place[1:-1])))
            fix = f"{hint} Write {field.description}."
        else:
            meant = _described(field, place[1:]).description
            problem, fix = _wrong_value(detail), f"Write {meant}."
        faults.add(problem, fix, file=file, column=".".join(place))


def _wrong_value(detail: Mapping[str, Any]) -> str:
    problem: str = _KINDS.get(detail["type"], detail["msg"]).rstrip(".")
    value = detail["input"]
    # A list or an object may be nested too deeply to be written again.
    if problem.startswith("Input should") and not isinstance(value, list | dict):
        problem += f", not {cut(json.dumps(value))}"
    return f"{problem}."


def _keys(field: FieldInfo) -> Mapping[str, FieldInfo]:
    """Give the keys of an object that has known ones, or of the objects that it has by name."""
    kind = field.annotation
    inner = kind if isinstance(kind, type) else next(reversed(get_args(kind)), None)
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return inner.model_fields
    return {}


def _described(field: FieldInfo, inside: Iterable[str]) -> FieldInfo:
    """Return the innermost field on the way to a value, of those that say what they hold."""
    for name in inside:
        found = _keys(field).get(name)
        field = found if found is not None and found.description else field
    return field
