"""Taking secrets out of words that people or logs will see. Pure.

Cameras carry credentials in three places: ahead of the host (``rtsp://user:word@host``), in a query or path
(``/user=admin_password=word&channel=1``, ``?usr=admin&pwd=word``), and in settings of their own. What a library says in
an error may repeat any of them, so it passes through :func:`redact` first.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote, urlsplit

__all__ = ["HIDDEN", "redact", "url_secrets"]

HIDDEN = "***"

_USERINFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.\-]*://)[^/\s\"'<>]*@", re.IGNORECASE)
_NAMED = re.compile(
    r"(?P<name>(?<![a-z])(?:user(?:name)?|usr|login|account|pass(?:word|wd|phrase)?|pwd|psw|pw|token|auth|"
    r"(?:api)?key|secret|sig(?:nature)?|credentials?)\s*=\s*)(?P<value>[^&;\s\"'<>]+)",
    re.IGNORECASE,
)
_LEAST_ANYWHERE = 4
"""A shorter secret is in half of all words: it goes only where credentials stand, so that a log stays readable."""

_HEADER = re.compile(r"(?P<name>authorization\s*:\s*)[^\r\n]+", re.IGNORECASE)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without user information in URLs, named credentials and ``secrets`` in any usual spelling.

    A secret of fewer than 4 characters goes where it stands as a value: after a colon, an equals sign or a word for it.
    """
    for form in sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True):
        text = text.replace(form, HIDDEN) if len(form) >= _LEAST_ANYWHERE else _as_value(form).sub(HIDDEN, text)
    text = _USERINFO.sub(rf"\g<scheme>{HIDDEN}@", text)
    text = _HEADER.sub(rf"\g<name>{HIDDEN}", text)
    return _NAMED.sub(rf"\g<name>{HIDDEN}", text)


def url_secrets(url: str) -> tuple[str, ...]:
    """What in ``url`` is secret: the password ahead of the host, user and password together, named values."""
    found: list[str] = []
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    userinfo, at, _host = parts.netloc.rpartition("@")
    if at:
        for part in (userinfo, *userinfo.split(":", 1)[1:]):
            found += [part, unquote(part)]
    found += [match["value"] for match in _NAMED.finditer(f"{parts.path}?{parts.query}")]
    return tuple(secret for secret in found if secret)


def _as_value(secret: str) -> re.Pattern[str]:
    """``secret`` as a whole value: ``user:ab``, ``password = 'ab'``, ``"password": "ab"``, ``password ab``."""
    before = "|".join(
        rf"(?<={sign}{space}{quoted})"
        for sign in (":", "=", "(?i:password)", "(?i:passwd)", "(?i:pwd)")
        for space in ("", " ")
        for quoted in ("", "'", '"')
        if space or quoted or sign in ":="
    )
    return re.compile(rf"(?:{before}){re.escape(secret)}(?=[@&;,\s\"')}}\]]|$)")


def _forms(secret: str) -> set[str]:
    if not secret:
        return set()
    coded = base64.b64encode(secret.encode()).decode("ascii")
    return {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), unquote(secret), coded}
