"""What the supervisor's loop gives to those who speak with a camera's process: the process, its socket, its name."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Protocol

__all__ = ["Launcher", "Switchboard"]


class Launcher(Protocol):
    """Makes and ends camera processes; :class:`~appliance.recorder.supervisor.forkserver.ForkServer` does."""

    def spawn(self, token: int, name: str) -> socket.socket:
        """Raises Unavailable."""

    def kill(self, token: int) -> None: ...


class Switchboard(Protocol):
    """What a desk needs of the loop: to be told when its socket is readable, and names for processes."""

    def watch(self, sock: socket.socket, readable: Callable[[], None]) -> None: ...

    def unwatch(self, sock: socket.socket) -> None: ...

    def next_token(self) -> int: ...
