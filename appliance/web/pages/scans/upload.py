"""A scan on its way from a browser to the keeper: piece by piece, never whole in memory here, and never for ever.

The form's fields come before its file, as they stand in the page. Nothing of a file that is not finished stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

from aiohttp import BodyPartReader, web

from appliance.core.errors import RecorderError, Unavailable, UsageError
from appliance.protocol.scans import BEGIN_SCAN, DROP_SCAN, MORE_OF_SCAN, BeginScan, PutScan, UploadRequest
from appliance.rules.scans import MAX_NAME, MAX_SCAN_BYTES
from appliance.web.forms.body import UNREADABLE, names_of
from appliance.web.forms.form_data import act_of
from appliance.web.http.request_context import SITE, Site, visit_of
from appliance.web.http.seats import who_acts

__all__ = ["Typed", "take_in"]

_PIECE = 1 << 20
_CHUNK = 64 << 10
_MAX_PARTS = 8
_MAX_WORDS_BYTES = 8 << 10
_FORM_BYTES = 64 << 10
_SILENT_SECONDS = 20.0
_WHOLE_SECONDS = 540.0
"""The keeper lets go of an upload a little later."""


class Typed(NamedTuple):
    """What stood in the form beside the file."""

    kind: str = ""
    note: str = ""


async def take_in(request: web.Request, of: str, typed: list[Typed]) -> str:
    """The number of the scan that the form of ``request`` brought; ``typed`` gets what stood beside the file as soon as
    it is read. Raises UsageError, Unavailable for what stops coming, and what the keeper raises."""
    if not request.content_type.startswith("multipart/form-data"):
        raise UsageError.of("scan-no-form")
    if (request.content_length or 0) > MAX_SCAN_BYTES + _FORM_BYTES:
        raise UsageError.of("scan-size", most=MAX_SCAN_BYTES >> 20)
    try:
        async with asyncio.timeout(_WHOLE_SECONDS):
            return await _take_in(request, of, typed)
    except TimeoutError as error:
        raise Unavailable.of("scan-stalled") from error
    except UNREADABLE as error:
        raise UsageError.of("scan-form") from error


async def _take_in(request: web.Request, of: str, typed: list[Typed]) -> str:
    site, session = request.app[SITE], visit_of(request).token
    words: dict[str, str] = {}
    reader = await request.multipart()
    for _ in range(_MAX_PARTS):
        async with asyncio.timeout(_SILENT_SECONDS):
            part = await reader.next()
        if part is None:
            break
        if not isinstance(part, BodyPartReader):
            raise UsageError.of("scan-form")
        field, file = names_of(part)
        if file is None:
            words[field] = await _words(part)
            continue
        typed[:] = [Typed(words.get("kind", ""), words.get("note", ""))]
        if file:
            begin = BeginScan(
                session=session,
                of=of,
                kind=typed[0].kind,
                name=file[: MAX_NAME + 1],
                note=typed[0].note,
                **who_acts(words),
            )
            return await _send(part, site, begin, act_of(words))
    typed[:] = [Typed(words.get("kind", ""), words.get("note", ""))]
    raise UsageError.of("scan-none")


async def _send(part: BodyPartReader, site: Site, begin: BeginScan, act: str) -> str:
    """``act``: the id of the form's act."""
    upload = (await site.keeper.ask(BEGIN_SCAN, begin)).upload
    of_upload = UploadRequest(session=begin.session, upload=upload)
    done = False
    try:
        async for piece in _pieces(part):
            await site.keeper.ask(MORE_OF_SCAN, of_upload, piece)
        taken = await site.scans.put(PutScan(session=begin.session, upload=upload, act=act))
        done = True
        return taken.scan
    finally:
        if not done:
            await _drop(site, of_upload)


async def _drop(site: Site, of_upload: UploadRequest) -> None:
    """The keeper drops by itself what is not asked for again."""
    try:
        await site.keeper.ask(DROP_SCAN, of_upload)
    except RecorderError:
        return


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    waiting = bytearray()
    async for chunk in _chunks(part):
        waiting += chunk
        if len(waiting) >= _PIECE:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


async def _words(part: BodyPartReader) -> str:
    found = bytearray()
    async for chunk in _chunks(part):
        found += chunk
        if len(found) > _MAX_WORDS_BYTES:
            raise UsageError.of("scan-field")
    return found.decode("utf-8", errors="replace")


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while not part.at_eof():
        async with asyncio.timeout(_SILENT_SECONDS):
            chunk = await part.read_chunk(_CHUNK)
        if chunk:
            yield chunk
