"""A reader runs within limits, knows no secret, and every way of failing is one of three errors."""

import errno
import json
import re
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from valhub.evaluation.reader import ReaderFailed, ReaderLimitReached, ReaderLimits, run_reader

ROOT = Path(__file__).parents[2]
GIB = 1024**3
LIMITS = ReaderLimits(cpu_s=30, memory_bytes=4 * GIB, run_time_s=60)
# It reads by executing its request, which has to leave what it found in `found`.
READER = """
import errno, os, resource, sys, time
from valhub.evaluation.reader_process import serve

def read(request):
    names = {"found": {}, **globals()}
    exec(request["code"], names)
    return names["found"]

if __name__ == "__main__":
    serve(read)
"""
STARTER = f"""
import json
from valhub.evaluation.reader import ReaderLimits, run_reader
code = "found = {{'memory': resource.getrlimit(resource.RLIMIT_AS)}}"
limits = ReaderLimits(cpu_s=30, memory_bytes={8 * GIB}, run_time_s=60)
print(json.dumps(run_reader("tiny_reader", {{"code": code}}, limits)))
"""


@pytest.fixture(autouse=True)
def tiny_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiny_reader.py").write_text(READER)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")


def run(code: str, limits: ReaderLimits = LIMITS, **more: str) -> dict[str, Any]:
    return run_reader("tiny_reader", {"code": code, **more}, limits)


def test_what_it_found_comes_back() -> None:
    assert run("found = {'a': [1]}") == {"a": [1]}


def test_a_request_may_be_longer_than_a_command_line() -> None:
    assert run("found = {'a': 1}", text="x" * 3_000_000) == {"a": 1}


def test_it_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VALHUB_SECRET_KEY", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "hidden")
    monkeypatch.setenv("TZ", "UTC")
    environment = run("found = dict(os.environ)")
    assert "hidden" not in environment.values()
    assert environment["TZ"] == "UTC"


def test_its_command_line_names_nothing_that_it_reads() -> None:
    code = "found = {'line': open('/proc/self/cmdline').read().split(chr(0))[1:-2]}"
    assert run(code) == {"line": ["-P", "-m", "tiny_reader"]}


def test_it_leaves_no_dump_of_its_memory() -> None:
    found = run("found = {'core': resource.getrlimit(resource.RLIMIT_CORE)}")
    assert found == {"core": [0, 0]}


def test_a_machine_s_own_lower_limit_holds() -> None:
    command = 'ulimit -v 4194304 && exec "$0" -c "$1"'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, STARTER], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"memory": [4 * GIB, 4 * GIB]}


@pytest.mark.parametrize(
    ("code", "limits"),
    [
        ("while True: pass", replace(LIMITS, cpu_s=1)),
        (f"bytearray({8 * GIB})", LIMITS),
        (f"open('large', 'wb').truncate({8 * GIB})", LIMITS),
        ("raise OSError(errno.ENOMEM, '')", LIMITS),
    ],
    ids=["processor time", "memory", "file size", "no memory for a file"],
)
def test_a_limit_that_is_reached_is_reported(
    code: str, limits: ReaderLimits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReaderLimitReached):
        run(code, limits)


def test_waiting_is_not_the_fault_of_what_is_read() -> None:
    with pytest.raises(ReaderFailed, match=r"^it took longer than 0.5 s$"):
        run("time.sleep(60)", replace(LIMITS, run_time_s=0.5))


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("open('/dev/full', 'w').write('x' * 10**6)", errno.ENOSPC),
        ("raise OSError(errno.EDQUOT, '')", errno.EDQUOT),
    ],
)
def test_a_full_disk_is_reported_as_one(code: str, number: int) -> None:
    with pytest.raises(OSError, match=re.escape(f"[Errno {number}]")):
        run(code)


@pytest.mark.parametrize("said", ["noise", "[1]", "5", "{}", '{"faults": [{"x": 1}]}', "\xff"])
def test_an_answer_that_cannot_be_read_is_a_failure(said: str) -> None:
    with pytest.raises(ReaderFailed, match="its answer was not readable"):
        run(f"os.write(1, {said!r}.encode('latin-1')); os._exit(0)")


def test_a_process_that_cannot_start_is_a_failure() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(ReaderFailed, match="could not start another process"):
            run("")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_it_writes_to_stderr_goes_to_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ReaderFailed) as failed:
        run("raise RuntimeError('/secret/place')")
    assert str(failed.value) == "the log has the reason"
    assert "RuntimeError: /secret/place" in caplog.text
