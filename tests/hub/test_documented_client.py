"""A client written from the document alone: plain HTTP, and no knowledge of the hub's code.

Names of routes, inputs and outputs are the document's; its examples are what answers are held
against.
"""

import base64
import http.cookiejar
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from typing import Any

import pytest

# The document's own examples.
ACCOUNT = {
    "id": "71a66690-07be-4dfe-a2b4-48670ffc32fe",
    "username": "lisa1",
    "password": "123",
    "firstName": "lisa",
    "lastName": "Lee",
    "email": "lisa@gmail.com",
    "githubLink": None,
}
ANALYSIS = json.loads(
    '[{"model": "analyses.analysis", "pk": 1953719668, "fields": {"analysis_name": "test", '
    '"description": "test", "evaluation_script": "https://bucket/evaluation_scripts/analysis.zip"'
    ', "annotation_file_name": "test_annotation.txt", '
    '"max_concurrent_submission_evaluation": 100}}]'
)
SUBMISSION = json.loads(
    '[{"model": "jobs.submission", "pk": "1cd7e0ea-884d-44ce-9e96-5f186bf99904", "fields": '
    '{"analysis": 1, "algorithm": "https://bucket/submission_files/submission_1cd7e0ea.zip"}}]'
)
PASSWORD = "a long enough secret"
WORDS = {
    "analysis_name": "test",
    "description": "test",
    "short_description": "test",
    "ruleset": "test",
    "dataset_description": "test",
}


class Client:
    """One person's program: cookies, JSON and forms."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies)
        self.id = ""

    def send(self, method, path, body=None, **headers) -> Any:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.address + path, body, headers, method=method)
        with self.opener.open(request, timeout=120) as answer:
            content = answer.read()
            return json.loads(content) if content else answer.status

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def json(self, method: str, path: str, fields: Mapping[str, object]) -> Any:
        return self.send(method, path, json.dumps(fields).encode(), Content_Type="application/json")

    def form(self, path: str, fields: Mapping[str, object], file: str, content: bytes) -> Any:
        lines = [
            f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        head = (
            f'--edge\r\nContent-Disposition: form-data; name="{file}"; filename="one.zip"\r\n'
            "Content-Type: application/zip\r\n\r\n"
        )
        body = b"".join([*lines, head.encode(), content, b"\r\n--edge--\r\n"])
        kind = "multipart/form-data; boundary=edge"
        return json.loads(self.send("POST", path, body, Content_Type=kind))

    def list(self, path: str) -> Any:
        """Read a JSON string whose content is the list."""
        return json.loads(self.get(path))


@pytest.fixture(scope="module")
def new_client(busy_hub, fresh_name):
    """Registers and signs in as the document says."""

    def make() -> Client:
        client = Client(busy_hub.address)
        name = fresh_name()
        names = {"firstName": "lisa", "lastName": "Lee", "email": f"{name}@gmail.com"}
        registered = client.json(
            "POST", "/register", {"username": name, "password": PASSWORD, **names}
        )
        query = urllib.parse.urlencode({"username": name, "password": PASSWORD})
        client.id = client.get(f"/login?{query}")["id"]
        assert client.id == registered["id"]
        client.name = name
        return client

    return make


@pytest.fixture(scope="module")
def lisa(new_client):
    """Somebody for tests that need an account, but no new one: a hub takes its time to hash."""
    return new_client()


@pytest.fixture(scope="module")
def analysis(new_client, tiny_task):
    """An analysis that somebody uploaded, as the hub answered."""
    organiser = new_client()
    fields = {"user_id": organiser.id, **WORDS}
    return organiser.form("/analysis/upload", fields, "evaluation_script", tiny_task)


def follow(client: Client, pk: str) -> Any:
    """Poll a submission until it has ended."""
    deadline = time.monotonic() + 120
    while True:
        [found] = client.list(f"/jobs/{pk}")
        if found["fields"]["status"] in ("finished", "failed", "cancelled"):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def submit(client: Client, pk: int, algorithm: bytes) -> Any:
    fields = {"analysis_id": pk, "user_id": client.id}
    return client.form(f"/jobs/analysis/{pk}/submission", fields, "algorithm", algorithm)


@pytest.fixture(scope="module")
def finished(new_client, analysis, tiny_algorithm):
    """A submission that was followed to its end, with the client that did."""
    client = new_client()
    [submission] = submit(client, analysis[0]["pk"], tiny_algorithm())
    return client, follow(client, submission["pk"])


def assert_like(document: Any, example: Any) -> None:
    """Hold a list of one row against the document's example: model, type of key, fields."""
    [row], [shown] = document, example
    assert set(row) == set(shown)
    assert row["model"] == shown["model"]
    assert type(row["pk"]) is type(shown["pk"])
    for name, value in shown["fields"].items():
        assert type(row["fields"][name]) is type(value), name


def test_register_answers_with_the_account_object(new_client, busy_hub, fresh_name):
    name = fresh_name()
    given = {**ACCOUNT, "username": name, "email": f"{name}@gmail.com", "password": PASSWORD}
    del given["id"], given["githubLink"]
    account = Client(busy_hub.address).json("POST", "/register", given)
    assert account.keys() == ACCOUNT.keys()
    assert account == {**given, "password": "", "id": account["id"], "githubLink": None}
    assert str(uuid.UUID(account["id"])) == account["id"]


