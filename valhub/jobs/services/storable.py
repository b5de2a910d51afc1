"""What strangers' programs wrote, turned into what every database keeps.

PostgreSQL takes no NUL in a text or a document, none takes half of a surrogate pair, and JSON knows
no NaN and no number of any length.
"""

# Beyond it some databases keep a whole number only about.
_LARGEST = 2**63 - 1


def storable_text(text: str) -> str:
    """Return a text without NUL and without halves of surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def storable_document(value: object) -> object:
    """Return a value as far as JSON can say it, numbers that are not finite as None, else its text.

    Values nested too deep for a database do not come from a sandbox.
    """
    match value:
        case None | bool():
            return value
        case str():
            return storable_text(value)
        case int() if abs(value) <= _LARGEST:
            return value
        case float():
            return value if value - value == 0 else None
        case dict():
            return {storable_text(str(key)): storable_document(one) for key, one in value.items()}
        case list() | tuple():
            return [storable_document(one) for one in value]
    return storable_text(str(value))
