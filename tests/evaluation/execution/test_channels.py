"""What a channel holds, and lets go of."""

import socket
from pathlib import Path

from valhub.evaluation.execution.channel import Channel


def open_files() -> set[str]:
    return {one.name for one in Path("/proc/self/fd").iterdir()}


def test_a_peer_that_hangs_up_while_a_file_is_sent_costs_no_descriptor(tmp_path: Path) -> None:
    data = tmp_path / "frame"
    data.write_bytes(bytes(8 * 1024 * 1024))
    before = open_files()
    ours, theirs = socket.socketpair()
    channel = Channel(ours, 1024)
    channel.queue_file(data)
    channel.send()
    assert channel.sending
    theirs.close()
    channel.send()
    channel.close()
    assert open_files() == before
