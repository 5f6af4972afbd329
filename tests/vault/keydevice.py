"""A security key in software: what a browser and a FIDO2 key make of the options that a page is given."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["KeyDevice", "plain", "written"]

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def written(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def plain(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class KeyDevice:
    """One key pair, for one site. ``origin`` is what the browser says of the page; ``count`` goes up with each use."""

    def __init__(self, origin: str = "https://localhost", *, name: bytes = b"a key") -> None:
        self.origin, self.count = origin, 0
        self.key_id = hashlib.sha256(name).digest()[:16]
        self._private = ec.generate_private_key(ec.SECP256R1())

    def made(self, options: dict[str, Any], **changed: str) -> str:
        """The answer to a page that enrols."""
        client = self._client("webauthn.create", str(options["challenge"]))
        host = changed.get("host", str(options["rp"]["id"]))
        point = self._private.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.key_id).to_bytes(2, "big") + self.key_id + public
        data = self._data(host, _PRESENT | _VERIFIED | _ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": written(client), "attestationObject": written(attestation)})

    def proof(self, options: dict[str, Any]) -> str:
        """The answer to a page at the door."""
        self.count += 1
        client = self._client("webauthn.get", str(options["challenge"]))
        data = self._data(str(options["rpId"]), _PRESENT | _VERIFIED)
        signature = self._private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        told = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer({name: written(part) for name, part in told.items()})

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, response: dict[str, Any]) -> str:
        key_id = written(self.key_id)
        return json.dumps({"id": key_id, "rawId": key_id, "type": "public-key", "response": response,
                           "clientExtensionResults": {}})  # fmt: skip
