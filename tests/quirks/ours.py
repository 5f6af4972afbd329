"""Our reader, as the recorder's camera process reads: the kind ``rtsp`` with its defaults, opened again when lost."""

from __future__ import annotations

import pickle
import signal
import threading
import time
from collections.abc import Mapping
from typing import Any, BinaryIO

import appliance.plugins.sources.av  # noqa: F401  (the process that is forked from has imported it)
from appliance.api import CameraLost, Packet, Streams
from appliance.api.registry import checked_settings, load_plugins
from appliance.recorder.camera.child import PACE_SECONDS
from tests.quirks.script import AGAIN_SECONDS

__all__ = ["follow"]

_WAITED_SECONDS = 0.004


def follow(path: str, name: str, address: str, account: Mapping[str, str], seconds: float) -> None:
    """Reads a camera of the kind ``name`` until it is told to stop (SIGTERM), or until ``seconds`` are over because
    nobody is left to tell it. It appends what comes to the file ``path``, pickled: a number for each connection,
    descriptions, packets, and why a connection ended."""
    over = threading.Event()
    last = threading.Timer(seconds, over.set)
    last.daemon = True
    last.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    kind = load_plugins(["source_av"]).source(name)
    settings = checked_settings(kind, {"url": address, **account})
    with open(path, "wb", buffering=0) as file:
        connection = 0
        while not over.is_set():
            connection += 1
            pickle.dump(("connection", connection), file)
            try:
                _record(kind.open(settings), file, over)
                why = "the iteration ended"
            except CameraLost as error:
                why = str(error)
            except Exception as error:  # the recorder's camera process takes any for a loss, too
                why = repr(error)
            if not over.is_set():
                pickle.dump(("lost", why), file)
            over.wait(AGAIN_SECONDS)


def _record(source: Any, file: BinaryIO, over: threading.Event) -> None:
    try:
        pickle.dump(("notes", tuple(getattr(source, "notes", ()))), file)
        rests = hasattr(source, "pace_seconds")
        before = time.monotonic()
        for item in source:
            if over.is_set():
                return
            if isinstance(item, Streams):
                pickle.dump(("streams", tuple(tuple(stream) for stream in item.streams)), file)
            elif isinstance(item, Packet):
                pickle.dump(("packet", tuple(item)), file)
            if rests:
                source.pace_seconds = PACE_SECONDS
            elif item is not None and time.monotonic() - before > _WAITED_SECONDS:
                over.wait(PACE_SECONDS)
            before = time.monotonic()
    finally:
        source.close()
