import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from error_codes import coded
from valhub.api.inputs import Inputs, WrongType
from valhub.api.reading import BrokenJson, body_inputs, query_inputs
from valhub.errors import Malformed, MissingField, TooLarge, UnsupportedType, ValhubError
from valhub.http.body_sizes import FORM_BYTES

FORM = "application/x-www-form-urlencoded"


def posted(body: bytes, content_type: str = "application/json") -> HttpRequest:
    return RequestFactory().generic("POST", "/", body, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"x"',
        b"7",
        b"null",
        b"\xff{}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(BrokenJson):
        body_inputs(posted(body))


@pytest.mark.parametrize(
    ("body", "content_type"), [(b'{"a": 1, "a": 2}', "application/json"), (b"a=1&a=2", FORM)]
)
def test_a_field_given_twice_is_refused_by_name(body: bytes, content_type: str) -> None:
    with pytest.raises(Malformed, check=coded("given-twice"), match="a is given twice") as caught:
        body_inputs(posted(body, content_type))
    assert caught.value.field == "a"


def test_a_field_given_twice_in_the_query_is_refused() -> None:
    with pytest.raises(Malformed, check=coded("given-twice")):
        query_inputs(RequestFactory().get("/?a=1&a=1"))


def test_another_content_type_is_not_taken() -> None:
    with pytest.raises(UnsupportedType, match="text/xml"):
        body_inputs(posted(b"<a/>", "text/xml"))


def test_no_body_at_all_has_no_fields() -> None:
    assert body_inputs(posted(b"", "")).values == {}


def test_a_body_too_large_is_refused_before_it_is_read() -> None:
    request = posted(b"", "multipart/form-data; boundary=x")
    request.META["CONTENT_LENGTH"] = str(FORM_BYTES + 11)
    with pytest.raises(TooLarge):
        body_inputs(request, max_file_bytes=10)


def test_a_broken_multipart_body_is_not_half_read() -> None:
    with pytest.raises(MultiPartParserError):
        body_inputs(posted(b"x", "multipart/form-data"))


def test_a_file_is_read_from_a_multipart_form() -> None:
    upload = SimpleUploadedFile("a.zip", b"PK")
    request = RequestFactory().post("/", {"algorithm": upload, "user_id": "x"})
    inputs = body_inputs(request, max_file_bytes=1000)
    assert (inputs.file("algorithm").read(), inputs.text("user_id")) == (b"PK", "x")


def test_a_file_that_came_as_a_text_is_missing() -> None:
    with pytest.raises(MissingField, match="Send it as a file"):
        Inputs({"algorithm": "PK"}).file("algorithm")


@pytest.mark.parametrize("body", [b"a=%FF", b"a=%00"])
def test_what_is_no_text_in_a_form_is_refused(body: bytes) -> None:
    with pytest.raises(ValhubError, match="not text"):
        body_inputs(posted(body, FORM)).text("a")


@pytest.mark.parametrize("value", [None, "", " \t"])
def test_a_needed_text_is_not_blank(value: str | None) -> None:
    with pytest.raises(MissingField, match="a is missing"):
        Inputs({"a": value}).text("a")


@pytest.mark.parametrize(("value", "number"), [("007", 7), (7, 7), (-3, -3), ("", None)])
def test_a_whole_number_is_read(value: object, number: int | None) -> None:
    assert Inputs({"a": value}).optional_integer("a") == number


@pytest.mark.parametrize("value", ["7.0", 7.0, True, [7], "٣", "9" * 19, 10**18, "-1"])
def test_another_number_is_refused(value: object) -> None:
    with pytest.raises(WrongType, match="whole number"):
        Inputs({"a": value}).optional_integer("a")


@pytest.mark.parametrize(
    ("value", "meant"), [(True, True), ("No", False), ("on", True), ("", True)]
)
def test_a_yes_or_no_is_read(value: object, meant: bool) -> None:
    assert Inputs({"a": value}).flag("a", default=True) is meant


@pytest.mark.parametrize("value", ["maybe", 1, [], {}])
def test_what_is_neither_yes_nor_no_is_refused(value: object) -> None:
    with pytest.raises(WrongType):
        Inputs({"a": value}).flag("a")


def test_an_id_is_read_in_any_spelling() -> None:
    identity = uuid.uuid4()
    assert Inputs({"a": identity.hex.upper()}).identifier("a") == identity


@pytest.mark.parametrize("value", ["7", "x" * 32, 7])
def test_what_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(WrongType):
        Inputs({"a": value}).identifier("a")


@given(st.binary(max_size=200), st.sampled_from(["application/json", FORM]))
def test_any_body_is_read_or_refused(body: bytes, content_type: str) -> None:
    try:
        inputs = body_inputs(posted(body, content_type))
        texts = [inputs.optional_text(name) for name in inputs.values]
    except ValhubError:
        return
    assert all(text is None or "\0" not in text for text in texts)
