"""Small changes of what a camera says, which the catalogue's rows are made of."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from tests.quirks.script import Answer, Edit, Reply, Request, Talk

__all__ = [
    "after_media",
    "drop",
    "header",
    "insert_first",
    "on",
    "refuse",
    "replace",
    "status",
    "sub",
    "without_header",
]

# --- of a session description ---


def replace(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        if old not in text:
            raise ValueError(f"{old!r} is not in the description")
        return text.replace(old, new)

    return edit


def sub(pattern: str, new: str) -> Edit:
    def edit(text: str) -> str:
        changed, count = re.subn(pattern, new, text)
        if not count:
            raise ValueError(f"{pattern!r} is not in the description")
        return changed

    return edit


def drop(start: str) -> Edit:
    """The lines that begin so are left out."""

    def edit(text: str) -> str:
        lines = text.split("\r\n")
        kept = [line for line in lines if not line.startswith(start)]
        if kept == lines:
            raise ValueError(f"no line begins with {start!r}")
        return "\r\n".join(kept)

    return edit


def insert_first(lines: str) -> Edit:
    """Ahead of the first medium."""
    return lambda text: text.replace("m=video", f"{lines}\r\nm=video", 1)


def after_media(lines: str) -> Edit:
    """Behind the last medium."""
    return lambda text: f"{text.rstrip()}\r\n{lines}\r\n"


# --- of answers ---


def on(method: str, change: Callable[[Talk, Request, Reply], Reply | None], *, count: int = 0) -> Answer:
    """For one method, or for its ``count``-th time only; an answer of 401 stays as it is."""

    def answer(talk: Talk, request: Request, reply: Reply) -> Reply | None:
        if request.method != method or reply.status.startswith("401") or (count and talk.count[method] != count):
            return reply
        return change(talk, request, reply)

    return answer


def header(method: str, name: str, value: str) -> Answer:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        said = value.format(url=talk.url, old=reply.value(name), session=talk.session, port=talk.url.split(":")[2][:5])
        return reply.put(name, said) if reply.status.startswith("200") else reply

    return on(method, change)


def without_header(method: str, name: str, *, count: int = 0) -> Answer:
    return on(method, lambda talk, request, reply: reply.without(name), count=count)


def status(method: str, words: str, *, count: int = 0) -> Answer:
    """Another status; nothing else of the answer stays."""
    return on(method, lambda talk, request, reply: Reply(words), count=count)


def refuse(method: str, words: str, **more: bool) -> Answer:
    """The same, and hangs up."""
    return on(method, lambda talk, request, reply: Reply(words, hang_up=True))


def slow(method: str, seconds: float) -> Answer:
    def change(talk: Talk, request: Request, reply: Reply) -> Reply:
        time.sleep(seconds)
        return reply

    return on(method, change)


def everywhere(change: Callable[[Talk, Request, Reply], Reply | None]) -> Answer:
    return change
