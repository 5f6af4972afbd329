"""Quirks of accounts: Digest and Basic, as cameras challenge with them."""

from __future__ import annotations

from typing import Any

from tests.quirks.accounts import Guard
from tests.quirks.script import Quirk, Script

G = "account"
_PLAIN = 'Digest realm="Camera", nonce="{nonce}"'


def _script(*challenge: str, seconds: float = 9.0, sound: str = "", timeout: int = 60, **guard: Any) -> Script:
    return Script(account=lambda: Guard(challenge, **guard), seconds=seconds, sound=sound, timeout=timeout)


def rows() -> list[Quirk]:
    qop = f'{_PLAIN}, qop="auth"'
    return [
        Quirk("digest", G, "Digest without qop (RFC 2069)", "Hikvision", _script(_PLAIN)),
        Quirk("digest-options-too", G, "wants the account for OPTIONS, too", "Motion-Project/motion#121",
              _script(_PLAIN, open_to=frozenset())),
        Quirk("digest-qop", G, "Digest with qop=auth", "", _script(qop, needs=("nc", "cnonce"))),
        Quirk("digest-qop-unquoted", G, "qop=auth without quotes", "", _script(f"{_PLAIN}, qop=auth", needs=("nc",))),
        Quirk("digest-qop-list", G, 'qop="auth,auth-int"', "", _script(f'{_PLAIN}, qop="auth,auth-int"')),
        Quirk("digest-qop-empty", G, 'qop=""', "", _script(f'{_PLAIN}, qop=""')),
        Quirk("digest-opaque", G, "Digest with opaque, which must come back", "",
              _script(f'{_PLAIN}, opaque="abc123"', needs=("opaque",))),
        Quirk("digest-algorithm-md5", G, "algorithm=MD5 unquoted", "bluenviron/mediamtx#3116",
              _script(f"{_PLAIN}, algorithm=MD5")),
        Quirk("digest-algorithm-quoted", G, 'algorithm="MD5"', "", _script(f'{_PLAIN}, algorithm="MD5"')),
        Quirk("digest-md5-sess", G, "MD5-sess with qop", "", _script(f"{qop}, algorithm=MD5-sess",
              algorithm="MD5-sess")),
        Quirk("digest-sha256", G, "SHA-256", "", _script(f"{qop}, algorithm=SHA-256", algorithm="SHA-256")),
        Quirk("digest-sha256-then-md5", G, "challenges with SHA-256 and with MD5, takes MD5", "Hikvision",
              _script(f"{_PLAIN}, algorithm=SHA-256", f"{_PLAIN}, algorithm=MD5")),
        Quirk("digest-md5-then-sha256", G, "challenges with MD5 and with SHA-256, takes MD5", "",
              _script(f"{_PLAIN}, algorithm=MD5", f"{_PLAIN}, algorithm=SHA-256")),
        Quirk("digest-sha512", G, "a scheme that nobody knows, then MD5", "",
              _script(f"{_PLAIN}, algorithm=SHA-512-256", _PLAIN)),
        Quirk("digest-stale", G, 'stale="FALSE" in the challenge', "AlexxIT/go2rtc#2232",
              _script(f'{_PLAIN}, stale="FALSE"')),
        Quirk("digest-nonce-once", G, "a nonce is good for one request", "Axis M5525", _script(_PLAIN, lasts=1)),
        Quirk("digest-nonce-once-qop", G, "the same with qop, and stale=true", "", _script(qop, lasts=1, stale=True)),
        Quirk("digest-nonce-two", G, "a nonce is good for two requests, and says stale=true then", "", _script(_PLAIN,
              lasts=2, stale=True)),
        Quirk("digest-keep-alive-401", G, "wants signs of life with a new nonce; timeout=4", "Axis M5525",
              _script(_PLAIN, lasts=1, timeout=4, seconds=16, open_to=frozenset())),
        Quirk("digest-before-basic", G, "Digest, then Basic in a line of its own; takes Digest", "AlexxIT/go2rtc#2232",
              _script(_PLAIN, 'Basic realm="Camera"')),
        Quirk("basic-before-digest", G, "Basic, then Digest; takes Digest only", "bluenviron/mediamtx#3116",
              _script('Basic realm="TP-LINK IP-Camera"', _PLAIN)),
        Quirk("basic-and-digest-one-line", G, "both challenges in one line; takes Digest", "",
              _script(f'Basic realm="Camera", {_PLAIN}')),
        Quirk("digest-and-basic-one-line", G, "the same the other way round", "",
              _script(f'{_PLAIN}, Basic realm="Camera"')),
        Quirk("basic", G, "Basic", "AlexxIT/go2rtc#999", _script('Basic realm="TP-Link IP-Camera"', basic=True,
              digest=False)),
        Quirk("basic-options-too", G, "Basic, for OPTIONS too", "",
              _script('Basic realm="x"', basic=True, digest=False, open_to=frozenset())),
        Quirk("basic-no-realm", G, "Basic without a realm", "", _script("Basic", basic=True, digest=False)),
        Quirk("digest-lower-case", G, "writes `digest realm=`", "", _script('digest realm="Camera", nonce="{nonce}"')),
        Quirk("digest-no-spaces", G, "no blanks behind the commas", "",
              _script('Digest realm="Camera",nonce="{nonce}"')),
        Quirk("digest-spaces", G, 'blanks around `=`', "", _script('Digest realm = "Camera" , nonce = "{nonce}"')),
        Quirk("digest-nonce-first", G, "the nonce ahead of the realm", "",
              _script('Digest nonce="{nonce}", realm="Camera"')),
        Quirk("digest-domain", G, "domain ahead of the rest", "",
              _script('Digest domain="/", realm="Camera", nonce="{nonce}"')),
        Quirk("digest-realm-odd", G, "a realm with a blank, a colon and a comma", "",
              _script('Digest realm="Login to 4K, No. 1: x", nonce="{nonce}"')),
        Quirk("digest-realm-empty", G, "an empty realm", "", _script('Digest realm="", nonce="{nonce}"')),
        Quirk("digest-realm-utf8", G, "a realm in Chinese", "", _script('Digest realm="攝影機", nonce="{nonce}"')),
        Quirk("digest-uri-strict", G, "checks the uri against the request to the letter", "", _script(_PLAIN,
              strict_uri=True, sound="alaw")),
        Quirk("password-odd", G, "a password with @ : / ? # % & and a blank", "AlexxIT/WebRTC#265",
              _script(_PLAIN, password="p@s:s/w?o#r%d& x")),
        Quirk("password-none", G, "a user without a password", "Ullaakut/cameradar#199", _script(_PLAIN, password="")),
        Quirk("header-lower-case", G, "writes `www-authenticate`", "AlexxIT/go2rtc#999", _script(_PLAIN,
              header="Www-authenticate")),
    ]  # fmt: skip
