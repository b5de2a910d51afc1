import logging

from valhub.server.web_server import WithoutQueries


def test_gunicorns_own_lines_never_hold_a_password() -> None:
    line = logging.LogRecord(
        "gunicorn.error", logging.WARNING, __file__, 1,
        "Invalid HTTP request line: %r", ("GET /login?username=ada&password=correct horse",), None,
    )  # fmt: skip
    assert WithoutQueries().filter(line)
    assert line.getMessage() == "Invalid HTTP request line: 'GET /login?…"
