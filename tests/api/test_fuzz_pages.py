"""Whatever anybody asks a page for is answered, never with an error of ours."""

from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties import examples
from valhub.accounts.models import Account
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis

As = Callable[[Account | None], Client]
WORDS = st.sampled_from(
    ["", "\0", "\ud800", "mean_error", "-1", "2", "9" * 5000, "//a", "/\\a", "é"]
)
TEXTS = st.one_of(WORDS, st.text(max_size=10)).map(lambda text: text.encode(errors="replace"))
NAMES = st.sampled_from(["sort", "page", "version", "next", "refresh", "username", "cursor", "x"])
QUERIES = st.lists(st.tuples(NAMES, TEXTS), max_size=4).map(urlencode)
UUIDS = st.uuids().map(lambda key: f"/submissions/{key}")
NUMBERS = st.one_of(st.integers(-1, 10**30).map(str), TEXTS.map(quote))
BELOW = st.sampled_from(["", "/manage", "/submissions", "/files", "/starter.zip", "/files/\0a"])
KEYS = st.builds("/analyses/{}{}".format, NUMBERS, BELOW)
PAGES = st.sampled_from(
    ["/", "/submissions", "/analyses/mine", "/sign-in", "/sign-out", "/admin/login/"]
)
METHODS = st.sampled_from(["GET", "GET", "HEAD", "POST", "PUT", "OPTIONS"])


@pytest.mark.hypothesis
@pytest.mark.parametrize("signed_in", [False, True])
def test_no_page_is_an_error_of_ours(
    signed_in: bool, as_: As, organiser: Account, script_example: tuple[bytes, bytes]
) -> None:
    upload = SimpleUploadedFile("package.zip", script_example[0])
    fields = AnalysisFields("Declination", description="<b>*x*</b>" * 50)
    version = store_analysis(creator=organiser, fields=fields, upload=upload)
    board = st.just(f"/analyses/{version.analysis_id}")
    addresses = st.one_of(board, board, st.tuples(board, BELOW).map("".join), PAGES, UUIDS, KEYS)

    @settings(max_examples=examples(80), suppress_health_check=[*HealthCheck])
    @given(method=METHODS, address=addresses, query=QUERIES)
    def check(method: str, address: str, query: str) -> None:
        client = as_(organiser if signed_in else None)
        answer = client.generic(method, address, QUERY_STRING=query)
        assert answer.status_code < 500, answer.content
        assert not answer.headers.get("Location", "").startswith(("//", "http", "/\\"))

    check()
