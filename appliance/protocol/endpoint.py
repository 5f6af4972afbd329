"""An endpoint of the keeper: its name, its request and its answer, once, for whoever asks and for the keeper.

The rows lie beside their records, a module a subject; :mod:`appliance.protocol.endpoints` has all of them. The server,
the clients, the limits of the socket and the page of the protocol are made from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from appliance.core.errors import Broken
from appliance.protocol.transport import Reply

__all__ = [
    "ActRequest",
    "Done",
    "Endpoint",
    "PairRequest",
    "Request",
    "SeatRequest",
    "Served",
    "SessionRequest",
    "WithBody",
    "serves",
    "serves_body",
]


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What an endpoint is asked. A default is not sent."""


class SessionRequest(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``session``: the token of the browser's log-in. ``active`` false: a page asks by itself, which keeps nobody
    logged in."""

    session: str
    active: bool = True


class ActRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An act of the person in ``seat``, who typed ``password`` where one is needed. ``act``: its id, drawn with the
    form, by which an act that is sent twice is done once."""

    act: str
    seat: int
    password: str = ""


class PairRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An act of the two people at one browser. ``act``: as of an :class:`ActRequest`. ``passwords``: what both typed,
    by seat number."""

    act: str
    passwords: dict[str, str]


class Done(msgspec.Struct, frozen=True):
    """The answer that says no more than that it was done."""


class SeatRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the person in ``seat`` asks for (0: the first here who may), who typed ``password`` where two are here; no
    act that could be sent twice."""

    seat: int = 0
    password: str = ""


Q = TypeVar("Q", bound=Request)
A = TypeVar("A")


class Endpoint(NamedTuple, Generic[Q, A]):
    """``reads``: it changes nothing, and its answer is there in milliseconds. ``callers``: the roles of the processes
    that may ask it (``protocol.callers``). ``most_bytes``: of a body that comes with the request."""

    name: str
    request: type[Q]
    answer: type[A]
    reads: bool = False
    callers: frozenset[str] = frozenset({"web"})
    most_bytes: int = 0


class WithBody(NamedTuple, Generic[A]):
    """An answer with bytes behind it, as a whole or block by block."""

    answer: A
    body: bytes | Iterator[bytes]


class Served(NamedTuple):
    """An endpoint and what answers it."""

    endpoint: Endpoint[Any, Any]
    handler: Callable[[Any, bytes], Any]

    def reply(self, arguments: Mapping[str, Any], body: bytes) -> Reply:
        """Raises Broken for a request that is none, and whatever the handler raises."""
        try:
            request = msgspec.convert(arguments, self.endpoint.request)
        except msgspec.ValidationError as error:
            raise Broken(f"{self.endpoint.name}: {error}") from error
        answer = self.handler(request, body)
        if isinstance(answer, WithBody):
            return Reply(msgspec.to_builtins(answer.answer), answer.body)
        return Reply(msgspec.to_builtins(answer))


def serves(endpoint: Endpoint[Q, A], handler: Callable[[Q], A | WithBody[A]]) -> Served:
    return Served(endpoint, lambda request, body: handler(request))


def serves_body(endpoint: Endpoint[Q, A], handler: Callable[[Q, bytes], A | WithBody[A]]) -> Served:
    """For an endpoint whose request comes with bytes."""
    return Served(endpoint, handler)
