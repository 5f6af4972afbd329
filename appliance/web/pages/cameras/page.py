"""The cameras of the office: the list with its publication, and one camera with its versions and acts."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.protocol.cameras import (
    ACT_ON_CAMERA,
    CAMERA,
    CAMERA_BOOK,
    ActOnCamera,
    CameraDetails,
    CameraRequest,
    PossibleEvent,
    Version,
)
from appliance.protocol.endpoint import ActRequest, SessionRequest
from appliance.protocol.login import Seat
from appliance.protocol.pictures import PictureView, ReferencePictureView
from appliance.protocol.publication import (
    CHECK_LIST,
    CONFIRM_LIST,
    LIST_FILE,
    POST_LIST,
    PUBLICATION,
    ConfirmList,
    ListFileRequest,
    PostList,
)
from appliance.rules.cameras.rows import Event, Row
from appliance.rules.cameras.states import ENDS
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.people import may
from appliance.rules.scans import camera_papers
from appliance.web.forms.body import FORM_BYTES, File, read_form
from appliance.web.forms.form_data import act_of, fresh_act, seat_of, texts_of
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat, who_acts
from appliance.web.i18n.messages import Messages
from appliance.web.pages.cameras.clock_view import clocks_of
from appliance.web.pages.cameras.fields import EVENT_FIELDS, facts_of, unreadable
from appliance.web.pages.cameras.history import history_of, returned
from appliance.web.pages.cameras.papers import papers_of
from appliance.web.pages.cameras.refusals import refusal_of
from appliance.web.pages.scans.inked import InkHere, ink_here, ink_posted, ink_refusal
from appliance.web.pages.scans.page import part_of

__all__ = ["act", "camera_page", "file", "listing", "publish", "show"]

_PAGE_BYTES = 4 << 20
_KINDS = {
    "html": "text/html",
    "csv": "text/csv",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_POSTERS = frozenset({"officer", "manager", "webmaster"})
_CONFIRMERS = frozenset({"officer", "unit_head"})


async def listing(request: web.Request) -> web.Response:
    return await _list(request, done=request.query.get("done", "")[:32])


async def file(request: web.Request) -> web.Response:
    """The published list as a file, to post and to keep."""
    site, visit, kind = request.app[SITE], visit_of(request), request.match_info["kind"]
    if kind not in _KINDS:
        raise NotFound.of("list-format", kind=kind[:10])
    wanted = ListFileRequest(session=visit.token, format=kind)
    found, body = await site.keeper.ask_bytes(LIST_FILE, wanted)
    headers = {"Content-Disposition": f'attachment; filename="{found.name}"'}
    return web.Response(body=body, content_type=_KINDS[kind], headers=headers)


async def publish(request: web.Request) -> web.Response:
    """A posting, its confirmation, or a saved page compared: ``deed`` says which."""
    site, visit = request.app[SITE], visit_of(request)
    try:
        posted = await read_form(request, _PAGE_BYTES + FORM_BYTES)
    except web.HTTPRequestEntityTooLarge:
        return await _list(request, at="post", problem="cameras.page-large")
    deed = str(posted.get("deed", ""))
    if deed not in ("post", "confirm", "check"):
        raise UsageError.of("form-no-list-act")
    saved = posted.get("file")
    if deed != "confirm" and not (isinstance(saved, File) and saved.name):
        return await _list(request, at=deed, problem="cameras.page-missing", url=str(posted.get("url", "")))
    body = saved.content if isinstance(saved, File) else b""
    act_id, seat, url = act_of(posted), seat_of(posted), str(posted.get("url", ""))[:400]
    who = who_acts(posted)
    try:
        if deed == "post":
            await site.keeper.ask(POST_LIST, PostList(session=visit.token, act=act_id, url=url, **who), body)
        elif deed == "confirm":
            confirmation = ConfirmList(
                session=visit.token,
                act=act_id,
                seat=seat,
                password=str(posted.get("password", "")),
                entry=_number(posted.get("entry", "")),
            )
            await site.keeper.ask(CONFIRM_LIST, confirmation)
        else:
            checked = await site.keeper.ask(CHECK_LIST, ActRequest(session=visit.token, act=act_id, **who), body)
            if checked.differences:
                return await _list(request, at=deed, differences=checked.differences, status=200)
    except (Refused, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        return await _list(request, at=deed, error=error, url=url)
    return redirect(f"/cameras?done={deed}#publication")


async def show(request: web.Request) -> web.Response:
    return await camera_page(request)


async def act(request: web.Request) -> web.Response:
    """One event of a version, by the person in ``seat``."""
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["camera"]
    posted = await read_form(request)
    event, version = str(posted.get("event", ""))[:40], _number(posted.get("version", ""))
    fields = EVENT_FIELDS.get(event, ())
    typed = texts_of(posted)
    ink, lacks = ink_posted(request, typed)
    wrong = unreadable(fields, typed)
    if wrong or lacks:
        return await camera_page(request, at=(event, version), typed=typed, wrong=wrong, ink=lacks)
    told = await site.keeper.ask(CAMERA, CameraRequest(session=visit.token, camera=number))
    meant = next((each for each in told.versions if each.version == version), None)
    facts = facts_of(fields, typed, len(meant.answer.conditions) if meant else 0)
    password = str(posted.get("password", ""))
    try:
        await site.keeper.ask(
            ACT_ON_CAMERA,
            ActOnCamera(
                session=visit.token,
                act=act_of(posted),
                seat=seat_of(posted),
                password=password,
                camera=number,
                version=version,
                event=event,
                facts=facts,
                ink=ink.ink if ink else None,
            ),
        )
    except (Refused, NotAllowed, Unavailable, UsageError) as error:
        if isinstance(error, NotLoggedIn):
            raise
        named = functools.partial(_named, site.messages, visit.lang)
        row = next((row for row in CAMERAS if row.event == event), None)
        takes = "／".join(_role(site.messages, visit.lang, role) for role in (row.who if row else ()))
        why = await ink_refusal(request, error, ink, stage=named(event), roles=takes, named=named)
        said = None if why else error
        return await camera_page(request, at=(event, version), typed=typed, error=said, ink=why)
    return redirect(f"/cameras/{quote(number)}?done={quote(event)}")


def _number(text: object) -> int:
    if not str(text).isdecimal() or len(str(text)) > 9:
        raise UsageError.of("form-no-subject")
    return int(str(text))


async def _list(
    request: web.Request,
    *,
    done: str = "",
    at: str = "",
    problem: str = "",
    error: RecorderError | None = None,
    url: str = "",
    differences: tuple[tuple[str, str], ...] = (),
    status: int = 0,
) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    cameras, publication = await asyncio.gather(
        site.keeper.ask(CAMERA_BOOK, SessionRequest(session=visit.token)),
        site.keeper.ask(PUBLICATION, SessionRequest(session=visit.token)),
    )
    last = publication.postings[0] if publication.postings else None
    return page(
        request,
        "cameras/cameras.html",
        status=status or (400 if problem or isinstance(error, UsageError) else 403 if error else 200),
        rows=[row for row in cameras.cameras if row.state not in ENDS or row.coming],
        gone=[row for row in cameras.cameras if row.state in ENDS and not row.coming],
        publication=publication,
        last=last,
        poster=_who(visit.seats, _POSTERS),
        confirmer=_who(tuple(seat for seat in visit.seats if not last or seat.display != last.display), _CONFIRMERS),
        drafter=officer_seat(visit.seats),
        act=fresh_act(request),
        done=done,
        at=at,
        problem=problem,
        detail=error or "",
        code=error.code if error else "",
        url=url,
        differences=differences,
    )


async def camera_page(
    request: web.Request,
    *,
    at: tuple[str, int | str] = ("", 0),
    typed: Mapping[str, tuple[str, ...]] | None = None,
    wrong: Mapping[str, str] | None = None,
    error: RecorderError | None = None,
    shown: ReferencePictureView | PictureView | None = None,
    ink: Mapping[str, str] | None = None,
) -> web.Response:
    """The camera's page; ``at``: which form was sent, and of which version or picture. ``shown``: what it asked for.
    ``ink``: what is wrong with a signature in ink, in words by field."""
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["camera"]
    told = await site.keeper.ask(CAMERA, CameraRequest(session=visit.token, camera=number))
    scans = await part_of(request, camera_papers(number, told.worked_on.version))
    here = await ink_here(request, scans, typed, ink or {})
    forms = {each.version: [_form(each, one, visit.seats) for one in each.possible] for each in told.versions}
    if here is not None:
        forms = {each.version: _on_sheet(each, forms[each.version], here, told, at) for each in told.versions}
    worked = told.worked_on
    refused = refusal_of(error, wrong) | ({"status": 403} if ink else {})
    return page(
        request,
        "cameras/camera.html",
        camera=told,
        scans=scans,
        ink=here,
        inkable=officer_seat(visit.seats) is not None and any(_row(worked, each.event) for each in worked.possible),
        filed=told.worked_on.version,
        scan_codes=_SCAN_CODES,
        standing=told.standing,
        forms=forms,
        papers={each.version: papers_of(each) for each in told.versions},
        fields=EVENT_FIELDS,
        drafter=officer_seat(visit.seats),
        act=fresh_act(request),
        done=request.query.get("done", "")[:32],
        at=at,
        shown=shown,
        references=_references(told),
        clocks=clocks_of(site.messages, visit.lang, told),
        history=history_of(site.messages, visit.lang, told),
        returned={each.version: returned(told, each.version) for each in told.versions if each.state == "draft"},
        viewers=[seat for seat in visit.seats if may("see-references", seat.roles)],
        head=_who(visit.seats, frozenset({"unit_head"})),
        typed=typed or {},
        **refused,
    )


def _row(version: Version, event: str) -> Row | None:
    """The row that an event of a version is, where a sheet has it."""
    row = next((row for row in CAMERAS if row.event == event and version.state in row.sources), None)
    return row if row is not None and row.on_sheet else None


def _on_sheet(
    version: Version, forms: Sequence[dict[str, object]], here: InkHere, told: CameraDetails, at: tuple[str, int | str]
) -> list[dict[str, object]]:
    """The forms of what was signed on the sheet of the version that is worked on, for the officer who enters it."""
    if version.version != told.worked_on.version:
        return []
    made = []
    for form in forms:
        row = _row(version, str(form["event"]))
        if row is not None:
            fields = here.form([str(role) for role in row.who], here=at == (row.event, version.version))
            entered = {"seat": here.enters, "password": True, "waits": [], "double": True, "ink": fields}
            made.append({**form, **entered})
    return made


def _named(messages: Messages, lang: str, event: str) -> str:
    code = f"camera-event.{event.replace('_', '-')}"
    return messages.text(code, lang) if code in messages else event


def _role(messages: Messages, lang: str, role: str) -> str:
    return messages.text(f"role.{role}", lang) if f"role.{role}" in messages else role


def _references(told: CameraDetails) -> dict[int, list[ReferencePictureView]]:
    """By version, newest first: all that are there, and the last two that were destroyed."""
    found: dict[int, list[ReferencePictureView]] = {}
    for each in told.references:
        mine = found.setdefault(each.version, [])
        if not each.ended_ns or sum(bool(one.ended_ns) for one in mine) < _GONE_SHOWN:
            mine.append(each)
    return found


_GONE_SHOWN = 2


_SCAN_CODES = ("answer_scan", "sketch", "photo", "removal_scan")
"""What is missing until a scan is taken in."""
_FORM_MENDS = frozenset({"guard", "pair_unavoidable"})


def _form(version: Version, possible: PossibleEvent, seats: tuple[Seat, ...]) -> dict[str, object]:
    """A form of an event: who here may send it, or whom it takes. What its own fields mend keeps nobody from it."""
    able = [each for each in possible.seats if not each.why or each.why in _FORM_MENDS]
    mends = {field.goes.rpartition(".")[2] for field in EVENT_FIELDS.get(possible.event, ())}
    open_codes = [
        code
        for each in able[:1]
        for code in each.missing
        if each.why == "guard" and not _mended(code, mends, possible.event)
    ]
    seat = next((one for one in seats if able and one.seat == able[0].seat), None)
    takes = next((each.missing for each in possible.seats if each.why == "role"), ())
    return {
        "event": possible.event,
        "password": possible.password,
        "seat": seat,
        "waits": open_codes,
        "takes": takes,
        "double": any(each.why == "pair_unavoidable" for each in able),
        "ink": None,
    }


def _mended(code: str, mends: set[str], event: str) -> bool:
    """Whether the form's own fields give what the code says is missing."""
    plain = code.removeprefix("answer_").removeprefix("line_")
    if event in (Event.REVIEW, Event.MISMATCH):
        return True
    return code in mends or plain in mends or code in _MENDED_TOO


_MENDED_TOO = ("answer_kind", "plan_due", "letter_no", "note", "picture", "banned_check", "maker_origin")


def _who(seats: tuple[Seat, ...], roles: frozenset[str]) -> Seat | None:
    return next((seat for seat in seats if roles & set(seat.roles)), None)
