"""Values that somebody may trip over, and the dice that choose among them."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

TEXTS = (
    "", " ", "\0", "\t", "\r", "\n", "\u2028", "\u202e", "\u200b", "\ufeff", "\ufffd", "\x1b[31m",
    "é", "e\u0301", "ﬁ", "ß", "İ", "Ⅷ", "٣", "½", "\u22125", "\U0001f4a9", "null", "None",
    "NaN", "nan",
    "-", "--", "N/A", "blank", "inf", "-Infinity", "true", "True", "WAHR", "yes", "0", "-1", "007",
    "1e400", "1e-400", "0x10", "1_000", "1,5", "1.234,5", "5 W", "5 %", "=1+1", "../a",
    "/etc/passwd", "C:\\a", "a/b", "a.csv", "A.CSV", ".", "..", "con", "runtime", "time_series",
    "latitude",
    "mean_absolute_error", "a" * 300, "9" * 400, "é" * 30_000, "{", '"', "'", "`", "%s", "{0}",
    "<b>", "\\ud800",
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 2, 90, 91, -91, 181, 360, 361, 1000, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**30,
    10**400, 0.1, -0.0, 1e-320, 1e200, -1e200, 1.7e308, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
ZONES = (
    "UTC", "Etc/GMT+7", "America/Denver", "Europe/Rome", "Asia/Kathmandu", "utc", "UTC+1", "+05:30",
    "-07:00", "GMT-7", "MST", "EST5EDT", "W. Europe Standard Time", "Mars/Olympus", "localtime",
    "posixrules", "../../etc/passwd", "Europe", "/", "", " UTC", "Factory",
)  # fmt: skip
FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%d %H:%M:%S+0000",
    "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S,%f", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d",
    "%Y%m%d%H%M", "%Y/%m/%d %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%m/%d/%y %H:%M",
    "%d.%m.%Y %H:%M", "%d.%m.%y", "%d-%b-%Y %H:%M", "%d %B %Y", "%b %d, %Y", "%H:%M", "%H:%M:%S",
    "%G-W%V-%u", "%Y-%j", "%j", "%s", "%s000", "%s000000000", "%Y-%m-%d %H:%M:%S America/Denver",
    "%Y-%m-%dT%H:%M:%S[Europe/Rome]", "%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d 24:00", "%A", "%Y", "%H",
    "%m/%d/%Y", "%d/%m/%Y", "%Y.%m.%d", "%Y-%m-%d-%H-%M", "%Y-%m-%d %H:%M:60", "%d. %m. %Y", "%c",
    "%Y-%m-%d %H:%M:%S-07:00", "%Y-%m-%d %H:%M:%S+99:99", "5%Y-%m-%d", "%x", "%Y年%m月%d日",
)  # fmt: skip
MOMENTS = (
    "0000-00-00", "0001-01-01", "1582-10-10", "1677-09-21 00:12:43", "1900-01-00", "1970-01-01",
    "2024-02-30", "2023-02-29", "2024-13-01", "2024-03-10 02:30:00", "2262-04-12", "9999-12-31",
    "9999-12-31 23:59:59", "20240-01-01", "12024-01-01", "-0044-03-15", "2024-01-01 24:00",
    "2024-01-01 25:00", "2024-1-1 0:00", "2024-06-30 23:59:60", "45292.5", "now", "today", "NaT",
    "2024-01-01 00:00:00.1234567890123", "1704067200", "1e18", "2024-01-01T00:00+14:00",
    "2024-01-01T00:00-24:00", "01/02/03", "13/13/2013", "2024-01-01 2024-01-01", "Q1 2024",
    "2024-W99",
)  # fmt: skip


LARGEST_FILE_BYTES = 8 * 1024**2


class Dice(Random):
    """A seeded source of choices."""

    def chance(self, share: float) -> bool:
        """Whether something happens that happens in this share of cases."""
        return self.random() < share

    def text(self) -> str:
        """Draw a text; rarely one that no encoding can write, or one of a million characters."""
        if self.chance(0.02):
            return self.choice(["\ud800", "a\udfff", "x" * 1_000_000])
        return self.choice([*TEXTS, *ZONES]) if self.chance(0.9) else self.moment()

    def moment(self) -> str:
        """Draw a date or a time, in any shape."""
        if self.chance(0.4):
            return self.choice(MOMENTS)
        stamp = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * self.randrange(40_000))
        return stamp.strftime(self.choice(FORMATS))

    def value(self, depth: int = 0) -> Any:
        """Draw a JSON value of any type."""
        kind = self.randrange(8 if depth < 3 else 6)
        if kind < 3:
            return self.text()
        if kind < 5:
            return self.choice(NUMBERS)
        if kind == 5:
            return self.choice([None, True, False])
        values = [self.value(depth + 1) for _ in range(self.randrange(4))]
        return values if kind == 6 else {self.text(): one for one in values}

    def cell(self) -> str:
        """Draw what may stand in a cell of a table."""
        kind = self.randrange(3)
        return (self.text, self.moment, lambda: str(self.choice(NUMBERS)))[kind]()

    def damaged(self, content: bytes) -> bytes:
        """Cut bytes off, overwrite, insert or repeat some."""
        if not content:
            return self.randbytes(10)
        start = self.randrange(len(content))
        kind = self.randrange(6)
        if kind == 0:
            return content[:start]
        if kind == 1:
            return content[start:]
        if kind == 2:
            return content[:start] + self.randbytes(self.randrange(1, 9)) + content[start:]
        if kind == 3:
            return content[:start] + content[start : start + 500] * 20 + content[start:]
        flipped = bytearray(content)
        for _ in range(self.choice([1, 1, 2, 8])):
            flipped[self.randrange(len(flipped))] = self.choice([0, 0xFF, self.randrange(256)])
        return bytes(flipped)
