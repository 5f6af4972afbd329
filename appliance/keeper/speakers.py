"""Who may ask the keeper what: the roles of each verb's callers, and how long a message of each may be.

What a person may is judged by the handlers, of the session; this is about processes.
``appliance/protocol/callers.py`` says which process speaks. An endpoint's row has its callers and the size of its body;
of a verb that is not a row yet, what is not named here is web's alone, and always with a session where a person is
behind it.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.core.errors import NotLoggedIn, Refused
from appliance.papers.camera_list.posted import MOST_BYTES as PAGE_BYTES
from appliance.protocol.callers import CONSOLE, Callers
from appliance.protocol.endpoints import ENDPOINTS
from appliance.protocol.server import Limits
from appliance.protocol.transport import Peer
from appliance.recorder.camera.live_copy import MAX_WATCHED_BYTES
from appliance.selftest.samples import MAX_TAKEN_BYTES

__all__ = ["limits_of", "need_session", "speakers_of"]

_CONSOLE = frozenset({"office", "looks.ask", "looks.list"})
"""What the command line asks, without a person."""
_NOT_CONSOLES = frozenset({"looks.ask", "looks.list"})
"""What web asks as well, and never without a session."""

_RECORDS_BYTES = 8 << 20
_BODIES = {
    "recorder.picture": MAX_TAKEN_BYTES,
    "recorder.watched": MAX_WATCHED_BYTES,
    "scan.more": 4 << 20,
    "publication.post": 2 * PAGE_BYTES,
    "publication.check": 2 * PAGE_BYTES,
}
"""Bytes beside the head, by verb: of a file that is a little too large the verb says so."""


def speakers_of(verb: str) -> frozenset[str]:
    """The roles of who may ask this."""
    if verb in ENDPOINTS:
        return ENDPOINTS[verb].callers
    if verb.startswith("recorder."):  # those that are no row yet
        return frozenset({"recorder"})
    if verb == "office":
        return frozenset({CONSOLE, "web", "keeper"})
    return frozenset({CONSOLE, "web"}) if verb in _CONSOLE else frozenset({"web"})


def need_session(verb: str, roles: frozenset[str], *, has_session: bool) -> None:
    """Raises NotLoggedIn for what only the command line may ask without one."""
    if _takes_session(verb) and CONSOLE not in roles and not has_session:
        raise NotLoggedIn.of("session-none", verb=verb)


def _most_bytes(verb: str) -> int:
    if verb in ENDPOINTS:
        return ENDPOINTS[verb].most_bytes
    return _BODIES.get(verb, _RECORDS_BYTES if verb.startswith("recorder.") else 0)


def _takes_session(verb: str) -> bool:
    """Whether the command line and others ask this, who then name a session."""
    if verb in ENDPOINTS:
        row = ENDPOINTS[verb]
        return CONSOLE in row.callers and "session" in row.request.__struct_fields__
    return verb in _NOT_CONSOLES


def limits_of(callers: Callers, knows: Callable[[str], bool]) -> Limits:
    """What the keeper's socket lets in. ``knows``: whether there is such a verb."""

    def admit(verb: str, peer: Peer) -> int:
        if not knows(verb) or not callers.roles(peer.uid, peer.caller) & speakers_of(verb):
            raise Refused.of("caller-refused", verb=verb[:64], user=peer.uid)
        return _most_bytes(verb)

    def lasting(peer: Peer) -> bool:
        return bool(callers.roles(peer.uid, peer.caller) - {CONSOLE})

    return Limits(admit=admit, lasting=lasting)
