"""The status page's WebSocket, left before it is open."""

from __future__ import annotations

import asyncio
import logging

import pytest
from aiohttp import web

from appliance.web.pages.status import page as status

UPGRADE = (
    b"GET /status/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def test_a_page_that_is_left_while_its_socket_opens_is_no_defect(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection is gone by the time the keeper has answered; nothing of that stands in the log."""

    async def left_meanwhile(request: web.Request, *, active: bool) -> dict[str, str]:
        assert request.transport is not None
        request.transport.abort()
        return {}

    async def visit() -> None:
        app = web.Application()
        app.router.add_get("/status/live", status.live)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
        writer.write(UPGRADE)
        assert await reader.read() == b""
        writer.close()
        await runner.cleanup()

    monkeypatch.setattr(status, "_view", left_meanwhile)
    with caplog.at_level(logging.WARNING):
        asyncio.run(visit())
    assert [record.getMessage() for record in caplog.records] == []
