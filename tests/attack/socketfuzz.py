"""Messages of any kind to the keeper's socket, as one user of this machine, in a process of its own.

``python -m tests.attack.socketfuzz FOLDER UID TOKEN KEY SEED COUNT`` is started by root, becomes the user, sends
``COUNT`` messages and prints how they were answered, as JSON. With a ``TOKEN`` that is no empty word most of its calls
bring it; most of its keys are sealed to the vault key that ``KEY`` names. Most messages are calls whose arguments have
the right names and wild values, the others whole nonsense: torn frames, lengths without bytes, heads that are no map.
Some of each bring file descriptors.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import struct
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from appliance.core.errors import Broken
from appliance.protocol.transport import Connection
from tests.verbs import VERBS

__all__ = ["main"]

NAMES = str.split(
    "act add_bps answer asked basis boot_id boot_ns box_ns camera cameras case code count day declared document end_ns "
    "faults found ground id key label left lengths list name new number of old open order page password passwords "
    "person picture purpose reader recipients reference register registry row run_id scan seat session sources start "
    "start_ns text token totp upload url version video_codecs view wall_ns why words"
)
OPEN = str.split(
    "documents.lost first.again first.begin first.finish key.request ledger.head login looks.ask looks.list "
    "notices.failing notices.findings office plan status verify"
)
"""What needs no session."""
STRANGE = ["", "no-such", "x" * 5000]
PATIENCE_SECONDS = 120
_NULL = os.open(os.devnull, os.O_RDONLY)


class Fuzzer:
    """Draws messages from a seed."""

    def __init__(self, seed: str, token: str, vault_key: str) -> None:
        self.some = random.Random(seed)
        self.token, self.vault_key = token, vault_key
        self.bucket = ""
        self.verbs = sorted(VERBS)
        self.recorders = [verb for verb in self.verbs if verb.startswith("recorder.")]

    def value(self, depth: int = 0) -> Any:
        some = self.some
        kinds: list[Callable[[], Any]] = [
            lambda: some.choice([0, 1, -1, 2**31, 2**53, 2**62, 2**62 + 1, 2**63 - 1, 2**63, 2**64 - 1, -(2**63)]),
            lambda: some.choice([None, True, False, 0.5, 1e308, float("inf"), float("nan")]),
            lambda: some.choice(["", "01", "../lock", "x" * 10_000, "\0", "案件", "115-0001", "ab" * 16, "a'; --"]),
            lambda: some.randbytes(some.choice([0, 1, 16, 5000])),
            lambda: f"{some.randbytes(16).hex()}.{some.randrange(10_000):04d}.seg",
        ]
        if depth < 3:
            kinds += [
                lambda: [self.value(depth + 1) for _ in range(some.randrange(4))],
                lambda: {some.choice([*NAMES, "01", "1"]): self.value(depth + 1) for _ in range(some.randrange(4))},
            ]
        return some.choice(kinds)()

    def record(self, verb: str) -> bytes:
        """A body: something like what this verb takes, or another, or bytes."""
        some = self.some
        if some.random() < 0.5:
            self.bucket = some.randbytes(16).hex()
        ns = some.choice([1, 1_790_524_800_000_000_000, 2**62, 2**63])
        place = {"camera_no": some.choice(["01", "77", ""]), "slot_start_ns": ns, "bucket_id": self.bucket}
        opening = {**place, "start_ns": ns, "boot_id": "b", "boot_ns": 1, "trusted": some.random() < 0.5}
        gap = {"camera_no": "01", "start_ns": ns, "end_ns": some.choice([ns, 2**63, -1]), "cause": "disk"}
        file = {"number": 0, "bytes": 9, "sha256": "cd" * 32, "frames": 1, "start_ns": ns, "end_ns": ns}
        key = {**place, "wrapped": some.randbytes(48)}
        made: dict[str, Any] = {
            "recorder.opened": opening,
            "recorder.gap": gap,
            "recorder.closed": {**opening, "end_ns": ns, "segments": [file] * some.choice([0, 1, 2]), "gaps": [gap]},
            "recorder.allocate": {
                "allocation_id": some.randbytes(16).hex(),
                "sealed_key": b"k" * 64,
                "buckets": [key],
                "vault_key": self.vault_key,
            },
            "recorder.states": [{"camera_no": "01", "state": some.choice(["live", "lost", "x"]), "detail": "d"}],
            "recorder.looked": [
                {"camera_no": "01", "at_ns": 1, "wrong": [{"fault": "f", "box": "picture", "text": "t"}]}
            ],
        }
        chosen = made.get(verb) if some.random() < 0.8 else some.choice([*made.values(), self.value()])
        if isinstance(chosen, dict) and chosen and some.random() < 0.4:
            chosen = {**chosen, some.choice(list(chosen)): self.value()}
        return msgspec.msgpack.encode(chosen) if some.random() < 0.9 else some.randbytes(some.randrange(2000))

    def call(self) -> tuple[dict[str, Any], bytes]:
        some = self.some
        verb = some.choice(some.choices([self.recorders, OPEN, self.verbs, STRANGE], [4, 2, 4, 0.5])[0])
        arguments = {name: self.value() for name in some.sample(NAMES, some.randrange(8))}
        if verb == "recorder.hello" and some.random() < 0.5:
            arguments = {"boot_id": "b", "boot_ns": 1, "wall_ns": 1, "run_id": some.randbytes(4).hex(), "open": [],
                         "left": []}  # fmt: skip
        if self.token:
            arguments["caller"] = self.token
        if some.random() < (0.1 if self.token else 0.3):
            arguments["caller"] = some.choice(["", "a" * 64, self.token[:-1], self.token.upper(), self.value()])
        body = self.record(verb) if verb.startswith("recorder.") or some.random() < 0.1 else b""
        return {"verb": verb, **arguments}, body

    def nonsense(self) -> bytes:
        some = self.some
        whole = msgspec.msgpack.encode(self.call()[0])
        return some.choice(
            [
                b"",
                some.randbytes(some.randrange(1, 60)),
                struct.pack(">II", 1 << 20, 64 << 20) + b"x" * 14,
                struct.pack(">II", len(whole), 64 << 20) + whole,
                struct.pack(">II", len(whole), 0) + whole[:-1],
                struct.pack(">II", 3, 0) + some.choice([b"\x93\1\2", b"\xc1\xc1\xc1", b"\x81\xa1\xff"]),
                struct.pack(">II", 2000, 0) + b"\x91" * 2000,
                struct.pack(">II", 0xFFFFFFFF, 0xFFFFFFFF),
            ]
        )


def main(folder: str, uid: int, token: str, vault_key: str, seed: str, count: int) -> dict[str, int]:
    """Sends them all; how often each kind of answer came."""
    place = os.open(folder, os.O_PATH | os.O_DIRECTORY)  # its parents are not open to this user
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    path, fuzzer, got = f"/proc/self/fd/{place}/keeper.sock", Fuzzer(seed, token, vault_key), Counter[str]()
    connection: Connection | None = None
    while got.total() < count:
        fresh = connection is None
        if connection is None:
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(PATIENCE_SECONDS)
            sock.connect(path)
            connection = Connection(sock)
        kind, keeps = _one(connection, fuzzer)
        if fresh or kind not in ("closed", "reset"):  # else it was closed with the answer before
            got[kind] += 1
        if not keeps:
            connection.close()
            connection = None
    return dict(got)


def _send(sock: socket.socket, raw: bytes, some: random.Random) -> None:
    """At once, or its first bytes one by one with descriptors at each."""
    pieces = min(len(raw), 40) if some.random() < 0.3 else 0
    for at in range(pieces):
        socket.send_fds(sock, [raw[at : at + 1]], [_NULL] * some.choice([1, 4, 200]))
    sock.sendall(raw[pieces:])


def _one(connection: Connection, fuzzer: Fuzzer) -> tuple[str, bool]:
    """How one message was answered, and whether the connection goes on."""
    try:
        if fuzzer.some.random() < 0.2:
            _send(connection.sock, fuzzer.nonsense(), fuzzer.some)
            if fuzzer.some.random() < 0.5:
                return "left", False
            connection.sock.shutdown(socket.SHUT_WR)
            with contextlib.suppress(Broken):
                while (message := connection.receive()) is not None:
                    if "code" in message.head:
                        return f"nonsense {message.head['code']}", False
            return "nonsense closed", False
        head, body = fuzzer.call()
        fds = [_NULL] * 4 if fuzzer.some.random() < 0.1 else []
        connection.send(head, body, fds)
        while (message := connection.receive()) is not None:
            if not message.head.get("more"):
                return str(message.head.get("code", "ok")), True
        return "closed", False
    except ConnectionError:
        return "reset", False


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:6], int(sys.argv[6]))))
