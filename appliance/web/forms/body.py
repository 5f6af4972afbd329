"""The body of a submit, read once: bounded in size, in fields and in time; what is no form is an error of its sender.

No file of a form goes to disk, and nothing is unpacked: browsers pack no form, and a packed part could be of any size.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError
from multidict import MultiDict, MultiDictProxy

from appliance.core.errors import UsageError
from appliance.web.http.request_context import SITE

__all__ = ["FORM_BYTES", "MOST_BYTES", "UNREADABLE", "File", "Form", "fill_form", "names_of", "read_form", "whole_body"]

FORM_BYTES = 64 << 10
"""A form, or what one has beside its file."""
MOST_BYTES: web.RequestKey[int] = web.RequestKey("most-bytes", int)
"""How large the form of a request may be, as its route says."""
_MOST_FIELDS = 2_000
_PIECE = 64 << 10
_URLENCODED, _PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
_AGAIN = "open the page again and send it anew"


class File(NamedTuple):
    """What was chosen in a file's field; no choice is an empty ``name``."""

    name: str
    content: bytes


_QUOTED = re.compile(r';\s*(\w+)="([^"]*)"')
UNREADABLE = (ValueError, LookupError, HttpProcessingError)
"""What aiohttp raises for a body whose parts cannot be told apart."""
_T = TypeVar("_T")
Form = MultiDictProxy[str | File]
_POSTED: web.RequestKey[Form] = web.RequestKey("posted", MultiDictProxy)


async def read_form(request: web.Request, most_bytes: int = 0) -> Form:
    """The fields of the form that was sent; empty where nothing was. Asked again, it is the same. ``most_bytes`` 0: as
    large as the route of the request says.

    Raises UsageError for what cannot be read as a form, and aiohttp's own for one that is too large or stops coming.
    """
    if _POSTED not in request:
        fields: MultiDict[str | File] = MultiDict()
        most_bytes = most_bytes or request.get(MOST_BYTES, FORM_BYTES)
        if request.can_read_body:
            _check_kind(request)
            if request.content_type == _PARTS:
                fields = await _in_time(request, _read_parts(request, most_bytes))
            else:
                fields = _read_line(await whole_body(request, most_bytes))
        request[_POSTED] = MultiDictProxy(fields)
    return request[_POSTED]


def fill_form(request: web.Request, fields: MultiDict[str | File]) -> None:
    """The fields that :func:`read_form` finds, in place of a body."""
    request[_POSTED] = MultiDictProxy(fields)


async def whole_body(request: web.Request, most_bytes: int = FORM_BYTES) -> bytes:
    """All bytes of the body. Raises UsageError for packed ones, and aiohttp's own as :func:`read_form`."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UsageError.of("form-packed")
    return bytes(await _in_time(request, _read_whole(request, most_bytes)))


def _check_kind(request: web.Request) -> None:
    if request.content_type not in (_URLENCODED, _PARTS):
        raise UsageError.of("form-type", type=request.content_type[:60])
    if (request.charset or "utf-8").lower().replace("_", "-") not in ("utf-8", "utf8"):
        raise UsageError.of("form-charset", charset=repr((request.charset or "")[:40]))


async def _in_time(request: web.Request, reading: Awaitable[_T]) -> _T:
    try:
        async with asyncio.timeout(request.app[SITE].patience.body_seconds):
            return await reading
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error


async def _read_whole(request: web.Request, most_bytes: int) -> bytearray:
    found = bytearray()
    if (request.content_length or 0) > most_bytes:
        raise web.HTTPRequestEntityTooLarge(most_bytes)
    async for piece in request.content.iter_any():
        found += piece
        if len(found) > most_bytes:
            raise web.HTTPRequestEntityTooLarge(most_bytes)
    return found


def _read_line(body: bytes) -> MultiDict[str | File]:
    try:
        text = body.decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace")
    except ValueError as error:  # bytes that are no UTF-8, and more fields than any form has
        raise UsageError.of("form-no-text") from error
    return MultiDict(pairs)


async def _read_parts(request: web.Request, most_bytes: int) -> MultiDict[str | File]:
    if (request.content_length or 0) > most_bytes:
        raise web.HTTPRequestEntityTooLarge(most_bytes)
    fields: MultiDict[str | File] = MultiDict()
    try:
        parts = await request.multipart()
        while (part := await parts.next()) is not None:
            name, file = names_of(part) if isinstance(part, BodyPartReader) else ("", None)
            if not isinstance(part, BodyPartReader) or not name or len(fields) >= _MOST_FIELDS:
                raise UsageError.of("form-no-field")
            content = bytearray()
            while piece := await part.read_chunk(_PIECE):
                content += piece
                if request.content.total_bytes > most_bytes:
                    raise web.HTTPRequestEntityTooLarge(most_bytes)
            fields.add(name, _value(part, bytes(content), file))
    except UNREADABLE as error:
        raise UsageError.of("form-no-text") from error
    return fields


def names_of(part: BodyPartReader) -> tuple[str, str | None]:
    """The field's name and, of a file, the file's; as the browser wrote them, also where a name has semicolons, which
    aiohttp takes for the end of it."""
    if part.name is None:
        head = part.headers.get("Content-Disposition", "")
        said = dict(_QUOTED.findall(head)) if head.startswith("form-data;") else {}
        return said.get("name", ""), said.get("filename")
    return part.name, part.filename


def _value(part: BodyPartReader, content: bytes, file: str | None) -> str | File:
    if part.headers.keys() & {"Content-Encoding", "Content-Transfer-Encoding"}:
        raise UsageError.of("form-part-packed")
    return content.decode() if file is None else File(file, content)
