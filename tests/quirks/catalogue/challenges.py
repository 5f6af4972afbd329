"""Quirks of accounts: when they are asked for, and how a challenge is written."""

from __future__ import annotations

from typing import Any

from tests.quirks.accounts import Guard
from tests.quirks.edits import everywhere
from tests.quirks.script import Quirk, Reply, Request, Script, Talk

G = "account"
_PLAIN = 'Digest realm="Camera", nonce="{nonce}"'
_DESCRIBED = frozenset(("OPTIONS", "DESCRIBE"))
_SET_UP = _DESCRIBED | {"SETUP"}


def _script(*challenge: str, **guard: Any) -> Script:
    names = ("seconds", "sound", "timeout", "answers", "alive_by")
    more = {name: guard.pop(name) for name in names if name in guard}
    return Script(account=lambda: Guard(challenge, **guard), **more)


def _next_nonce(talk: Talk, request: Request, reply: Reply) -> Reply:
    if reply.status.startswith("200"):
        reply.put("Authentication-Info", 'nextnonce="abc", qop=auth')
    return reply


def _odd_words(talk: Talk, request: Request, reply: Reply) -> Reply:
    if reply.status.startswith("401"):
        reply.status = "401 ClientUnAuthorized"
    return reply


def _with_page(talk: Talk, request: Request, reply: Reply) -> Reply:
    """The refusal has a page with it, as a web server's."""
    if reply.status.startswith("401"):
        reply.lines.append("Content-Type: text/html")
        reply.body = b"<html><head><title>401 Unauthorized</title></head><body>$\x00\x00\x01</body></html>\r\n"
    return reply


def _hangs_up(talk: Talk, request: Request, reply: Reply) -> Reply:
    reply.hang_up = reply.status.startswith("401")
    return reply


def _session(talk: Talk, request: Request, reply: Reply) -> Reply:
    if reply.status.startswith("401"):
        reply.lines.append("Session: 99")
    return reply


def _in_session(talk: Talk, request: Request, reply: Reply) -> Reply:
    """A session with the description already."""
    if request.method == "DESCRIBE" and reply.status.startswith("200"):
        reply.lines.append(f"Session: {talk.session};timeout=60")
    return reply


