"""Processes of the hub that end with the one that started them, even when that one is killed."""

import os

from valhub.evaluation.lifeline import end_with_parent

# The process that a child was started by; set in the child's environment.
PARENT_VARIABLE = "VALHUB_PARENT"


def end_with_supervisor() -> None:
    """End with the process that started this one and said so in its environment."""
    parent = os.environ.get(PARENT_VARIABLE)
    if parent:
        end_with_parent(int(parent))
