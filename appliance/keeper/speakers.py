"""Who may ask the keeper what, and how long a message may be: as the endpoint's row says.

What a person may is judged by the handlers, of the session; this is about processes.
``appliance/protocol/callers.py`` says which process speaks.
"""

from __future__ import annotations

from appliance.core.errors import NotLoggedIn, Refused
from appliance.protocol.callers import CONSOLE, Callers
from appliance.protocol.endpoints import ENDPOINTS
from appliance.protocol.server import Limits
from appliance.protocol.transport import Peer

__all__ = ["limits_of", "need_session", "speakers_of"]


def speakers_of(verb: str) -> frozenset[str]:
    """The roles of who may ask this; none where there is no such endpoint."""
    return ENDPOINTS[verb].callers if verb in ENDPOINTS else frozenset()


def need_session(verb: str, roles: frozenset[str], *, has_session: bool) -> None:
    """Raises NotLoggedIn for what only the command line may ask without one."""
    if _takes_session(verb) and CONSOLE not in roles and not has_session:
        raise NotLoggedIn.of("session-none", verb=verb)


def _takes_session(verb: str) -> bool:
    """Whether the command line asks this, and others who name a session."""
    row = ENDPOINTS.get(verb)
    return row is not None and CONSOLE in row.callers and "session" in row.request.__struct_fields__


def limits_of(callers: Callers) -> Limits:
    """What the keeper's socket lets in."""

    def admit(verb: str, peer: Peer) -> int:
        if not callers.roles(peer.uid, peer.caller) & speakers_of(verb):
            raise Refused.of("caller-refused", verb=verb[:64], user=peer.uid)
        return ENDPOINTS[verb].most_bytes

    def lasting(peer: Peer) -> bool:
        return bool(callers.roles(peer.uid, peer.caller) - {CONSOLE})

    return Limits(admit=admit, lasting=lasting)
