"""Accounts as cameras ask for them: what they challenge with, and whether an answer to it is right."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field

from tests.quirks.script import Request

__all__ = ["PASSWORD", "USER", "Guard"]

USER, PASSWORD = "viewer", "pass-0123"
_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^",\s]+))')
_HASHES = {"MD5": "md5", "MD5-sess": "md5", "SHA-256": "sha256", "SHA-256-sess": "sha256"}


@dataclass
class Guard:
    """One connection's. ``challenge``: lines of WWW-Authenticate, with ``{nonce}`` in them. ``basic`` and ``digest``:
    which answers are taken. ``lasts``: for how many requests a nonce is good; 0: for all. ``open_to``: methods that
    need no account."""

    challenge: tuple[str, ...]
    basic: bool = False
    digest: bool = True
    algorithm: str = "MD5"
    lasts: int = 0
    stale: bool = False
    open_to: frozenset[str] = frozenset(("OPTIONS",))
    user: str = USER
    password: str = PASSWORD
    header: str = "WWW-Authenticate"
    strict_uri: bool = False
    needs: tuple[str, ...] = ()
    count: int = 0
    used: int = 0
    nonce: str = ""
    seen: list[str] = field(default_factory=list)

    def refused(self, request: Request) -> list[str] | None:
        """The lines of a challenge; None where the request may pass."""
        if request.method in self.open_to or self._passes(request):
            return None
        self.count += 1
        self.used = 0
        self.nonce = hashlib.md5(f"{id(self)}{self.count}".encode()).hexdigest()
        lines = [line.format(nonce=self.nonce) for line in self.challenge]
        if self.stale and self.count > 1:
            lines = [f"{line}, stale=true" if line.startswith("Digest") else line for line in lines]
        return [f"{self.header}: {line}" for line in lines]

    def _passes(self, request: Request) -> bool:
        said = request.head.get("authorization", "")
        scheme, _, rest = said.partition(" ")
        if scheme.lower() == "basic":
            wanted = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            return self.basic and rest.strip() == wanted
        if scheme.lower() != "digest" or not self.digest or not self.nonce:
            return False
        found = {name: quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
        if found.get("nonce") != self.nonce or (self.lasts and self.used >= self.lasts):
            return False
        if self.strict_uri and found.get("uri") != request.url:
            return False
        if any(name not in found for name in self.needs):
            return False
        self.used += 1
        return found.get("response") == self._response(request.method, found)

    def _response(self, method: str, found: dict[str, str]) -> str:
        def digest(text: str) -> str:
            return hashlib.new(_HASHES[self.algorithm], text.encode()).hexdigest()

        secret = digest(f"{self.user}:{found.get('realm', '')}:{self.password}")
        if self.algorithm.endswith("-sess"):
            secret = digest(f"{secret}:{self.nonce}:{found.get('cnonce', '')}")
        asked = digest(f"{method}:{found.get('uri', '')}")
        if "qop" in found:
            return digest(f"{secret}:{self.nonce}:{found.get('nc')}:{found.get('cnonce')}:{found['qop']}:{asked}")
        return digest(f"{secret}:{self.nonce}:{asked}")
