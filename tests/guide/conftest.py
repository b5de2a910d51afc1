"""A machine for each file of tests, and people with what they upload."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guide.machine import new_machine
from guide.story import Story

ENDLESS = "import time\n\n\ndef estimate_azimuth(series):\n    time.sleep(600)\n"


@pytest.fixture(scope="module")
def story(
    tmp_path_factory: pytest.TempPathFactory,
    engine_cache: Path,
    tiny_task: bytes,
    tiny_algorithm: Callable[..., bytes],
) -> Iterator[Story]:
    """A machine, and people with what they upload."""
    folder = tmp_path_factory.mktemp("guide")
    packed = {"task": tiny_task, "right": tiny_algorithm(), "endless": tiny_algorithm(ENDLESS)}
    with (
        new_machine(folder / "machine", engine_cache) as machine,
        pytest.MonkeyPatch.context() as patch,
    ):
        # Everybody's client checks the certificate that the administrator put there.
        patch.setenv("SSL_CERT_FILE", str(machine.proxy_folder / "fullchain.pem"))
        story = Story(machine)
        for name, content in packed.items():
            story.packed[name] = folder / f"{name}.zip"
            story.packed[name].write_bytes(content)
        yield story
