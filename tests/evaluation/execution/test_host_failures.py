"""Whatever an algorithm does to itself has a verdict and a sentence, and the next call is right."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.interface import MIB
from valhub.evaluation.results import Verdict

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]

SOURCE = """
    import ctypes, os, signal, sys, threading, time

    class Unspeakable(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    class Own:
        pass

    def spin():
        while True:
            pass

    def deeper(n):
        return deeper(n + 1)

    async def later():
        return 1

    def attempts(data):
        if data == "raise":
            raise ValueError("the sun is down\\nand more")
        if data == "raise unspeakable":
            raise Unspeakable
        if data == "recurse":
            return deeper(0)
        if data == "hang":
            time.sleep(60)
        if data == "exit":
            os._exit(3)
        if data == "sys.exit":
            sys.exit("good bye")
        if data == "crash":
            ctypes.string_at(0)
        if data == "forbidden call":
            os.kill(os.getpid(), signal.SIGSYS)
        if data == "kill the guest":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
        if data == "spin in threads":
            for _ in range(3):
                threading.Thread(target=spin, daemon=True).start()
            spin()
        if data == "eat memory":
            return len(bytearray(10**9) * 8)
        if data == "eat memory bit by bit":
            kept = []
            while True:
                kept.append(b"x" * 1_000_000)
        if data == "eat memory on a disk":
            with open("/dev/shm/x", "wb") as file:
                while True:
                    file.write(bytes(1_000_000))
        if data == "print without end":
            while True:
                print("x" * 100_000)
        if data == "large file":
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            with open("/tmp/x", "wb") as file:
                file.truncate(1 << 40)
        if data == "garbage":
            for fd in range(3, 20):
                try:
                    os.write(fd, b"garbage " * 100)
                except OSError:
                    pass
            time.sleep(60)
        if data == "close everything":
            os.closerange(0, 100)
        if data == "many files":
            for number in range(30_000):
                open(f"/tmp/{number}", "w").close()
        return None

    def answers(data):
        return {
            "own": Own(),
            "class": Own,
            "lambda": lambda: 1,
            "generator": (n for n in range(3)),
            "set": {1, 2},
            "too large": b"x" * 5_000_000,
            "many parts": [(1, "a")] * 400_000,
            "nested": deep(100),
        }[data]

    def deep(n):
        value = []
        for _ in range(n):
            value = [value]
        return value

    def f(data):
        if data == "fine":
            return [1, 2.5, "three"]
        if data == "later":
            return later()
        value = attempts(data)
        return answers(data) if value is None else value
"""

FAILURES = [
    ("raise", Verdict.ERROR, "The algorithm raised ValueError: the sun is down."),
    ("raise unspeakable", Verdict.ERROR, "The algorithm raised Unspeakable."),
    ("recurse", Verdict.ERROR, "The algorithm raised RecursionError: maximum recursion depth"),
    ("hang", Verdict.TIMEOUT, "The algorithm took longer than the limit of 1 s."),
    ("exit", Verdict.ERROR, "The algorithm ended its process (exit status 3) instead of answering"),
    ("sys.exit", Verdict.ERROR, "The algorithm raised SystemExit: good bye."),
    ("crash", Verdict.ERROR, "The algorithm's process was ended by a signal (SIGSEGV)."),
    ("forbidden call", Verdict.ERROR, "a system call that the sandbox does not allow"),
    (
        "kill the guest",
        Verdict.ERROR,
        "The algorithm's sandbox ended instead of answering. A repeat",
    ),
    (
        "eat memory",
        Verdict.OUT_OF_MEMORY,
        "The algorithm needed more memory than the limit of 192 MiB.",
    ),
    (
        "eat memory bit by bit",
        Verdict.OUT_OF_MEMORY,
        "needed more memory than the limit of 192 MiB",
    ),
    ("eat memory on a disk", Verdict.OUT_OF_MEMORY, "needed more memory than the limit of 192 MiB"),
    ("print without end", Verdict.ERROR, "The algorithm printed more than the limit of 2 MiB."),
    ("large file", Verdict.ERROR, "The algorithm wrote a file larger than the sandbox allows."),
    (
        "garbage",
        Verdict.INVALID_OUTPUT,
        "The algorithm's process sent something that is not an answer",
    ),
    ("close everything", Verdict.ERROR, "instead of answering."),
    ("many files", Verdict.ERROR, "temporary files"),
    ("own", Verdict.INVALID_OUTPUT, "returned a value of type submission.submission_wrapper.Own,"),
    ("class", Verdict.INVALID_OUTPUT, "returned a value of type builtins.type,"),
    ("lambda", Verdict.INVALID_OUTPUT, "returned a value of type builtins.function,"),
    ("generator", Verdict.INVALID_OUTPUT, "returned a value of type builtins.generator,"),
    ("set", Verdict.INVALID_OUTPUT, "returned a value of type builtins.set,"),
    ("too large", Verdict.INVALID_OUTPUT, "answer is larger than the limit of 4 MiB."),
    ("many parts", Verdict.INVALID_OUTPUT, "a value of more than 4 MiB outside its arrays"),
    ("nested", Verdict.INVALID_OUTPUT, "a value nested more than 64 deep"),
    ("later", Verdict.INVALID_OUTPUT, "returned a value of type builtins.coroutine,"),
]


@pytest.mark.parametrize(("deed", "verdict", "message"), FAILURES, ids=[f[0] for f in FAILURES])
def test_every_failure_has_its_verdict_and_the_next_call_is_right(
    make_host: MakeHost, ask: Ask, quick: CallLimits, deed: str, verdict: Verdict, message: str
) -> None:
    host = make_host(SOURCE, replace(quick, timeout_s=1 if deed == "hang" else 30))
    outcome = ask(host, deed)
    assert outcome.failure is not None
    assert (outcome.answer, outcome.failure.verdict) == (None, verdict)
    assert message in outcome.failure.message
    assert re.fullmatch(r"The algorithm.*\.", outcome.failure.message)
    assert ask(host, "fine").answer == [1, 2.5, "three"]


def test_processor_time_is_limited_over_all_threads(
    make_host: MakeHost, ask: Ask, quick: CallLimits, host_sandbox: Bubblewrap
) -> None:
    # Without control groups nothing measures it, and the run time has to do.
    timeout_s = 60 if host_sandbox.accounts else 2
    host = make_host(SOURCE, replace(quick, cpu_s=0.5, timeout_s=timeout_s))
    outcome = ask(host, "spin in threads")
    assert outcome.failure.verdict is Verdict.TIMEOUT
    assert outcome.failure.message == (
        "The algorithm used more processor time than the limit of 0.5 s."
        if host_sandbox.accounts
        else "The algorithm took longer than the limit of 2 s."
    )
    assert ask(host, "fine").failure is None


def test_a_raised_exception_comes_with_the_authors_own_lines(make_host: MakeHost, ask: Ask) -> None:
    traceback = ask(make_host(SOURCE), "raise").failure.traceback
    assert traceback.startswith("Traceback (most recent call last):")
    assert 'File "submission_wrapper.py", line' in traceback
    assert "ValueError: the sun is down\nand more" in traceback
    assert "/valhub/" not in traceback


def test_a_flood_of_prints_is_kept_to_its_start(make_host: MakeHost, ask: Ask) -> None:
    logs = ask(make_host(SOURCE), "print without end").logs
    assert logs.startswith("x" * 1000)
    assert re.fullmatch(r"x{1000}\n\[\d+ more bytes were printed\]", logs)


IMPORTS = [
    ("import does_not_exist", "could not be imported: ModuleNotFoundError: No module named 'does"),
    ("def g(data): pass", "could not be imported: AttributeError: module 'submission.submission_"),
    ("raise SystemExit(3)", "could not be imported: SystemExit: 3."),
    ("import os; os._exit(3)", "The algorithm's import ended its process, so there is no func"),
    ("import time; time.sleep(60)", "The algorithm's import took longer than the limit of 1 s."),
    ("exec('def f(:')", "could not be imported: SyntaxError: "),
    ("x = b'x' * 10**9", "needed more memory than the limit of 192 MiB."),
    ("import sys\nfrom submission_wrapper import f", "could not be imported: ImportError: cannot"),
]


@pytest.mark.parametrize(("source", "message"), IMPORTS, ids=[source for source, _ in IMPORTS])
def test_an_algorithm_that_cannot_be_imported_never_runs(
    make_host: MakeHost, ask: Ask, quick: CallLimits, source: str, message: str
) -> None:
    limits = replace(quick, import_s=1 if "sleep" in source else 30)
    outcome = ask(make_host(source, limits), 1)
    assert outcome.never_ran
    assert message in outcome.failure.message


def test_what_an_import_prints_is_shown_when_it_fails(make_host: MakeHost, ask: Ask) -> None:
    outcome = ask(make_host("print('loading'); 1 / 0"), 1, reveal=False)
    assert outcome.logs == "loading\n"
    assert outcome.failure.message.endswith(
        "could not be imported: ZeroDivisionError: division by zero."
    )


def test_an_answer_of_ten_gigabytes_costs_the_host_nothing(
    make_host: MakeHost, ask: Ask, quick: CallLimits
) -> None:
    # The bytes are announced, then sent as they are, without ever being in memory at once.
    source = """
        import socket, struct, sys

        def f(data):
            for fd in range(3, 20):
                try:
                    channel = socket.socket(fileno=fd)
                    channel.sendall(struct.pack("<4sIQ", b"VHF1", 48, 10 * 2**30))
                except OSError:
                    pass
    """
    outcome = ask(make_host(source, replace(quick, memory_bytes=64 * MIB)), 1)
    assert outcome.failure.verdict is Verdict.INVALID_OUTPUT
    assert outcome.failure.message == "The algorithm's answer is larger than the limit of 4 MiB."
