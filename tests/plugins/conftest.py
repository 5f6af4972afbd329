"""What the plugins' tests share: one RTSP server for all that only look, kinds by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from appliance.api import Source
from appliance.api.registry import checked_settings, load_plugins
from tests.peers.clips import RECIPES
from tests.peers.rtsp import RtspServer

Open = Callable[..., Source]


@pytest.fixture(scope="session")
def rtsp() -> Iterator[RtspServer]:
    """Serves every clip under its own name. Tests that stall, spoil or kill start their own."""
    with RtspServer({name: name for name in RECIPES}) as server:
        yield server


@pytest.fixture
def open_source() -> Iterator[Open]:
    """``open_source(kind, **settings)``; what was opened is closed at the end."""
    kinds = load_plugins(["source_av", "source_testcard", "source_picamera"])
    opened: list[Source] = []

    def open_(name: str, **settings: Any) -> Source:
        kind = kinds.source(name)
        opened.append(kind.open(checked_settings(kind, settings)))
        return opened[-1]

    yield open_
    for source in opened:
        source.close()
