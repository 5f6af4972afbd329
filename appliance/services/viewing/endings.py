"""How a viewing ends: by its people, because somebody filmed, because it showed something else, or entered whole.

What takes pictures off a screen waits for nothing and asks for no password; what stands in a person's name does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import NotAllowed, NotFound, NotWritable, Refused, UsageError
from appliance.core.model import Span
from appliance.protocol.endpoint import Done, Served, serves
from appliance.protocol.viewing import (
    END_VIEWING,
    FINISH_VIEWING,
    MISTAKEN_ALARM,
    MISTAKES,
    EndViewing,
    FinishedViewing,
    FinishViewing,
    MistakenAlarm,
)
from appliance.rules.cases.masks import Purpose
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import State
from appliance.rules.holds import GROUNDS
from appliance.services.cases.acting import ActingUser
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.clockwork import Clockwork
from appliance.services.holds.holds import HoldBook
from appliance.services.people.login import Session
from appliance.services.people.rights import Rights
from appliance.services.registers.book import RegisterBook
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.grant_ends import BY_PEOPLE, ELSE_SEEN, FILMING_SEEN
from appliance.services.viewing.grants import Grants

__all__ = ["MISTAKE_NS", "ViewingEndHandlers"]

_SECOND_NS = 1_000_000_000
MISTAKE_NS = 12 * _SECOND_NS
"""So long after 發現拍攝 it may be called a mistake: the page offers it for ten seconds, and a press takes its way."""
_MOST_KEPT = 64

_AROUND_NS = 600 * _SECOND_NS
"""Of what a viewing shows besides, so much is kept before and after the moment."""
_ELSE = "閱覽中發現其他事件，即停止播放並先行保全"
"""The reason of that hold, and the note of the interruption; what was seen stands in neither (``T-54``)."""

_FILMED = "閱覽中發現拍攝，即停止播放"
"""The note of the interruption, and 拍攝情形 on the papers until the end of the viewing says how it was dealt with."""
_MISTAKEN = {"button": "誤按「發現拍攝」：本欲按其他按鈕", "look": "誤按「發現拍攝」：經確認並無拍攝"}

_Ranges = tuple[tuple[str, Span], ...]


class _Alarm(NamedTuple):
    """An incident that 發現拍攝 began. ``at_ns``: boot time."""

    session_id: str
    at_ns: int
    number: str
    ranges: _Ranges


class ViewingEndHandlers:
    """``registers``: where an incident is entered when somebody films; ``holds``: where footage is kept that shows
    something else. ``end_stale``: ends the grants whose case allows them no longer."""

    def __init__(
        self,
        rights: Rights,
        grants: Grants,
        cases: CaseBook,
        clockwork: Clockwork,
        registers: RegisterBook,
        holds: HoldBook,
        clock: Clock,
        *,
        end_stale: Callable[[], None],
    ) -> None:
        self._rights, self._grants, self._cases, self._clockwork = rights, grants, cases, clockwork
        self._registers, self._holds, self._clock, self._end_stale = registers, holds, clock, end_stale
        self._alarms: dict[str, _Alarm] = {}
        self._finished: dict[tuple[str, str], str] = {}
        """The cases of ends that were entered, by session and act id: one that is sent twice finds its case."""

    def served(self) -> tuple[Served, ...]:
        return (
            serves(END_VIEWING, self._end),
            serves(MISTAKEN_ALARM, self._mistaken),
            serves(FINISH_VIEWING, self._finish),
        )

    def _end(self, request: EndViewing) -> Done:
        """Ends the viewing. Filming interrupts its case too: then only the unit head's word lets it go on
        (``AT-42``). Where it shows something else that may be a crime, that is kept, the case is interrupted and does
        not go on, and the director decides (``T-48``)."""
        begins = {"filming": self._filmed, "event": self._showed_else}.get(request.reason)
        grant = self._living(request) if begins else None
        if grant is not None and request.reason == "event":
            self._keep(request, grant)
        cause = {"filming": FILMING_SEEN, "event": ELSE_SEEN}.get(request.reason, BY_PEOPLE)
        self._grants.end(request.session, request.grant, cause)
        if grant is not None and begins:
            begins(request, grant)
        return Done()

    def _keep(self, request: EndViewing, grant: Grant) -> None:
        """Ten minutes around the moment on every camera of the viewing, whoever here may hold them. Raises UsageError
        for a moment outside of what was granted, NotWritable: then nothing was ended either."""
        moment = request.at_ns
        if not any(span.holds(moment) for spans in grant.spans.values() for span in spans):
            raise UsageError.of("event-moment")
        openers = GROUNDS["event"].openers
        seat = next(seat for seat in self._rights.session(request).seats if openers & set(seat.roles))
        self._holds.set(
            f"{grant.grant_id}-event",
            seat,
            ground="event",
            cameras=sorted(grant.spans),
            start_ns=moment - _AROUND_NS,
            end_ns=min(moment + _AROUND_NS, self._clock.wall_ns()),
            reason=_ELSE,
            need=_ELSE,
            case=grant.case,
            in_viewing=True,
        )

    def _showed_else(self, request: EndViewing, grant: Grant) -> None:
        with contextlib.suppress(NotAllowed):  # somebody interrupted or locked the case in the same moment
            self._cases.system(grant.case, Event.INTERRUPT, {"viewing": {"other_event": True}, "reason": _ELSE})

    def _living(self, request: EndViewing) -> Grant | None:
        """None once it ended: then the person who ended it said why."""
        try:
            return self._grants.get(request.session, request.grant, active=request.active, device=request.device)
        except NotFound:
            return None

    def _filmed(self, request: EndViewing, grant: Grant) -> None:
        with contextlib.suppress(NotAllowed):  # somebody interrupted or locked the case in the same moment
            self._cases.system(grant.case, Event.INTERRUPT, {"viewing": {"filmed": True}, "reason": _FILMED})
        session, ranges = self._rights.session(request), tuple(_ranges_of(grant))
        number = self._registers.alarm(
            f"{grant.grant_id}-filming",
            "filming",
            f"案件 {grant.case}：閱覽中發現拍攝",
            ranges,
            [seat.display for seat in session.seats],
        )
        self._alarms = dict([*self._alarms.items()][1 - _MOST_KEPT :])
        self._alarms[grant.grant_id] = _Alarm(session.session_id, self._clock.boot_ns(), number, ranges)

    def _mistaken(self, request: MistakenAlarm) -> Done:
        """A second entry beside the incident, which stands: whether it is dismissed is the unit head's or the
        director's, and so is whether the viewing goes on (``AT-42``). Raises NotFound, UsageError, Refused once it is
        too late."""
        session, alarm = self._rights.session(request), self._alarms.get(request.grant)
        if alarm is None or alarm.session_id != session.session_id:
            raise NotFound.of("viewing-none")
        if request.why not in MISTAKES:
            raise UsageError.of("mistake-why", why=repr(request.why[:20]))
        if self._clock.boot_ns() - alarm.at_ns > MISTAKE_NS:
            raise Refused.of("mistake-late", number=alarm.number)
        names = "、".join(seat.display for seat in session.seats)
        said = f"{_MISTAKEN[request.why]}（在場：{names}）"
        self._registers.add(f"{request.grant}-mistaken", alarm.number, said, alarm.ranges)
        return Done()

    # --- entered whole ---

    def _finish(self, request: FinishViewing) -> FinishedViewing:
        """閱覽完畢, 清除 and the signature of whoever keeps the book, in one act of the person in the seat: each is an
        entry of its own, and one that cannot be made now holds none before it up (``T-61``). The other signature of the
        row is another person's (``AT-61``). Raises NotAllowed with what is missing: then nothing was ended."""
        session, seat = self._rights.session(request), self._rights.seat(request, "viewing")
        case = self._finished.get((session.session_id, request.act)) or self._case_of(request)
        proved = bool(request.password)
        seat = self._rights.own(request, seat)
        who = _acting(session, seat.person, seat.display, proved=proved)
        facts = {"viewing": {"filming": request.filming.strip(), "signed": request.signed}}
        said = {"reason": request.reason.strip()} if request.reason.strip() else {}
        file = self._cases.act(request.act, who, case, Event.FINISH, {**facts, **said}).file
        self._finished = dict([*self._finished.items()][1 - _MOST_KEPT :])
        self._finished[session.session_id, request.act] = case
        self._grants.end(request.session, request.grant, BY_PEOPLE)
        self._end_stale()
        file = self._cleared(file, who, request.act)
        if file.case.state is not State.CLEANED:
            return FinishedViewing()
        try:
            self._cases.act(f"{request.act[:56]}-sign", who, case, Event.SIGN_LEDGER)
        except NotAllowed as error:
            return FinishedViewing(cleared=True, lacks=tuple(map(str, error.details.get("missing", ()))))
        except NotWritable:
            return FinishedViewing(cleared=True)
        return FinishedViewing(cleared=True, signed=True)

    def _case_of(self, request: FinishViewing) -> str:
        grant = self._grants.get(request.session, request.grant, device=request.device)
        if grant.purpose is not Purpose.VIEWING:
            raise UsageError.of("finish-masking")
        return grant.case

    def _cleared(self, file: CaseFile, who: ActingUser, act: str) -> CaseFile:
        """The case after what the viewing was shown from is cleared. A copy that an agency viewed goes at once, in the
        name of whoever may destroy it, else in the recorder's own. What cannot be destroyed now, the recorder tries
        again."""
        file = self._clockwork.cleared(file)
        if file.case.state is not State.VIEWED:
            return file
        try:
            return self._cases.act(f"{act[:56]}-clean", who, file.key, Event.CLEAN).file
        except NotAllowed:
            with contextlib.suppress(NotAllowed, NotWritable):
                return self._cases.system(file.key, Event.CLEAN).file
        except NotWritable:
            pass
        return self._cases.file(file.key)


def _acting(session: Session, account: str, name: str, *, proved: bool) -> ActingUser:
    roles = tuple(role for each in session.seats for role in each.roles)
    return ActingUser(account, name, proved=proved, roles_here=roles, beside=len(session.seats) > 1)


def _ranges_of(grant: Grant) -> Iterable[tuple[str, Span]]:
    return ((camera_no, span) for camera_no, spans in sorted(grant.spans.items()) for span in spans)
