"""閱覽紀錄 as a case and the ledger fill it, for all three kinds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from appliance.core.model import Span
from appliance.papers.from_cases.applications import broken_off, unshown
from appliance.papers.from_cases.sources import (
    Desk,
    applicant_of,
    day_of_text,
    last_deed,
    named_once,
    signed_by,
    signed_of,
    viewers_of,
)
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.viewing_record import Happened, Missing, Seen, ViewingPaper, viewing_record
from appliance.papers.sheets.words import Asked, day, moment, range_lines, time_of, time_to_second
from appliance.rules.cases.copies import CopyEnd
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.cases.viewing_record import Alarm, Sitting, ViewingCopyView, ViewingRecord
from appliance.rules.cases.views import CaseView
from appliance.rules.deadlines import day_of

__all__ = ["ENDS", "viewing_paper", "was_begun"]

_RULES: dict[str, str] = {Kind.CIT: "八(五)1(2)", Kind.INT: "八(五)2", Kind.AGY: "八(五)3(2)"}
_ENDED = (Event.FINISH, Event.STOP, Event.END_OF_DAY)
_COURSE = (Event.BEGIN, Event.INTERRUPT, Event.RESUME, Event.RECOPY, Event.CLEAN, *_ENDED)
_BY_ITSELF = {"idle": "逾 10 分鐘無人在場", "the recorder was restarted": "系統重新啟動"}
"""Why the recorder interrupted a viewing."""
ENDS = {
    "ended by the people": "由在場人員結束",
    "filming seen": "發現拍攝，停止播放",
    "something else seen": "發現其他事件，停止播放",
    "a person left": "一人離席，停止播放",
    "log-out": "在場人員登出",
    "the session is over": "登入逾時",
    "nobody was there": "逾 10 分鐘無人在場",
    "the case allows it no longer": "案件已非閱覽中",
    "the station was revoked": "閱覽站已撤銷",
    "the copy was destroyed": "閱覽用複本已銷毀",
    "not unlocked": "金鑰未開啟，未播放",
    "the keeper stops": "系統停止",
    "the keeper was restarted": "系統重新啟動",
}
"""Why an opening ended, by the ledger's cause."""
_SYSTEM, _EXPIRED = "系統", "已逾保存期限"
_MOST_LISTED = 40
"""So many gaps the entry of a copy lists at most."""


def was_begun(told: CaseView) -> bool:
    """Whether a viewing began: from then on there is a record, which the viewers sign at its end."""
    return last_deed(told, Event.BEGIN) is not None


def viewing_paper(desk: Desk) -> Sheet:
    """Of all that happened since the first beginning; an interruption and another day belong to one record."""
    told, record = desk.told, desk.viewing
    over = bool(told.session.get("ended_ns"))
    begun = next((deed.at_ns for deed in told.history if deed.event == Event.BEGIN), None)
    filming = str(told.session.get("filming", "")) if over else ""
    asked_as, asked = _asked(told)
    missing, more = _missing(desk)
    paper = ViewingPaper(
        number=told.number,
        kind=Kind(told.kind).zh,  # type: ignore[call-arg]
        rule=_RULES[told.kind],
        asked_as=asked_as,
        asked=asked,
        applicant="　".join(filter(None, (_agency(told), applicant_of(told).name))),
        viewers=viewers_of(told),
        attended=tuple(map(str, told.session.get("accompanied", ()))),
        began_ns=begun,
        ended_ns=int(told.session["ended_ns"]) if over else None,
        over=over,
        stations=named_once(map(_station, record.sittings)),
        masks=_masks(record.sittings),
        copies=tuple(map(_copy, record.copies)),
        seen=tuple(_seen(record)),
        missing=missing,
        more_missing=more,
        filmed=None if not filming else filming != "none",
        filming_handled="" if filming in ("", "none") else filming,
        incidents=tuple(map(_incident, record.alarms)),
        ended=_ended(told, over=over),
        course=tuple(sorted(_course(told, record), key=lambda each: each.at_ns)),
        in_ink=viewers_of(told) if over and _signed(told) else (),
        signed_attending=signed_by(told, Event.FINISH, Event.STOP) if over else None,
        signed_manager=signed_of(told, "ledger_manager"),
        signed_head=signed_of(told, "ledger_head"),
    )
    return viewing_record(paper, desk.issue)


def _asked(told: CaseView) -> tuple[str, str]:
    if told.kind == Kind.AGY:
        return "來函字號", str(told.letter.get("number", ""))
    return "申請日期", day(day_of_text(told.words.get("applied_on")) or day_of(told.received_ns))


def _agency(told: CaseView) -> str:
    return str(told.letter.get("agency", "")) if told.kind == Kind.AGY else ""


def _signed(told: CaseView) -> bool:
    """Whether whoever entered the end said that those who viewed signed."""
    ended = last_deed(told, *_ENDED)
    return ended is not None and bool((ended.words.get("viewing") or {}).get("signed"))


def _station(sitting: Sitting) -> str:
    if sitting.station is None:
        return ""
    if not sitting.station:
        return "訓練環境（無登記之閱覽站）"
    return f"第 {sitting.station} 號" + (f"（{sitting.place}）" if sitting.place else "")


