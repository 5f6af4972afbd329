"""A clock that stands still until it is moved."""

from __future__ import annotations


class StillClock:
    """A :class:`appliance.core.clock.Clock`. ``pass_seconds`` moves wall and boot time together."""

    def __init__(self, wall_ns: int = 1_790_000_000_000_000_000) -> None:
        self.now_ns, self.up_ns = wall_ns, 1_000_000_000_000

    def pass_seconds(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)
        self.up_ns += int(seconds * 1e9)

    def wall_ns(self) -> int:
        return self.now_ns

    def boot_ns(self) -> int:
        return self.up_ns

    def boot_id(self) -> str:
        return "b" * 32

    def trusted(self) -> bool:
        return True
