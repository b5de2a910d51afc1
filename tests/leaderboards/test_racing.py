"""Processes that place runs on one board at once, in a database of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.tied import tied

RACER = Path(__file__).with_name("racer.py")
RACERS = 3
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}


@pytest.fixture
def start(tmp_path):
    """Start the racer with some arguments; none outlives the test."""
    started = []
    own = {"VALHUB_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "valhub.settings"}
    env = {**os.environ, **own}

    def start_one(*arguments):
        command = [sys.executable, str(RACER), *map(str, arguments)]
        started.append(tied(subprocess.Popen(command, env=env, text=True, **PIPES)))
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


def answer(process):
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0
    return json.loads(output)


def race(start):
    """Let every racer place a run of every account, all at the same time."""
    racing = [start("race", seed) for seed in range(RACERS)]
    for process in racing:
        assert process.stdout.readline() == "ready\n"
    for process in racing:
        process.stdin.write("\n")
        process.stdin.flush()
    return [run for process in racing for run in answer(process)]


@pytest.mark.slow
def test_of_runs_placed_at_once_each_accounts_best_stays(start):
    answer(start("prepare"))
    best = {}
    for name, mae, run_id in race(start):
        best[name] = min(best.get(name, (mae, run_id)), (mae, run_id))
    board = answer(start("report"))
    expected = [[name, one, *best[name]] for name in best for one in ("mae", "share")]
    assert board["scores"] == sorted(expected)
    assert board["entries_count"] == len(best)
