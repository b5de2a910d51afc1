"""What the administrator grants of what an organiser asks for, and the sentences that say so.

The hub keeps what was asked for: a cap that is raised later counts at once.
"""

from collections.abc import Iterator

from django.conf import settings

from valhub.analyses.models import Analysis
from valhub.evaluation.wording import memory


def granted_at_once(analysis: Analysis) -> int:
    """How many submissions of an analysis are evaluated at the same time."""
    return min(analysis.max_concurrent_submission_evaluation, settings.MAX_AT_ONCE)


def cap_notes(analysis: Analysis) -> list[str]:
    """Say to an organiser what the hub grants less of than was asked for."""
    return [*_notes(analysis)]


def _notes(analysis: Analysis) -> Iterator[str]:
    asked = analysis.max_concurrent_submission_evaluation
    if asked > granted_at_once(analysis):
        yield (
            f"The analysis asks for {asked:,} submissions that are evaluated at once; this hub "
            f"evaluates at most {settings.MAX_AT_ONCE:,}, and the others wait."
        )
    version = analysis.current_version
    if version is not None and version.memory_bytes > settings.MAX_MEMORY_BYTES:
        yield (
            f"The package asks for {memory(version.memory_bytes)} of memory for each file; "
            f"this hub gives {memory(settings.MAX_MEMORY_BYTES)}. An algorithm that needs more is "
            "out of memory."
        )
