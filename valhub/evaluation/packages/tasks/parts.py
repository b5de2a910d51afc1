"""The three parts of a package's files, by what participants get of them."""

from enum import StrEnum


class Part(StrEnum):
    """What a file is for. Whoever says nothing means a hidden file."""

    PUBLIC = "public"  # participants may have data and truth; everything is shown
    HIDDEN = "hidden"  # scores are shown as the policy allows
    FINAL = "final"  # nothing is shown until the organiser reveals it
