"""The door by itself: whose connections count together, and what one that is let go leaves."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest
from aiohttp import web

from appliance.web.http.connection_limits import Door, Patience, of_whom


class _Silent(asyncio.Transport):
    """A connection that was accepted and says nothing."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.1", 1) if name == "peername" else default

    def pause_reading(self) -> None: ...

    def abort(self) -> None: ...


@pytest.mark.parametrize(
    ("address", "whom"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::9", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_one_computer_is_one_address_also_where_it_has_a_whole_network_of_them(address: str, whom: str) -> None:
    assert of_whom(address) == whom


def test_one_that_is_let_go_before_its_handshake_leaves_no_task_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handshake of a connection that is gone may never end, and nobody waits for it."""

    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    async def nothing(request: web.BaseRequest) -> web.StreamResponse:
        raise AssertionError("nothing is asked")

    async def come_and_go() -> int:
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "start_tls", never)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        door = Door(web.Server(nothing), Patience(of_one=2), lambda answer: None, tls)
        for _ in range(10):
            door().connection_made(_Silent())
            await asyncio.sleep(0)
        for _ in range(5):
            await asyncio.sleep(0)
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        return len(waiting)

    assert asyncio.run(come_and_go()) == 2
