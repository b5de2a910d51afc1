"""The deployed nginx configuration, before a real web server of the hub."""

import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from services.nginx import Nginx, configured, running_nginx
from services.processes import free_port, wait_for_port
from services.tied import tied

# Somebody with a token, and a submission of theirs that goes on; what it prints is both.
FOLLOWED = """
import django; django.setup()
from valhub.accounts.models import Account
from valhub.accounts.services.tokens import make_token
from valhub.analyses.models import Analysis
from valhub.jobs.models import Submission
paul = Account.objects.create(username="paul", email="paul@example.org")
analysis = Analysis.objects.create(analysis_name="Shifts", creator=paul)
one = Submission.objects.create(analysis=analysis, created_by=paul, status="running", algorithm="a")
print(one.pk, make_token(paul, name="test", scopes=())[1])
"""
RECORD = """
import sys, django; django.setup()
from valhub.jobs.services.events import record_event
record_event(sys.argv[1], "note", reason="through nginx")
"""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """nginx, and behind it `valhub web` and `valhub events` with an empty database."""
    folder = tmp_path_factory.mktemp("proxied")
    port = free_port()
    (folder / "data").mkdir()
    settings = {"VALHUB_HTTPS": "yes", "VALHUB_HOSTS": "hub.example.org"}
    environment = {**os.environ, **settings, "VALHUB_DATA": str(folder / "data")}
    command = [sys.executable, "-m", "valhub.client.cli"]
    subprocess.run([*command, "migrate"], env=environment, check=True)
    ports, servers = {"web": port, "events": free_port()}, []
    for part, own in ports.items():
        with (folder / f"{part}.log").open("wb") as log:
            started = [*command, part, f"--port={own}"]
            servers.append(tied(subprocess.Popen(started, env=environment, stderr=log)))
    try:
        for own, server in zip(ports.values(), servers, strict=True):
            wait_for_port(own, server)
        events = f"127.0.0.1:{ports['events']}"
        with running_nginx(folder, f"127.0.0.1:{port}", events=events) as nginx:
            yield nginx
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(120)


def done_in(proxy: Nginx, code: str, *arguments: str) -> str:
    """Do something with the hub's database; gives what it printed."""
    environment = {**os.environ, "VALHUB_DATA": str(proxy.folder / "data")}
    environment["DJANGO_SETTINGS_MODULE"] = "valhub.settings"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout


class Answer:
    """What came back for a request."""

    def __init__(
        self,
        proxy: Nginx,
        path: str,
        method: str = "GET",
        body: str | None = None,
        **headers: str,
    ) -> None:
        trusting = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, context=trusting)
        sent = {"Host": "hub.example.org"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        connection.request(method, path, body, headers=sent)
        answer = connection.getresponse()
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()
        connection.close()


def passed_on(proxy: Nginx, path: str, number: int) -> list[str]:
    """How the first requests for a path were answered: from the cache (HIT) or not.

    A request is logged just after it was answered, so that may be waited for.
    """
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        lines = [json.loads(line) for line in proxy.access_log().splitlines()]
        told = [line["cache"] for line in lines if line["path"] == path]
        if len(told) >= number:
            return told
        time.sleep(0.05)
    pytest.fail(f"Of {number} requests for {path} only {len(told)} were logged.")


def test_the_configuration_is_one(tmp_path: Path) -> None:
    command = configured(tmp_path, "127.0.0.1:8080", http=free_port(), https=free_port())
    done = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_pages_come_through_with_secure_cookies(proxy: Nginx) -> None:
    answer = Answer(proxy, "/sign-in")
    assert answer.status == 200
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize("host", ["hub.example.org", "hub.example.org:8443"])
def test_signing_in_works_on_any_port(proxy: Nginx, host: str) -> None:
    page = Answer(proxy, "/sign-in", Host=host)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.body.decode())
    assert token is not None
    form = urlencode({"username": "nobody", "password": "x", "csrfmiddlewaretoken": token[1]})
    answer = Answer(
        proxy,
        "/sign-in",
        "POST",
        form,
        Host=host,
        Origin=f"https://{host}",
        Referer=f"https://{host}/sign-in",
        Cookie=page.headers["Set-Cookie"].partition(";")[0],
        Content_Type="application/x-www-form-urlencoded",
    )
    assert (answer.status, "User name or password is wrong." in answer.body.decode()) == (401, True)


def test_many_strangers_are_answered_by_one_request(proxy: Nginx) -> None:
    Answer(proxy, "/analysis/home")
    strangers = [threading.Thread(target=Answer, args=(proxy, "/analysis/home")) for _ in range(20)]
    for stranger in strangers:
        stranger.start()
    for stranger in strangers:
        stranger.join()
    told = passed_on(proxy, "/analysis/home", 21)
    assert told.count("MISS") + told.count("EXPIRED") <= 4
    assert {"HIT"} <= set(told)


@pytest.mark.parametrize(
    ("path", "header"),
    [("/analyses/1", {"Cookie": "sessionid=x"}), ("/analyses/2", {"Authorization": "Basic eDp5"})],
)
def test_who_is_signed_in_is_always_passed_on(
    proxy: Nginx, path: str, header: dict[str, str]
) -> None:
    for _ in range(3):
        Answer(proxy, path, **header)
    assert passed_on(proxy, path, 3) == ["BYPASS"] * 3


def test_a_password_in_the_query_of_a_sign_in_is_not_logged(proxy: Nginx) -> None:
    Answer(proxy, "/login?username=paul&password=hunter2")
    assert passed_on(proxy, "/login", 1)
    logs = [path.read_bytes() for path in proxy.folder.iterdir() if path.suffix in (".log", ".out")]
    assert not any(b"hunter2" in log for log in logs)


def test_a_request_has_one_id_in_all_logs(proxy: Nginx) -> None:
    request_id = Answer(proxy, "/livez").headers["X-Request-ID"]
    assert passed_on(proxy, "/livez", 1)
    assert request_id in proxy.access_log()
    assert request_id in (proxy.folder / "web.log").read_text()


def test_what_the_hub_tells_of_itself_is_not_for_the_public(proxy: Nginx) -> None:
    assert Answer(proxy, "/metrics", Authorization="Bearer x").status == 404


def test_a_forwarded_address_that_somebody_made_up_is_replaced(proxy: Nginx) -> None:
    made_up = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "http"}
    assert Answer(proxy, "/sign-in", **made_up).status == 200
    assert "203.0.113.9" not in (proxy.folder / "web.log").read_text()


def test_every_event_comes_through_as_it_happens(proxy: Nginx) -> None:
    submission, token = done_in(proxy, FOLLOWED).split()
    path = f"/api/v1/submissions/{submission}/events"
    headers = {"Host": "hub.example.org", "Accept": "text/event-stream"}
    trusting = ssl._create_unverified_context()
    with closing(http.client.HTTPSConnection("127.0.0.1", proxy.port, context=trusting)) as one:
        one.request("GET", path, headers={**headers, "Authorization": f"Bearer {token}"})
        with one.getresponse() as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")
            for number in (b"1", b"2"):
                # It is recorded after the one before has arrived: nothing gathers them.
                done_in(proxy, RECORD, submission)
                while (line := answer.readline()) != b"id: %s\n" % number:
                    assert line
    # From the process that serves nothing else.
    assert path in (proxy.folder / "events.log").read_text()
    assert path not in (proxy.folder / "web.log").read_text()
