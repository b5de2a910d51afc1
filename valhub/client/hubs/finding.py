"""Finding an analysis by what people call it."""

import re

from valhub.client.hubs.asking import get_document, get_records
from valhub.client.hubs.reading import read_record
from valhub.client.hubs.records import AnalysisDetails, AnalysisLine
from valhub.client.hubs.steps import Steps
from valhub.errors import NotFound
from valhub.evaluation.packages.suggestions import closest
from valhub.texts import cut


def find_analysis(hub: str, name: int | str) -> Steps[AnalysisDetails]:
    """Read an analysis.

    Parameters
    ----------
    name : int or str
        Its number, or its name; `Time shift detection` is also `time-shift-detection`.

    Raises
    ------
    NotFound
        None or more than one has the name.
    """
    number = int(name) if str(name).isdecimal() else (yield from _number_of(hub, str(name)))
    return read_record(AnalysisDetails, (yield from get_document(hub, f"/analyses/{number}")))


def _number_of(hub: str, name: str) -> Steps[int]:
    lines = yield from get_records(hub, AnalysisLine, "/analyses")
    found = [one for one in lines if short_name(one.name) == short_name(name)]
    if len(found) == 1:
        return found[0].id
    if found:
        numbers = ", ".join(str(one.id) for one in found)
        raise NotFound(
            f"{len(found)} analyses are called `{cut(name)}`. Use a number: {numbers}.",
            code="ambiguous-analysis",
        )
    near = closest(short_name(name), [short_name(one.name) for one in lines])
    hint = f"Did you mean `{near}`?" if near else "To list them: valhub analyses"
    raise NotFound(
        f"No analysis here is called `{cut(name)}`. {hint}", code="no-such-analysis-name"
    )


def short_name(name: str) -> str:
    """Write a name as it is typed: lower case, with hyphens."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")
