"""The documented route of leaderboards: submissions, best first.

The whole board comes in one answer, streamed, up to 10,000 submissions; the header Link leads to
the rest. `sort` takes another column than the primary one.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlencode

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers

from valhub.analyses.selectors.listing import find_analysis
from valhub.api.callers import caller
from valhub.api.reading import query_inputs
from valhub.api.routing import api_route
from valhub.api.v0.submissions import submission_document
from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.disclosure.results import Document, result_documents
from valhub.jobs.models import Run
from valhub.leaderboards.selectors.boards import current_board, etag_of
from valhub.leaderboards.selectors.standings import Standings, runs_of, standings

LONGEST = 10_000
BATCH = 250
# Shown to a submission's author only.
PRIVATE_FIELDS = ("reason", "duplicate_of")


@api_route("GET", cacheable=True)
def leaderboard(request: HttpRequest, analysis_id: int) -> HttpResponseBase:
    """List the submissions on the board of an analysis, best first."""
    board = current_board(find_analysis(analysis_id, visible_to=caller(request)))
    inputs = query_inputs(request)
    sort, cursor = inputs.optional_text("sort"), inputs.optional_text("cursor")
    etag = etag_of(board, sort, cursor, request.build_absolute_uri("/"))
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        found = standings(board=board, column=sort, cursor=cursor, size=LONGEST)
        response = _whole(request, found, sort)
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie"])
    return response


def _whole(request: HttpRequest, found: Standings, sort: str | None) -> HttpResponseBase:
    documents = _documents(found.entries, request)
    response = StreamingHttpResponse(_json_string(documents), content_type="application/json")
    if found.next:
        query = {"cursor": found.next} if sort is None else {"sort": sort, "cursor": found.next}
        address = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
        response["Link"] = f'<{address}>; rel="next"'
    return response


def _json_string(documents: Iterable[list[dict[str, object]]]) -> Iterator[str]:
    """Write the documents of all lists as `shapes.json_string` does, a list at a time."""
    yield '"['
    separator = ""
    for some in documents:
        text = json.dumps(some, cls=DjangoJSONEncoder)[1:-1]
        yield json.dumps(separator + text)[1:-1]
        separator = ", "
    yield ']"'


def _documents(entries: Sequence[int], request: HttpRequest) -> Iterator[list[dict[str, object]]]:
    for first in range(0, len(entries), BATCH):
        runs = _runs(runs_of(entries[first : first + BATCH]))
        if runs:
            results = result_documents(runs, Reader.PUBLIC)
            yield [_document(run, results[run.pk], request) for run in runs]


def _runs(keys: Sequence[int]) -> list[Run]:
    rows = Run.objects.select_related("submission").defer("slices", "submission__private_result")
    found = rows.prefetch_related("version").in_bulk(keys)
    return [found[key] for key in keys if key in found]


def _document(run: Run, result: Document | None, request: HttpRequest) -> dict[str, object]:
    """Write the submission with the result of the run that ranks, which may not be its last.

    It is everybody's, whoever asks: caches keep one answer for all.
    """
    document = submission_document(run.submission, result, request)
    fields = document["fields"]
    assert isinstance(fields, dict)  # noqa: S101 - every row document has them
    document["fields"] = {key: fields[key] for key in fields if key not in PRIVATE_FIELDS}
    return document
