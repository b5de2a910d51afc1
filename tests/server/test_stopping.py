import signal
import subprocess
import sys

import pytest

from services.tied import tied

WAIT = """
import signal
from valhub.server.stopping import stop_on_signals
stop = stop_on_signals(grace_s={grace_s})
signal.signal(signal.SIGUSR1, lambda *_: None)
print("ready", flush=True)
{rest}
"""


def started(rest: str, *, grace_s: int = 0) -> subprocess.Popen[str]:
    code = WAIT.format(rest=rest, grace_s=grace_s)
    process = tied(
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_waiting_loop_ends_in_order(number: signal.Signals) -> None:
    with started("stop.wait(); print('in order')") as process:
        process.send_signal(number)
        assert process.communicate(timeout=120)[0] == "in order\n"
        assert process.returncode == 0


def test_other_signals_do_not_stop_the_loop() -> None:
    with started("print(stop.wait(0.5))") as process:
        process.send_signal(signal.SIGUSR1)
        assert process.communicate(timeout=120)[0] == "False\n"


def test_a_second_signal_is_no_trouble() -> None:
    rest = "stop.wait(); time.sleep(0.2); print('heard', flush=True); time.sleep(0.5)"
    with started(f"import time; {rest}") as process:
        process.terminate()
        assert process.stdout is not None
        assert process.stdout.readline() == "heard\n"
        process.terminate()
        assert process.communicate(timeout=120) == ("", "")
        assert process.returncode == 0


def test_what_does_not_end_in_its_grace_is_ended() -> None:
    with started("import time; time.sleep(3600)", grace_s=1) as process:
        process.terminate()
        assert process.wait(timeout=60) == -signal.SIGALRM
