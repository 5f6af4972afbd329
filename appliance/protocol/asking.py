"""Asking an endpoint, by a thread that waits for its answer."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from appliance.core.errors import Broken
from appliance.protocol.endpoint import Endpoint, Request
from appliance.protocol.transport import Message

__all__ = ["Caller", "Received", "ask"]

Q = TypeVar("Q", bound=Request)
A = TypeVar("A")


class Caller(Protocol):
    """:class:`appliance.protocol.transport.Client`, or what stands in for it."""

    def call(self, verb: str, body: bytes = b"", **arguments: Any) -> Message: ...


class Received(NamedTuple, Generic[A]):
    """An answer and the bytes behind it."""

    answer: A
    body: bytes


def ask(
    client: Caller, endpoint: Endpoint[Q, A], request: Q, body: bytes = b"", *, within_seconds: float | None = None
) -> Received[A]:
    """Raises the RecorderError that the keeper raised, Broken for an answer that is none."""
    arguments: dict[str, Any] = msgspec.to_builtins(request)
    patience = {} if within_seconds is None else {"within_seconds": within_seconds}
    message = client.call(endpoint.name, body, **arguments, **patience)
    try:
        return Received(msgspec.convert(message.head, endpoint.answer), message.body)
    except msgspec.ValidationError as error:
        raise Broken.of("keeper-unread", verb=endpoint.name, why=error) from error
