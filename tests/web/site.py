"""A running web process for tests: real HTTPS on a free port, a CA of its own, and the keeper's double behind it."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from pathlib import Path

from appliance.core.clock import SystemClock
from appliance.core.settings import Settings, WebSettings
from appliance.vault.tls import issue, make_authority
from appliance.web.http.connection_limits import Patience
from appliance.web.site.app import serve

__all__ = ["SITES", "RunningSite", "free_port", "make_certificates"]


SITES: dict[str, RunningSite] = {}
"""The sites that run now, by their address."""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def make_certificates(folder: Path) -> None:
    """``ca.crt``, ``tls.pem`` and ``tls.key`` for localhost, made by the code that makes the office's."""
    now_ns = SystemClock().wall_ns()
    authority = make_authority("Test office", ["localhost"], now_ns, os.urandom)
    leaf = issue(authority, ["localhost"], now_ns, os.urandom)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.crt").write_bytes(authority.certificate)
    (folder / "tls.pem").write_bytes(leaf.chain)
    (folder / "tls.key").write_bytes(leaf.key)


class RunningSite:
    """``serve`` in a thread of its own, until the block ends. ``address`` is what a browser opens."""

    patience = Patience()

    def __init__(self, state: Path) -> None:
        self.settings = Settings(state=str(state), web=WebSettings(port=free_port(), station_port=0))
        self.address = f"https://localhost:{self.settings.web.port}"
        self.authority = Path(self.settings.layout.web, "ca.crt")
        os.makedirs(self.settings.layout.run, exist_ok=True)
        make_certificates(Path(self.settings.layout.web))

    def __enter__(self) -> RunningSite:
        listening = threading.Event()

        async def main() -> None:
            self._stop = asyncio.Event()
            self._loop = asyncio.get_running_loop()
            await serve(self.settings, self._stop, listening.set, self.patience)

        self._thread = threading.Thread(target=asyncio.run, args=(main(),), name="site")
        self._thread.start()
        if not listening.wait(120):
            raise TimeoutError("the site does not listen")
        SITES[self.address] = self
        return self

    def __exit__(self, *_: object) -> None:
        del SITES[self.address]
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
