"""How pages ask the keeper: a verb in a thread, so that the event loop never waits, and its answer as a record."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

import msgspec

from appliance.core.errors import RecorderError, Unavailable
from appliance.protocol.asking import Received, ask
from appliance.protocol.endpoint import Endpoint, Request
from appliance.protocol.transport import Client

__all__ = ["READ_SECONDS", "SECRETS", "KeeperCalls", "Submit", "submit"]

READ_SECONDS = 10.0
"""What only reads has its answer in milliseconds, so a keeper that hangs is seen soon. Acts and pictures may take
longer: a password is slow on purpose, the disk must be written to, a picture may have to be made anew."""
SECRETS = frozenset({"password", "passwords", "old", "code"})
"""Fields of a request by which the keeper looks at a secret, also at an empty one."""
_MOST_PROOFS = 8
"""So many calls with a secret wait for the keeper at once. It takes one after the other, some tenths of a second each,
and the others would wait in the threads that everybody's pages need."""

Q = TypeVar("Q", bound=Request)
A = TypeVar("A")


class Submit:
    """One form on its way through the link. ``refused``: what the keeper said to its act. ``again``: it was sent
    before and is only shown again, so no act of it reaches the keeper: what was said is said again."""

    def __init__(self, refused: RecorderError | None = None, *, again: bool = False) -> None:
        self.refused, self.again = refused, again

    @contextlib.contextmanager
    def asks(self, endpoint: Endpoint[Any, Any]) -> Iterator[None]:
        """Around a call to the keeper."""
        if endpoint.reads:
            yield
            return
        if self.again:
            raise self.refused or Unavailable.of("form-not-done")
        try:
            yield
        except RecorderError as error:
            self.refused = error
            raise


_SUBMIT: ContextVar[Submit | None] = ContextVar("submit", default=None)


@contextlib.contextmanager
def submit(of: Submit) -> Iterator[Submit]:
    """What is asked of the keeper within the block belongs to this submit."""
    token = _SUBMIT.set(of)
    try:
        yield of
    finally:
        _SUBMIT.reset(token)


def asks(endpoint: Endpoint[Any, Any]) -> contextlib.AbstractContextManager[None]:
    """Around a call to the keeper, whether it belongs to a submit or not."""
    under_way = _SUBMIT.get()
    return under_way.asks(endpoint) if under_way else contextlib.nullcontext()


class KeeperCalls:
    """To be inherited by each part of the link. Every method raises the RecorderError that the keeper raised."""

    def __init__(self, client: Client) -> None:
        self._client, self._proofs = client, 0

    async def ask(
        self, endpoint: Endpoint[Q, A], request: Q, body: bytes = b"", *, within_seconds: float | None = None
    ) -> A:
        """The keeper's answer, within the client's time or this one. Raises the RecorderError that the keeper raised,
        Broken for an answer that is none."""
        return (await self.ask_bytes(endpoint, request, body, within_seconds=within_seconds)).answer

    async def ask_bytes(
        self, endpoint: Endpoint[Q, A], request: Q, body: bytes = b"", *, within_seconds: float | None = None
    ) -> Received[A]:
        """The answer and the bytes behind it."""
        within = within_seconds or (READ_SECONDS if endpoint.reads else None)
        with asks(endpoint), self._turn(not SECRETS.isdisjoint(msgspec.to_builtins(request))):
            return await asyncio.to_thread(ask, self._client, endpoint, request, body, within_seconds=within)

    @contextlib.contextmanager
    def _turn(self, proof: bool) -> Iterator[None]:
        """``proof``: the call has a secret looked at. Raises Unavailable while too many others have."""
        if proof and self._proofs >= _MOST_PROOFS:
            raise Unavailable.of("password-busy")
        self._proofs += proof
        try:
            yield
        finally:
            self._proofs -= proof
