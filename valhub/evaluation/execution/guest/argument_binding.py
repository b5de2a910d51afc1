"""The rule that checks go by, under this name outside the sandbox.

Inside, the file that is imported here lies in this one's place; see `execution.program`.
"""

from __future__ import annotations

from valhub.evaluation.packages.algorithms.argument_binding import Mismatch, bind

__all__ = ["Mismatch", "bind"]
