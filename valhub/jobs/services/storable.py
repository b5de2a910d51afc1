"""Converting what untrusted programs wrote to values that every database can store.

PostgreSQL allows no NUL in a text or a document, none allows half of a surrogate pair, and JSON
has no NaN and no integers of unlimited length.
"""

from valhub.evaluation.received_values import LARGEST_NUMBER

# Beyond it some databases store a whole number only approximately.
_LARGEST = 2**63 - 1


def storable_text(text: str) -> str:
    """Return a text without NUL and without halves of surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def storable_document(value: object) -> object:
    """Return a value as far as JSON has it, numbers that are not finite as None, else its text.

    Values nested too deep for a database do not come from a sandbox.
    """
    match value:
        case None | bool():
            return value
        case str():
            return storable_text(value)
        case int() if abs(value) <= _LARGEST:
            return value
        case int() if abs(value) <= LARGEST_NUMBER:
            # As text it would pass by whatever rounds numbers.
            return float(value)
        case float():
            return value if value - value == 0 else None
        case dict():
            return {storable_text(str(key)): storable_document(one) for key, one in value.items()}
        case list() | tuple():
            return [storable_document(one) for one in value]
    return storable_text(str(value))
