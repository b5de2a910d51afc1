"""What answers in place of a hub, and what it was asked."""

from dataclasses import dataclass, field


@dataclass
class Reply:
    """What is answered; `whole` False breaks off in the middle."""

    status: int = 200
    kind: str = "application/json"
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    whole: bool = True


@dataclass
class Odd:
    """An address, what it answers in turn (the last one again and again), and what it was asked."""

    address: str
    replies: list[Reply]
    asked: list[tuple[str, str]] = field(default_factory=list)
