"""The keeper's side of the darkroom: one :class:`Viewer` is one confined child. Blocking; a viewer is for one thread.

Nothing here decodes, and nothing it imports does: the keeper may not.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from appliance.core.errors import Broken, Unavailable
from appliance.core.errors import from_map as error_from_map
from appliance.core.model import to_wire
from appliance.protocol.transport import Connection, Message, address_of, need_server
from appliance.sandbox.protocol import (
    Block,
    Compared,
    Opening,
    PictureOrder,
    Sample,
    SearchKey,
    SearchOrder,
    StillAnswer,
    StillOrder,
    encode_samples,
)

__all__ = ["SandboxClient", "Viewer"]


class SandboxClient:
    """Where viewers come from. ``timeout_seconds``: how long one request may take; a little longer than the service's
    own limit, which then ends the child. ``server``: the users one of whom must serve there; None: anybody."""

    def __init__(
        self, socket_path: str, *, timeout_seconds: float = 25.0, server: Collection[int] | None = None
    ) -> None:
        self._path, self._timeout, self._server = socket_path, timeout_seconds, server

    def connect(self) -> Viewer:
        """A child of one's own. Raises Unavailable when the darkroom is not there."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(self._timeout)
        try:
            with address_of(self._path) as address:
                sock.connect(address)
        except OSError as error:
            sock.close()
            name = os.path.basename(self._path)
            raise Unavailable.of("darkroom-silent", name=name, why=error.strerror) from error
        connection = Connection(sock)
        need_server(connection, self._server, os.path.basename(self._path))
        return Viewer(connection)


class Viewer:
    """One child. After Unavailable with :attr:`lost` set it is gone: connect anew, nothing else was harmed. With
    :attr:`interrupted` it ended in the middle of an answer, of these bytes or for a reason that has nothing to do with
    them; one more try tells."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.lost = self.interrupted = False

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, opening: Opening) -> None:
        """Begins a response; one that was open is dropped."""
        self._ask({"verb": "open"}, to_wire(opening))

    def push(self, samples: Sequence[Sample]) -> Block:
        """The fMP4 bytes that these samples, in decode order, complete."""
        return self._block(self._ask({"verb": "fragment"}, encode_samples(samples)))

    def finish(self, end_ns: int = 0) -> Block:
        """The last bytes. ``end_ns``: where the last picture ends, 0 = not known."""
        return self._block(self._ask({"verb": "end", "end_ns": end_ns}))

    def picture(self, order: PictureOrder, key: bytes) -> bytes:
        """``key``, a key frame, as a JPEG."""
        return self._ask({"verb": "picture", "order": msgspec.to_builtins(order, builtin_types=(bytes,))}, key).body

    def search(self, order: SearchOrder) -> None:
        """Begins a search for changes; what another one kept is dropped."""
        self._ask({"verb": "search", "order": msgspec.to_builtins(order)})

    def search_key(self, key: SearchKey, data: bytes) -> Compared:
        """Looks at a key frame and keeps what is needed to compare it."""
        answer = self._ask({"verb": "search.key", "key": msgspec.to_builtins(key, builtin_types=(bytes,))}, data)
        try:
            return msgspec.convert(answer.head.get("compared"), Compared)
        except msgspec.ValidationError as error:
            raise Broken(f"darkroom: what it compared cannot be read ({error})") from error

    def search_pair(self, first_ns: int, last_ns: int) -> bool:
        """Whether two key frames that were looked at differ; False where one of them was not."""
        return self._ask({"verb": "search.pair", "first_ns": first_ns, "last_ns": last_ns}).head.get("differs") is True

    def still(self, order: StillOrder, taken: bytes) -> tuple[StillAnswer, bytes]:
        """What was taken from a camera, as a JPEG and what is told beside it."""
        answer = self._ask({"verb": "still", "order": msgspec.to_builtins(order)}, taken)
        try:
            return msgspec.convert(answer.head.get("still"), StillAnswer), answer.body
        except msgspec.ValidationError as error:
            raise Broken(f"darkroom: what it tells of a picture cannot be read ({error})") from error

    def add_scan(self, block: bytes) -> None:
        """The next bytes of a scanned paper, of which this child then holds one."""
        self._ask({"verb": "scan"}, block)

    def look_at_scan(self) -> tuple[str, int]:
        """(type, pages). Raises UsageError for what is no scan of a paper, in words for whoever brought it."""
        head = self._ask({"verb": "scan.look"}).head
        return str(head.get("type", "")), int(head.get("pages", 0))

    def scan_page(self, number: int, side: int) -> bytes:
        """A page, from 1, as a PNG whose longer side has ``side`` pixels at most. Raises UsageError."""
        return self._ask({"verb": "scan.page", "page": number, "side": side}).body

    def close(self) -> None:
        self.lost = True
        self._connection.close()

    def _ask(self, head: dict[str, Any], body: bytes = b"") -> Message:
        if self.lost:
            raise Unavailable.of("viewer-gone")
        message: Message | None = None
        try:
            self._connection.send(head, body)
            message = self._connection.receive()
        except TimeoutError as error:
            self.close()
            raise Unavailable.of("stretch-slow") from error
        except (OSError, Broken):
            message = None
        if message is None:
            self.close()
            self.interrupted = True
            raise Unavailable.of("interrupted")
        if not message.head.get("ok"):
            raise error_from_map(message.head)
        return message

    @staticmethod
    def _block(message: Message) -> Block:
        return Block(str(message.head.get("mime", "")), message.body)