def rows() -> list[Quirk]:
    qop = f'{_PLAIN}, qop="auth"'
    return [
        Quirk("account-from-setup", G, "wants the account from SETUP on", "", _script(_PLAIN, open_to=_DESCRIBED)),
        Quirk("account-for-play", G, "wants the account for PLAY alone", "", _script(_PLAIN, open_to=_SET_UP)),
        Quirk("account-for-play-once", G, "the same, and a nonce is good for one request", "", _script(_PLAIN,
              open_to=_SET_UP, lasts=1)),
        Quirk("account-for-keep-alive", G, "wants the account for signs of life alone; timeout=4", "", _script(_PLAIN,
              open_to=_SET_UP | {"PLAY"}, timeout=4, seconds=14.0, alive_by=frozenset(("GET_PARAMETER", "OPTIONS")))),
        Quirk("account-basic-from-setup", G, "wants Basic from SETUP on", "", _script('Basic realm="x"', basic=True,
              digest=False, open_to=_DESCRIBED)),
        Quirk("account-hangs-up", G, "hangs up behind 401", "", _script(_PLAIN, answers=(everywhere(_hangs_up),))),
        Quirk("account-words", G, "says 401 ClientUnAuthorized", "bluenviron/mediamtx#2348",
              _script('Digest realm="c479050d9049",nonce="{nonce}", stale="FALSE"', answers=(everywhere(_odd_words),))),
        Quirk("account-with-page", G, "401 comes with a web page", "", _script(_PLAIN, answers=(everywhere(
              _with_page),))),
        Quirk("account-session", G, "401 names a session that is none", "", _script(_PLAIN, answers=(everywhere(
              _session),))),
        Quirk("session-from-describe", G, "names the session with its description", "", Script(answers=(everywhere(
              _in_session),))),
        Quirk("digest-auth-int", G, 'qop="auth-int" alone, and takes answers without qop', "", _script(
              f'{_PLAIN}, qop="auth-int"')),
        Quirk("digest-algorithm-lower", G, "algorithm=md5", "", _script(f"{_PLAIN}, algorithm=md5")),
        Quirk("digest-qop-upper", G, 'qop="AUTH"', "", _script(f'{_PLAIN}, qop="AUTH"')),
        Quirk("digest-qop-list-blank", G, 'qop="auth, auth-int", and wants nc', "", _script(
              f'{_PLAIN}, qop="auth, auth-int"', needs=("nc",))),
        Quirk("digest-realm-escaped", G, "a realm with quotes, escaped", "", _script(
              'Digest realm="Cam \\"1\\"", nonce="{nonce}"')),
        Quirk("digest-unquoted", G, "realm and nonce without quotes", "", _script(
              "Digest realm=Camera, nonce={nonce}")),
        Quirk("digest-semicolons", G, "semicolons in place of commas", "", _script(
              'Digest realm="Camera"; nonce="{nonce}"')),
        Quirk("digest-tabs", G, "tabs between the parameters", "", _script('Digest\trealm="Camera",\tnonce="{nonce}"')),
        Quirk("digest-folded", G, "the challenge folded over two lines", "", _script(
              'Digest realm="Camera",\r\n nonce="{nonce}"')),
        Quirk("digest-comma-behind", G, "a comma at the end", "", _script(f"{_PLAIN},")),
        Quirk("digest-commas-empty", G, "two commas in a row", "", _script('Digest realm="Camera",, nonce="{nonce}"')),
        Quirk("digest-stale-first", G, "stale=true in the first challenge", "", _script(f"{_PLAIN}, stale=true")),
        Quirk("digest-charset", G, "charset and userhash=false (RFC 7616)", "", _script(
              f'{qop}, charset="UTF-8", userhash=false', needs=("nc",))),
        Quirk("digest-realm-ip-camera", G, "a realm in brackets: IP Camera(C2189)", "mpromonet/webrtc-streamer#138",
              _script('Digest realm="IP Camera(C2189)", nonce="{nonce}", stale="FALSE"')),
        Quirk("digest-sentence", G, "a realm that is a sentence (Bosch), algorithm ahead",
              "bluenviron/mediamtx#5116",
              _script('Digest algorithm="MD5", realm="Please log in with a valid username", nonce="{nonce}"')),
        Quirk("digest-behind-bearer", G, "Bearer, then Digest", "", _script('Bearer realm="x"', _PLAIN)),
        Quirk("digest-behind-negotiate", G, "Negotiate and Digest in one line", "", _script(f"Negotiate, {_PLAIN}")),
        Quirk("basic-charset", G, "Basic with charset", "", _script('Basic realm="x", charset="UTF-8"', basic=True,
              digest=False)),
        Quirk("basic-realm-says-digest", G, "Basic whose realm has the word digest", "", _script(
              'Basic realm="cam, digest , x"', basic=True, digest=False)),
        Quirk("digest-realm-says-basic", G, "Digest whose realm has the word basic", "", _script(
              'Digest realm="login, basic ", nonce="{nonce}"')),
        Quirk("password-utf8", G, "a password in Chinese", "", _script(_PLAIN, password="密碼é1")),
        Quirk("password-percent", G, "a password with %41 and +", "", _script(_PLAIN, password="a%41b+c")),
        Quirk("password-backslash", G, "a password with a quote and a backslash", "", _script(_PLAIN,
              password='a"b\\c')),
        Quirk("password-long", G, "a password of 60 letters", "", _script(_PLAIN, password="x" * 60)),
        Quirk("user-blank-at", G, "a user with a blank and @", "", _script(_PLAIN, user="ad min@office")),
        Quirk("user-empty", G, "a user without a name, a password", "", _script(_PLAIN, user="", password="x1")),
        Quirk("digest-next-nonce", G, "Authentication-Info with nextnonce", "", _script(qop, answers=(everywhere(
              _next_nonce),))),
    ]  # fmt: skip
