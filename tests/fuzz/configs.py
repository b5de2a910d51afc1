"""Changes of a `config.json`: of its keys, of its values, of its text."""

import json
from collections.abc import Callable
from typing import Any

from tests.fuzz.odd_values import Dice
from valhub.evaluation.packages.tasks.task_config import TaskConfig, TaskLimits

KEYS = (*TaskConfig.model_fields, *TaskLimits.model_fields, "ground_truth_compare", "regularise")
WORDS = (
    "time_series", "scalar", "named", "positional", "date", "timestamp", "mean", "median", "p95",
    "max", "runtime", "coverage", "error", "absolute_error", "mean_absolute_error", "f1_score",
    "accuracy", "share_within_tolerance", "combined_orientation_angle", "azimuth", "tilt",
    "latitude", "timezone", "issue", "%d/%m/%Y %H:%M", "%s", "weather.csv",
)  # fmt: skip


def mutate_config(dice: Dice, content: bytes) -> bytes:
    """Return a changed `config.json`."""
    if dice.chance(0.15):
        return dice.damaged(content)
    document = json.loads(content)
    for _ in range(dice.choice([1, 1, 2, 3])):
        dice.choice(CHANGES)(dice, document)
    if dice.chance(0.1):
        document = dice.choice(
            [[document], document and [*document], dice.value(), {"a": document}]
        )
    try:
        text = json.dumps(document, ensure_ascii=dice.chance(0.5))
        return dice.choice(TEXTS)(text) if dice.chance(0.2) else text.encode(errors="replace")
    except (RecursionError, ValueError):
        return b"[" * 100_000


def drop(dice: Dice, document: dict[str, Any]) -> None:
    document.pop(dice.choice(sorted(document) or [""]), None)


def rename(dice: Dice, document: dict[str, Any]) -> None:
    key = dice.choice(sorted(document) or [""])
    document[dice.choice([key.upper(), f" {key}", key[:-1], dice.text()])] = document.pop(key, 1)


def replace(dice: Dice, document: dict[str, Any]) -> None:
    document[dice.choice([*document, *KEYS])] = dice.value()


def swap(dice: Dice, document: dict[str, Any]) -> None:
    """Give a key what another one has, or a word that has a meaning elsewhere."""
    values = [*document.values(), *WORDS, [dice.choice(WORDS)], {dice.choice(WORDS): dice.value()}]
    document[dice.choice([*document, *KEYS])] = dice.choice(values)


def deepen(dice: Dice, document: dict[str, Any]) -> None:
    """Change something inside of a value."""
    inner = [value for value in document.values() if isinstance(value, list | dict) and value]
    if not inner:
        return
    match dice.choice(inner):
        case list() as items:
            items.insert(dice.randrange(len(items) + 1), dice.choice([*WORDS, dice.value()]))
        case dict() as items:
            key = dice.choice([*items, *WORDS, dice.text()])
            items[key] = dice.choice([dice.value(), [dice.choice(WORDS)], [dice.value()]])


def multiply(dice: Dice, document: dict[str, Any]) -> None:
    """Make a list, an object, a text or a nesting very long."""
    key = dice.choice([*document, *KEYS])
    many = dice.choice([100, 1000, 5000])
    long = (
        [f"{dice.choice(WORDS)}{number}" for number in range(many)],
        [dice.choice(WORDS)] * many,
        {f"{dice.choice(WORDS)}_{number}": [dice.choice(WORDS)] for number in range(many)},
        dice.choice(WORDS) * many,
        nested(many),
    )
    document[key] = dice.choice(long)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(min(depth, 900)):
        value = [value]
    return value


CHANGES: tuple[Callable[[Dice, dict[str, Any]], None], ...] = (
    drop, rename, replace, replace, swap, swap, deepen, deepen, deepen, multiply,
)  # fmt: skip
TEXTS: tuple[Callable[[str], bytes], ...] = (
    lambda text: text.encode("utf-16"),
    lambda text: text.encode("utf-8-sig", errors="replace"),
    lambda text: text.encode("latin-1", errors="replace"),
    lambda text: text.encode(errors="surrogatepass"),
    lambda text: f"// a comment\n{text}".encode(errors="replace"),
    lambda text: (text[:-1] + ",}").encode(errors="replace"),
    lambda text: (text[:-1] + ',"category_name": 1, "category_name": 2}').encode(errors="replace"),
    lambda text: text.replace('"', "'").encode(errors="replace"),
    lambda text: text.replace(":", ": 1e999,", 1).encode(errors="replace"),
    lambda text: (text + text).encode(errors="replace"),
    lambda text: (" " * 2_000_000 + text).encode(errors="replace"),
    lambda text: b'{"a": ' + b"9" * 6000 + b"}",
    lambda text: b'{"a":' * 100_000,
    lambda text: b"",
)
