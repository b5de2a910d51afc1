from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, server_error


def test_our_fault_is_a_page_that_needs_nothing() -> None:
    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "Something went wrong in the hub" in response.content.decode()


def test_what_cannot_be_read_is_a_page_that_needs_nothing() -> None:
    response = bad_request(RequestFactory().get("/"), ValueError("secret"))
    page = response.content.decode()
    assert "The request was not understood" in page
    assert "secret" not in page


def test_an_unknown_host_name_is_refused(client: Client) -> None:
    assert client.get("/", HTTP_HOST="example.org").status_code == 400


def test_what_is_forbidden_says_what_to_do() -> None:
    assert "ask the staff" in render_to_string("403.html", request=RequestFactory().get("/"))
