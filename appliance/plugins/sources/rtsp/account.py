"""An account at a camera: Digest (RFC 7616) or Basic (RFC 7617), as the camera's challenges ask for it. Pure but for
the client's own random numbers.

Not a plugin; ``client.py`` logs in with it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence

__all__ = ["Account"]

_ALGORITHMS = {"MD5": "md5", "MD5-SESS": "md5", "SHA-256": "sha256", "SHA-256-SESS": "sha256"}
_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^",\s]+))')
_SCHEME = re.compile(r"(?:^|,)\s*(digest|basic)\s+", re.IGNORECASE)


class Account:
    """User and password, and how the camera wants them."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._challenge: dict[str, str] = {}
        self._basic = self._answered = self._accepted = False
        self._count = 0

    def learn(self, challenges: Sequence[str]) -> bool:
        """Takes in a camera's challenges, each line one or several; False when none helps, or when the account was not
        taken since the last one: it is wrong, and cameras lock out who tries on. A nonce may be good for one
        request."""
        before = (self._challenge.get("nonce"), self._basic)
        stale = False
        for scheme, rest in _challenges(challenges):
            if scheme == "basic":
                self._basic = True
                continue
            found = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
            if found.get("algorithm", "MD5").upper() in _ALGORITHMS:
                if found.get("nonce") != self._challenge.get("nonce"):
                    self._count = 0
                self._challenge = found
                stale = found.get("stale", "").lower() == "true"
                break
        fresh = (self._challenge.get("nonce"), self._basic) != before
        again = stale or not self._answered or (fresh and self._accepted)
        self._answered, self._accepted = True, False
        return again and bool(self._challenge or self._basic)

    def accepted(self) -> None:
        """The camera took the account: another challenge asks for another answer and does not mean that it is wrong."""
        self._accepted = self._answered

    def authorization(self, method: str, url: str) -> str:
        """The value of the Authorization header; "" before the camera asked for one."""
        if self._challenge:
            return self._digest(method, url, self._challenge)
        if self._basic:
            return "Basic " + base64.b64encode(f"{self._user}:{self._password}".encode()).decode("ascii")
        return ""

    def _digest(self, method: str, url: str, challenge: dict[str, str]) -> str:
        named = challenge.get("algorithm", "MD5").upper()
        realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")
        own = secrets.token_hex(8)

        def digest(text: str) -> str:
            return hashlib.new(_ALGORITHMS[named], text.encode(), usedforsecurity=False).hexdigest()

        secret, asked = digest(f"{self._user}:{realm}:{self._password}"), digest(f"{method}:{url}")
        if named.endswith("-SESS"):
            secret = digest(f"{secret}:{nonce}:{own}")
        words = [f'username="{self._user}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{url}"']
        if "auth" in challenge.get("qop", "").replace(" ", "").split(","):
            self._count += 1
            count = f"{self._count:08x}"
            response = digest(f"{secret}:{nonce}:{count}:{own}:auth:{asked}")
            words += [f'response="{response}"', "qop=auth", f"nc={count}", f'cnonce="{own}"']
        else:
            words.append(f'response="{digest(f"{secret}:{nonce}:{asked}")}"')
            words += [f'cnonce="{own}"'] if named.endswith("-SESS") else []
        words += [f"algorithm={challenge['algorithm']}"] if "algorithm" in challenge else []
        words += [f'opaque="{challenge["opaque"]}"'] if "opaque" in challenge else []
        return "Digest " + ", ".join(words)


def _challenges(lines: Sequence[str]) -> list[tuple[str, str]]:
    """(scheme, parameters) of each challenge, in order."""
    found = []
    for line in lines:
        parts = _SCHEME.split(line)
        found += [(scheme.lower(), rest) for scheme, rest in zip(parts[1::2], parts[2::2], strict=True)]
    return found
