"""The keeper's process: opens the parts, serves the verbs on its socket, keeps house, stops in order."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from typing import Any

from appliance.core.clock import SystemClock
from appliance.core.errors import Broken, RecorderError, Unavailable
from appliance.core.settings import Settings
from appliance.keeper.budgets import Budget
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.log import say
from appliance.keeper.schedule import housekeeping
from appliance.keeper.speakers import limits_of, need_session
from appliance.process.confinement import hide_memory, name_process
from appliance.process.heartbeat import EVERY_SECONDS, Heart
from appliance.protocol.callers import CONSOLE, Callers, installed_users, take_tokens
from appliance.protocol.server import Server
from appliance.protocol.transport import Client, Message, Peer, Reply
from appliance.storage.files import Fs, RealFs

__all__ = ["run_keeper", "serve"]

_CONSOLE_CALLS, _CONSOLE_NS = 200, 50_000_000
"""Calls of the command line at once, and one more every so often."""
_STOPS = {signal.SIGTERM, signal.SIGINT}
"""Waited for, not handled: a handler that sets an event can come while the same thread is inside that event's lock."""


def serve(keeper: Keeper, callers: Callers) -> Server:
    """A server of the keeper's endpoints for these callers, started. Close it before the keeper."""

    def handle(verb: str, arguments: dict[str, Any], message: Message, peer: Peer) -> Reply:
        found = keeper.served.get(verb)
        if found is None:
            raise Broken(f"{verb}: the keeper has no such endpoint")
        if callers.roles(peer.uid, peer.caller) == {CONSOLE} and not asked.take():
            raise Unavailable.of("console-often", verb=verb)
        need_session(verb, callers.roles(peer.uid, peer.caller), has_session="session" in arguments)
        return found.reply(arguments, message.body)

    asked = Budget(keeper.clock.boot_ns, _CONSOLE_CALLS, _CONSOLE_NS)

    def defect(verb: str, error: BaseException) -> None:
        say(f"defect in {verb}: {''.join(traceback.format_exception(error)).strip()}")

    limits = limits_of(callers)
    server = Server(keeper.settings.layout.socket("keeper"), handle, uids=callers.uids, on_defect=defect, limits=limits)
    server.start()
    return server


def _serves(settings: Settings, token: str) -> bool:
    """Whether a caller gets an answer: accepted anew, by a thread of its own, as every caller is."""
    client = Client(settings.layout.socket("keeper"), timeout_seconds=EVERY_SECONDS, caller=token)
    try:
        client.call("office")
    except Unavailable:
        return False
    except RecorderError:
        return True  # a refusal is an answer, and starting anew would not change it
    finally:
        client.close()
    return True


def run_keeper(settings: Settings, *, fs: Fs | None = None) -> None:
    """Keeps until SIGTERM or SIGINT. Raises NotFound before set-up, Damaged when a store does not open, Unavailable
    when it must be started anew."""
    hide_memory()
    name_process("keeper")
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)  # before the first thread, which inherits it
    anew, own = threading.Event(), os.urandom(32).hex()
    callers = Callers.found(os.geteuid(), installed_users(), {**take_tokens(), own: frozenset({"keeper"})})
    clock = SystemClock(assume_trusted=settings.assume_trusted_clock)
    with open_keeper(settings, fs or RealFs(), clock, os.urandom, set_wall=clock.set_wall) as keeper:

        def restart() -> None:
            anew.set()
            os.kill(os.getpid(), signal.SIGTERM)

        house = housekeeping(keeper, restart)
        server = serve(keeper, callers)
        house.start()
        say(f"serving; ledger has {keeper.ledger.size} entries")
        heart = Heart(clock)
        try:
            while True:
                if house.alive and _serves(settings, own):
                    heart.beat()
                said = signal.sigtimedwait(_STOPS, EVERY_SECONDS)
                if said is not None and said.si_signo in _STOPS:  # after a pause of the process it is about no signal
                    break
        finally:
            server.close()
            house.stop()
            try:
                keeper.attempts.enter()
                keeper.ledger.append("recorder.stopped", {"process": "keeper"})
            except RecorderError as error:
                say(f"the stop is not in the ledger: {error}")
    if anew.is_set():
        raise Unavailable.of("keeper-restart")
