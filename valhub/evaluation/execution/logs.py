"""What untrusted code printed: capped, and safe to show on a terminal or a page."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Drop carriage returns and replace what could control a terminal, or cannot be written."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


class Logs:
    """Collects the prints of one call after another.

    Parameters
    ----------
    kept_bytes : int
        How much of one call's prints is kept; the rest is counted.
    """

    def __init__(self, kept_bytes: int) -> None:
        self._kept_bytes = kept_bytes
        self._kept = bytearray()
        self.call_bytes = 0

    def add(self, data: bytes) -> None:
        """Take in what was printed."""
        self._kept += data[: self._kept_bytes - len(self._kept)]
        self.call_bytes += len(data)

    def take(self) -> str:
        """What has been printed since the last time, as text."""
        text = printable(self._kept.decode("utf-8", "replace"))
        dropped = self.call_bytes - len(self._kept)
        self._kept.clear()
        self.call_bytes = 0
        return f"{text}\n[{dropped} more bytes were printed]" if dropped else text
