"""A search of the network for cameras that nobody typed yet, when a person asked for one: a process of its own, which
may do nothing but speak on the network, and ends. ``python -m appliance.recorder.supervisor.discovery``

It is told the plugins and the network interfaces; it is handed no camera, no account and no key. It reads an
:class:`Order` from standard input and writes the found devices to standard output, both JSON.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401 - imported before files are out of reach
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Sequence

import msgspec

from appliance.api import SourceKind
from appliance.api.registry import load_plugins
from appliance.core.errors import RecorderError
from appliance.core.model import Record
from appliance.process.bounded_child import run_bounded
from appliance.process.confinement import Allowed, confine, name_process
from appliance.rules.cameras.wiring import Found

__all__ = ["Order", "Searcher", "found_by", "search"]

SECONDS = 3.0
"""So long answers are waited for: devices answer within half a second of their own choosing."""
_PATIENCE_SECONDS = 20.0
_MOST_BYTES = 256 << 10
_MOST, _LONGEST = 128, 200
_MEMORY_BYTES = 256 << 20


class Order(Record, frozen=True, kw_only=True):
    """``interfaces``: indexes of network interfaces."""

    plugins: tuple[str, ...] = ()
    interfaces: tuple[int, ...] = ()
    seconds: float = SECONDS


def found_by(kinds: Iterable[SourceKind], interfaces: Sequence[int], seconds: float) -> list[Found]:
    """What is found by the kinds of camera that can look for their own devices, in words that may be shown."""
    found: dict[tuple[str, str], Found] = {}
    for kind in kinds:
        if kind.discover is None:
            continue
        for each in kind.discover(interfaces, seconds):
            value, words, service, card = map(_plain, each)
            one = Found(
                source=kind.name, setting=kind.address_setting, value=value, words=words, service=service, card=card
            )
            found.setdefault((kind.name, value), one)
    return list(found.values())[:_MOST]


def search(order: Order) -> tuple[list[Found], str]:
    """What a confined process finds; where it failed, nothing, and why. Blocking."""
    command = (sys.executable, "-P", "-m", "appliance.recorder.supervisor.discovery")
    done = run_bounded(command, msgspec.json.encode(order), _PATIENCE_SECONDS, _MOST_BYTES)
    if done is None:
        return [], "the search ended without an answer in time"
    try:
        if done.status:
            return [], done.errors.strip().splitlines()[-1][:_LONGEST]
        return msgspec.json.decode(done.output, type=list[Found]), ""
    except (msgspec.MsgspecError, IndexError) as error:
        return [], f"the search ended without an answer ({type(error).__name__})"


class Searcher:
    """Searches in a thread each; ``done`` gets the search's number, what was found, and why nothing was."""

    def __init__(self, plugins: Sequence[str], done: Callable[[int, list[Found], str], None]) -> None:
        self._plugins, self._done = tuple(plugins), done
        self._number = 0

    def asked(self, number: int) -> None:
        """Begins the search of this number unless it is the one begun last; 0: nobody waits for one. A keeper that was
        restarted counts from 1 again."""
        if number != self._number:
            self._number = number
            if number:
                threading.Thread(target=self._search, args=(number,), name="search", daemon=True).start()

    def _search(self, number: int) -> None:
        interfaces = tuple(index for index, name in socket.if_nameindex() if name != "lo")
        self._done(number, *search(Order(plugins=self._plugins, interfaces=interfaces)))


def main() -> None:
    name_process("search")
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    kinds = load_plugins(order.plugins).sources.values()
    confine(Allowed(network=True, memory_bytes=_MEMORY_BYTES)).check_floor()
    sys.stdout.buffer.write(msgspec.json.encode(found_by(kinds, order.interfaces, order.seconds)))
    sys.stdout.flush()


def _plain(text: str) -> str:
    return "".join(each for each in str(text) if each.isprintable())[:_LONGEST]


if __name__ == "__main__":
    try:
        main()
    except RecorderError as error:
        sys.exit(str(error))