def test_register_takes_a_form_and_a_link(busy_hub, fresh_name):
    name = fresh_name()
    fields = {"username": name, "email": f"{name}@x.org", "password": PASSWORD}
    fields |= {"firstName": "a", "lastName": "b", "githubLink": "https://github.com/a"}
    body = urllib.parse.urlencode(fields).encode()
    form = "application/x-www-form-urlencoded"
    account = Client(busy_hub.address).send("POST", "/register", body, Content_Type=form)
    assert account["githubLink"] == "https://github.com/a"


def test_login_gives_the_id_by_every_documented_way(lisa, busy_hub):
    credentials = {"username": lisa.name, "password": PASSWORD}
    basic = base64.b64encode(f"{lisa.name}:{PASSWORD}".encode()).decode()
    client = Client(busy_hub.address)
    answers = [
        client.get("/login?" + urllib.parse.urlencode(credentials)),
        client.get("/login", Authorization=f"Basic {basic}"),
        client.json("POST", "/login", credentials),
    ]
    assert answers == [{"id": lisa.id}] * 3


def test_account_list_is_a_list_of_account_objects(lisa):
    [account] = lisa.get("/account/list")
    assert account.keys() == ACCOUNT.keys()
    assert account["id"] == lisa.id


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH"])
def test_account_is_read_and_updated(lisa, method):
    changes = {"username": lisa.name, "password": PASSWORD, "lastName": f"Simpson-{method}"}
    updated = lisa.json(method, f"/account/{lisa.id}/", changes)
    assert updated["lastName"] == f"Simpson-{method}"
    assert lisa.get(f"/account/{lisa.id}/") == updated


def test_account_is_deleted(new_client):
    client = new_client()
    inputs = {"username": client.name, "password": PASSWORD}
    assert client.json("DELETE", f"/account/{client.id}/", inputs) == 204
    with pytest.raises(urllib.error.HTTPError) as refused:
        client.get("/login?" + urllib.parse.urlencode({"username": client.name, "password": "x"}))
    assert refused.value.code == 401
    refused.value.close()


def test_upload_answers_with_the_analysis_object(analysis):
    assert_like(analysis, ANALYSIS)
    fields = analysis[0]["fields"]
    usual = {"annotation_file_name": "test_annotation.txt"}
    usual |= {"max_concurrent_submission_evaluation": 100}
    assert fields.items() >= {**WORDS, **usual}.items()
    assert fields["evaluation_script"].endswith(f"/analysis_{analysis[0]['pk']}.zip")


def test_home_lists_analyses_and_detail_gives_one(lisa, analysis):
    assert analysis[0] in lisa.list("/analysis/home")
    assert lisa.list(f"/analysis/{analysis[0]['pk']}") == analysis


def test_submission_answers_with_the_submission_object(lisa, analysis, tiny_algorithm):
    submission = submit(lisa, analysis[0]["pk"], tiny_algorithm())
    assert_like(submission, SUBMISSION)
    fields = submission[0]["fields"]
    assert fields["status"] in ("submitting", "submitted", "running")
    assert fields["algorithm"].endswith(f"/submission_{submission[0]['pk']}.zip")
    assert (fields["created_by"], fields["result"]) == (lisa.id, None)


def test_submission_is_followed_to_its_end(finished):
    _, submission = finished
    assert_like([submission], SUBMISSION)
    assert submission["fields"]["status"] == "finished"
    metrics = submission["fields"]["result"]["metrics"]
    assert metrics["mean_absolute_error_azimuth"]["value"] == 0.0


def test_submissions_are_listed_by_user_and_by_analysis(finished):
    client, submission = finished
    pk = submission["fields"]["analysis"]
    listed = client.list(f"/jobs/user_submission/{client.id}")
    assert client.list(f"/jobs/analysis/{pk}/user_submission/{client.id}") == listed
    assert_like(listed, SUBMISSION)
    assert listed[0]["fields"].items() <= submission["fields"].items()


def test_leaderboard_lists_submissions_best_first(finished, new_client, tiny_algorithm):
    client, best = finished
    worse = "def estimate_azimuth(series):\n    return float(series.iloc[0]) + 40\n"
    other = new_client()
    [second] = submit(other, best["fields"]["analysis"], tiny_algorithm(worse))
    follow(other, second["pk"])
    board = client.list(f"/jobs/{best['fields']['analysis']}/leaderboard")
    ranked = [row["pk"] for row in board]
    assert ranked.index(best["pk"]) < ranked.index(second["pk"])
    assert [row["model"] for row in board] == ["jobs.submission"] * len(board)
    assert all("metrics" in row["fields"]["result"] for row in board)


def test_stored_archives_are_behind_their_addresses(finished, tiny_algorithm):
    client, submission = finished
    address = submission["fields"]["algorithm"]
    with client.opener.open(address, timeout=120) as answer:
        assert answer.read() == tiny_algorithm()


def test_the_documented_kind_of_package_is_evaluated(new_client, script_example):
    organiser, author = new_client(), new_client()
    fields = {"user_id": organiser.id, **WORDS}
    [analysis] = organiser.form("/analysis/upload", fields, "evaluation_script", script_example[0])
    [submission] = submit(author, analysis["pk"], script_example[1])
    ended = follow(author, submission["pk"])["fields"]
    assert ended["status"] == "finished", ended
    assert ended["result"]["result"][0]["test_split"]["accuracy"] > 0.5
    [first] = author.list(f"/jobs/{analysis['pk']}/leaderboard")
    assert first["pk"] == submission["pk"]