def _masks(sittings: Iterable[Sitting]) -> str:
    """That masks lay over the pictures, and how many; not where."""
    counts = [each.masks for each in sittings]
    if not counts:
        return ""
    many = dict.fromkeys(each for each in counts if each is not None)
    if not many:
        return "無（核定未附遮蔽）"
    return f"依核定遮蔽第三人，共 {'、'.join(map(str, many))} 處" + ("（依歷次開啟）" if len(many) > 1 else "")


def _copy(copy: ViewingCopyView) -> str:
    why = next((each.zh for each in CopyEnd if each == copy.cause), "")
    ended = f"{moment(copy.ended_ns)} 銷毀（{why}）" if copy.ended_ns else "列印時尚未銷毀"
    return f"編號 {copy.copy[:8]}：{moment(copy.made_ns)} 製作，{ended}"


def _incident(alarm: Alarm) -> str:
    mistaken = f"；{time_to_second(alarm.mistaken_ns)} 註記為誤按" if alarm.mistaken_ns else ""
    return f"事故 {alarm.incident}：{day(alarm.at_ns)} {time_to_second(alarm.at_ns)} 登記{mistaken}"


def _ended(told: CaseView, *, over: bool) -> tuple[str, ...]:
    if not over:
        return ("列印時閱覽尚未結束",)
    done = "閱覽完畢" if told.session.get("ended_by") == Event.FINISH else ""
    return tuple(filter(None, (done, broken_off(told), unshown(told))))


def _seen(record: ViewingRecord) -> Iterator[Seen]:
    for each in record.cameras:
        spans = [Asked(start_ns=span.start_ns, end_ns=span.end_ns) for span in each.opened]
        yield Seen(
            camera=_camera(each.camera_no, each.location),
            opened=tuple(range_lines(spans)),
            opened_ns=sum(span.end_ns - span.start_ns for span in each.opened),
            seen_ns=each.seen_ns,
        )


def _camera(camera_no: str, location: str) -> str:
    return f"{camera_no}（{location}）" if location else camera_no


def _missing(desk: Desk) -> tuple[tuple[Missing, ...] | None, str]:
    """What had no footage of the minutes that were opened, and what is not listed; None where it is not known. An
    agency's as its copy was made, the others' as the keeper found it when it looked last."""
    told, record, causes = desk.told, desk.viewing, desk.issue.causes
    places = {each.camera_no: each.location for each in record.cameras}
    if told.kind == Kind.AGY:
        if not record.copies:
            return None, ""
        found = [(no, each.start_ns, each.end_ns, each.cause) for no, each in record.copies[-1].missing]
        more = "尚有較短之缺錄未列" if len(found) >= _MOST_LISTED else ""
    else:
        if not record.cameras or not all(each.footage for each in told.ranges):
            return None, ""
        found = [
            (each.camera_no, hole.start_ns, hole.end_ns, hole.cause)
            for each in told.ranges
            for hole in each.holes.listed
        ]
        found += [
            (each.camera_no, each.start_ns, each.end_ns, "expired") for each in told.ranges if each.footage == "expired"
        ]
        shorter = [each.holes for each in told.ranges if each.holes.more]
        more = "；".join(f"申請範圍內另有較短缺錄 {each.more} 段，合計 {each.more_seconds} 秒" for each in shorter)
    opened = [(each.camera_no, Span(span.start_ns, span.end_ns)) for each in record.cameras for span in each.opened]
    parts = [
        (no, part, causes.get(cause, _EXPIRED if cause == "expired" else cause))
        for no, start_ns, end_ns, cause in found
        for camera_no, span in opened
        if camera_no == no and (part := span.intersect(Span(start_ns, end_ns)))
    ]
    return tuple(
        Missing(camera=_camera(no, places.get(no, "")), start_ns=part.start_ns, end_ns=part.end_ns, cause=cause)
        for no, part, cause in sorted(parts, key=lambda each: (each[0], each[1].start_ns))
    ), more


def _course(told: CaseView, record: ViewingRecord) -> Iterator[Happened]:
    for deed in told.history:
        event = next((each for each in _COURSE if each == deed.event), None)
        if event is not None:
            said = str(deed.words.get("reason") or "")
            yield Happened(
                at_ns=deed.at_ns,
                what=event.zh,
                by=_SYSTEM if deed.person in ("", "system") else deed.name,
                said=_BY_ITSELF.get(said, said),
            )
    left = ""
    for each in record.sittings:
        yield Happened(at_ns=each.began_ns, what="開啟影音", by="、".join(each.people), said=_opened(each, left))
        left = each.left
        if each.ended_ns:
            what, by = ("離席", each.left) if each.left else ("影音關閉", "")
            yield Happened(at_ns=each.ended_ns, what=what, by=by, said=ENDS.get(each.cause, ""))
    for alarm in record.alarms:
        yield Happened(at_ns=alarm.at_ns, what="發現拍攝", said=f"登記事故 {alarm.incident}")
        if alarm.mistaken_ns:
            yield Happened(at_ns=alarm.mistaken_ns, what="誤按", said=f"註記於事故 {alarm.incident}")


def _opened(sitting: Sitting, left: str) -> str:
    """Where, who came back, and when whoever attends said again to be there."""
    back = f"{left} 返回" if left and left in sitting.people else ""
    times = "、".join(map(time_of, sitting.present))
    present = f"在場確認 {len(sitting.present)} 次（{times}）" if times else ""
    return "；".join(filter(None, (_station(sitting), back, present)))
