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
_QUOTED = re.compile(r'"[^"]*"')
_SCHEME = re.compile(r"(?:^|,)\s*(digest|basic)(?=[\s,]|$)", re.IGNORECASE)


class Account:
    """User and password, and how the camera wants them."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._challenge: dict[str, str] = {}
        self._basic = self._answered = self._accepted = False
        self._count = 0
        self._prefers = ""
        """The algorithm that is answered after the first one was refused."""

    def learn(self, challenges: Sequence[str]) -> bool:
        """Takes in a camera's challenges, each line one or several; False when none helps, or when the account was not
        taken since the last one: it is wrong, and cameras lock out who tries on. A nonce may be good for one
        request."""
        before = (self._challenge.get("nonce"), self._basic)
        offered = []
        for scheme, rest in _challenges(challenges):
            if scheme == "basic":
                self._basic = True
                continue
            found = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
            if found.get("algorithm", "MD5").upper() in _ALGORITHMS and "nonce" in found:
                offered.append(found)
        other = self._choose(offered) if offered else False
        stale = bool(offered) and self._challenge.get("stale", "").lower() == "true"
        fresh = (self._challenge.get("nonce"), self._basic) != before
        again = stale or other or not self._answered or (fresh and self._accepted)
        self._answered, self._accepted = True, False
        return again and bool(self._challenge or self._basic)

    def _choose(self, offered: list[dict[str, str]]) -> bool:
        """The first challenge, until it was refused where there is one of another algorithm: some cameras offer what
        they do not take. True where that other one is tried now, for the first time."""
        refused = self._answered and not self._accepted
        names = [found.get("algorithm", "MD5").upper() for found in offered]
        other = next((at for at, name in enumerate(names) if name != names[0]), 0)
        tries = refused and bool(other) and not self._prefers
        if tries:
            self._prefers = names[other]
        chosen = offered[names.index(self._prefers)] if self._prefers in names else offered[0]
        if chosen.get("nonce") != self._challenge.get("nonce") or tries:
            self._count = 0
        self._challenge = chosen
        return tries

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
        # What is quoted may have the words in it.
        plain = _QUOTED.sub(lambda quoted: '"' * len(quoted[0]), line)
        begins = list(_SCHEME.finditer(plain))
        for number, each in enumerate(begins, 1):
            end = begins[number].start() if number < len(begins) else len(line)
            found.append((each[1].lower(), line[each.end() : end]))
    return found
