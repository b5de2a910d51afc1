"""What EC2 may answer instead of an instance, from a real server that answers just that."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from botocore.config import Config

from valhub.cloud.launchers import LauncherUnreachable, LaunchRefused, ec2
from valhub.cloud.launchers.address import EC2Address, read_launcher
from valhub.cloud.launchers.ec2 import EC2Launcher

REFUSAL = (
    "<Response><Errors><Error><Code>{code}</Code><Message>{code} it is</Message></Error></Errors>"
    "<RequestID>1</RequestID></Response>"
)
GRANTED = (
    "<RunInstancesResponse><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet>"
    "</RunInstancesResponse>"
)
Answers = list[tuple[int, str]]


class Amazon(HTTPServer):
    """Answers requests with what is laid out for it; the last answer goes on."""

    answers: Answers
    asked: list[str]


class Handler(BaseHTTPRequestHandler):
    server: Amazon

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.asked.append(self.rfile.read(length).decode())
        answers = self.server.answers
        status, text = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Tests say what matters."""


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Amazon]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    # Tests need not wait as long as a launcher does.
    hurried = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
    monkeypatch.setattr(ec2, "_CONFIG", hurried)
    with Amazon(("127.0.0.1", 0), Handler) as server:
        server.answers, server.asked = [(200, GRANTED)], []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def launcher(amazon: Amazon, options: str = "") -> EC2Launcher:
    endpoint = f"http://127.0.0.1:{amazon.server_port}"
    text = f"ec2://?region=us-east-2&launch_template=workers&endpoint={endpoint}{options}"
    address = read_launcher(text)
    assert isinstance(address, EC2Address)
    return EC2Launcher(address, "valhub-", 600)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("InsufficientInstanceCapacity", "AWS has no capacity for this kind of instance"),
        ("VcpuLimitExceeded", "ask AWS for a higher quota, or lower VALHUB_MAX_INSTANCES"),
        ("RequestLimitExceeded", "the hub asks too often"),
        ("ExpiredToken", "or they have expired. Give the machine a role"),
        ("UnauthorizedOperation", "Allow it ec2:RunInstances"),
        ("InvalidAMIID.NotFound", r"InvalidAMIID.NotFound it is .* Check VALHUB_LAUNCHER"),
    ],
)
def test_a_refusal_is_told_with_its_mend(amazon: Amazon, code: str, told: str) -> None:
    amazon.answers = [(400, REFUSAL.format(code=code))]
    with pytest.raises(LaunchRefused, match=f"cannot launch an instance: .*{told}") as refused:
        launcher(amazon).launch(42, "token")
    assert code in str(refused.value)


@pytest.mark.parametrize("text", [REFUSAL.format(code="InternalError"), "<html>Oops"])
def test_trouble_of_amazons_own_leaves_it_open_whether_it_was_launched(
    amazon: Amazon, text: str
) -> None:
    amazon.answers = [(500, text)]
    with pytest.raises(LauncherUnreachable, match="The hub tries again"):
        launcher(amazon).launch(42, "token")


def test_nobody_who_answers_leaves_it_open_whether_it_was_launched(amazon: Amazon) -> None:
    unreachable = launcher(amazon)
    amazon.server_close()
    with pytest.raises(LauncherUnreachable, match="EC2 does not answer"):
        unreachable.launch(42, "token")
    with pytest.raises(LauncherUnreachable, match="cannot look instances up"):
        unreachable.instances()


def test_a_machine_without_credentials_is_told_so(
    amazon: Amazon, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, f"{tmp_path}/none")
    with pytest.raises(LaunchRefused, match=r"no AWS credentials \(NoCredentialsError\)"):
        launcher(amazon).launch(42, "token")


def test_the_next_subnet_is_tried_when_one_has_no_room(amazon: Amazon) -> None:
    amazon.answers = [(400, REFUSAL.format(code="InsufficientInstanceCapacity")), (200, GRANTED)]
    assert launcher(amazon, "&subnet=subnet-a,subnet-b").launch(42, "token") == "i-1"
    first, second = amazon.asked
    assert "SubnetId=subnet-a" in first
    assert "ClientToken=token-0" in first
    assert "SubnetId=subnet-b" in second
    assert "ClientToken=token-1" in second


def test_a_refusal_repeats_no_secret(amazon: Amazon) -> None:
    amazon.answers = [(403, REFUSAL.format(code="SignatureDoesNotMatch"))]
    with pytest.raises(LaunchRefused) as refused:
        launcher(amazon).launch(42, "token")
    assert "testing" not in str(refused.value)
