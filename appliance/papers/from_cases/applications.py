"""附件2 and 附件3 as a case fills them: what was asked, how it was checked and decided, who signed. Pure."""

from __future__ import annotations

from appliance.papers.from_cases.sources import (
    MEANS,
    Desk,
    applicant_of,
    asked_of,
    asked_viewers_of,
    born_of,
    day_of_text,
    decided_by,
    first_added,
    granted_of,
    id_of,
    last_deed,
    letter_of,
    marked,
    masked_id,
    other_path_of,
    reason_of,
    received,
    signed_by,
    signed_of,
    viewers_of,
)
from appliance.papers.sheets.citizen_office import OfficePart
from appliance.papers.sheets.citizen_request import Agent, CitizenRequest, Reading, citizen_request
from appliance.papers.sheets.issue import Signed
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.staff_request import StaffRequest, staff_request
from appliance.papers.sheets.words import day, moment, range_lines
from appliance.rules.cases.outgoing import LetterView
from appliance.rules.cases.views import CaseView
from appliance.rules.deadlines import day_of, start_ns_of

__all__ = [
    "broken_off", "citizen_application", "instead_of", "outcome_of", "outcome_words", "staff_application", "unshown",
]  # fmt: skip

_RESULTS = {"granted": "准予", "partly": "部分准予", "refused": "否准"}
_STANDING = {"party": "當事人", "interested": "利害關係人"}
_INSTEAD = {
    "no_footage": "查無影音", "dismissed": "逕予駁回", "redirected": "改循其他程序", "withdrawn": "撤回",
    "otherwise": "以其他方式辦理", "lapsed": "逾期未閱",
    "jud_lock": "已進入司法程序，不適用內部調閱，改由相關機關來函申請",
}  # fmt: skip
_LATER = ("withdrawn", "otherwise", "lapsed", "jud_lock")
"""What may still end a request after its answer."""


def outcome_of(told: CaseView) -> str:
    """Which box of 辦理情形 is ticked; "" for a dismissal and where no footage was found, which the chain does not
    decide."""
    return told.result if told.result in _RESULTS else ""


def outcome_words(told: CaseView) -> str:
    """How far it was granted, or why it was refused."""
    if told.result == "partly":
        ruled = [each.ruled for each in told.ranges if each.ruled]
        minutes = "、".join(line.replace("　", "") for line in range_lines(granted_of(told)))
        masked = "，遮蔽第三人" if any(each.masked for each in ruled) else ""
        reasons = "；".join(dict.fromkeys(each.reason for each in ruled if each.reason))
        return f"{minutes}{masked}" + (f"；理由：{reasons}" if reasons else "")
    if told.result == "refused":
        reason, article = decided_by(told)
        return "；".join(filter(None, (reason.removesuffix("。"), f"法令依據：{article}" if article else "")))
    return ""


def instead_of(told: CaseView) -> str:
    """Beside the boxes of 辦理情形: why none is ticked, or what ended a request that was granted."""
    states = {deed.state for deed in told.history}
    ended = next((state for state in _LATER if state in states), told.result)
    words = _INSTEAD.get(ended, "")
    if ended == "otherwise":
        done = told.otherwise
        return f"{words}（{day(day_of_text(done.get('day'))).strip('　')}）：{done.get('done', '')}"
    number = told.words.get("court_no") if ended == "jud_lock" else ""
    return words.replace("，", f"（司法案號：{number}），", 1) if number else words


def staff_application(desk: Desk) -> Sheet:
    """附件3, signed by sending it, or in ink, and along its chain."""
    told, issue = desk.told, desk.issue
    applicant = applicant_of(told)
    sent = _in_ink(told)
    if applicant.name and last_deed(told, "submit"):
        sent = Signed(person=applicant.account or applicant.name, name=applicant.name, at_ns=told.received_ns)
    paper = StaffRequest(
        number=told.number,
        applied=day_of_text(told.words.get("applied_on")) or day_of(told.received_ns),
        applicant=applicant.name,
        section=told.section,
        viewers=asked_viewers_of(told),
        reason_code=reason_of(told, issue),
        reason=marked(told, str(told.form.get("reason_text", "")), "form/reason_text"),
        asked=asked_of(told),
        outcome=outcome_of(told),
        outcome_words=outcome_words(told),
        instead=instead_of(told),
        signed_applicant=sent,
        signed_unit_head=signed_of(told, "section_head"),
        signed_manager=signed_of(told, "manager"),
        signed_managing_head=signed_of(told, "unit_head"),
        signed_secretary=signed_of(told, "secretary"),
        signed_director=signed_of(told, "director"),
    )
    return staff_request(paper, issue)


def citizen_application(desk: Desk) -> Sheet:
    """附件2, the applicant's frame and the office's part. The applicant's ink stands on the paper that is on file."""
    told, issue = desk.told, desk.issue
    form, person = told.form, applicant_of(told)
    agent = next((each for each in told.parties if each.part == "agent"), None)
    statutes = issue.pack.papers.annex_2.statutes
    at = next((number for number, each in enumerate(told.parties) if each is person), 0)
    reason = marked(told, str(form.get("reason_text", "")), "form/reason_text")
    paper = CitizenRequest(
        number=told.number,
        applied=day_of_text(told.words.get("applied_on")) or day_of(told.received_ns),
        applicant=marked(told, person.name, f"people/{at}/name"),
        born=marked(told, born_of(person), f"people/{at}/born"),
        id_number=marked(told, masked_id(person.id_no), f"people/{at}/id_no"),
        phone=marked(told, person.phone, f"people/{at}/phone"),
        address=marked(told, person.address, f"people/{at}/address"),
        standing=received(told, "form/standing") or str(form.get("standing", "")),
        interest=_interest(told),
        agent=_agent(told, agent.name) if agent else Agent(),
        police_station=marked(told, str(form.get("report_unit", "")), "form/report_unit"),
        reported=day_of_text(received(told, "form/report_day") or form.get("report_day")),
        report_no=_report_no(told),
        report_attached=bool(form.get("report_original")),
        reason="　".join(filter(None, (reason_of(told, issue), reason))),
        asked=asked_of(told),
        place=told.words.get("place", ""),
        viewers=asked_viewers_of(told),
        attached=tuple(
            name
            for name, there in (
                ("身分證明", form.get("id_checked")),
                ("報案證明", form.get("report_original")),
                ("委任書", form.get("mandate")),
            )
            if there
        ),
        statutes=(statutes.index(told.statutory),) if told.statutory in statutes else (),
        other_statute=told.statutory if told.statutory not in statutes else "",
        signed_applicant=None if agent else _in_ink(told),  # with an agent, the sheet does not say whose ink it is
        reading=Reading(
            why=str(form.get("helped", "")), reader=str(form.get("reader", "")), witness=str(form.get("witness", ""))
        ),
        office=_office(desk),
    )
    return citizen_request(paper, issue, gloss=form.get("helped") == "no_chinese")


def _in_ink(told: CaseView) -> Signed | None:
    """The applicant's own signature, on the paper whose scan is on file; None before that is taken in."""
    person, scan = applicant_of(told), str(told.form.get("scan", ""))
    return Signed(person=person.account or person.name, name=person.name, scan=scan) if person.name and scan else None


def _interest(told: CaseView) -> str:
    """The interest, and a standing that came in the place of the one that was received."""
    came = first_added(told, "form/standing")
    standing = _STANDING.get(str(told.form.get("standing", "")), "") if came and came.old else ""
    interest = marked(told, str(told.form.get("interest", "")), "form/interest")
    return "　".join(filter(None, (interest, marked(told, standing, "form/standing", first="") if standing else "")))


def _report_no(told: CaseView) -> str:
    """The number, and a day that came in the place of the one that was received."""
    number = marked(told, str(told.form.get("report_no", "")), "form/report_no")
    came = first_added(told, "form/report_day")
    if came is None or not came.old:
        return number
    later = day(day_of_text(told.form.get("report_day"))).strip("　")
    return f"{number}{marked(told, f'報案日期 {later}', 'form/report_day', first='')}"


def _agent(told: CaseView, name: str) -> Agent:
    person = next(each for each in told.parties if each.part == "agent" and each.name == name)
    return Agent(
        name=person.name,
        born=born_of(person),
        id_number=masked_id(person.id_no),
        phone=person.phone,
        address=person.address,
        legal=told.form.get("agent") == "legal" if told.form.get("agent") else None,
        relation=person.relation,
    )


def _office(desk: Desk) -> OfficePart:
    told = desk.told
    proposed = (_RESULTS | _INSTEAD).get(told.proposal.get("result", ""), "")
    session = told.session
    filming = str(session.get("filming", ""))
    person = applicant_of(told)
    stored = _stored(told)
    ceiling = day_of_text(told.pin.ceiling) if stored == "stored" else None
    return OfficePart(
        receipt=f"{told.number}　{moment(told.received_ns)}　{told.received_by}",
        id_kind=id_of(person) if told.form.get("id_checked") else "",
        id_matches=bool(told.form.get("id_checked")),
        report_matches=bool(told.form.get("report_original")),
        stored=stored,
        last_day_ns=start_ns_of(ceiling) if ceiling else None,
        pin="\n".join([told.number, *range_lines(asked_of(told, kept=True))]),
        proposal="\n".join(
            filter(
                None,
                (
                    f"擬{proposed}　依據：{told.proposal.get('article', '')}" if proposed else "",
                    told.words.get("opinion", ""),
                    _redirected(told),
                ),
            )
        ),
        outcome=outcome_of(told),
        outcome_words=outcome_words(told),
        instead=instead_of(told),
        notified=_notified(told, letter_of(told, "answer")),
        appointment=_appointment(told),
        viewed_from_ns=session.get("began_ns") or None,
        viewed_to_ns=session.get("ended_ns") or None,
        present=(*viewers_of(told), *session.get("accompanied", ())) if session.get("began_ns") else (),
        unshown=unshown(told),
        broken_off=broken_off(told),
        filmed=None if not filming else filming != "none",
        filming_handled="" if filming in ("", "none") else filming,
        signed_manager=signed_of(told, "manager"),
        signed_managing_head=signed_of(told, "unit_head"),
        signed_secretary=signed_of(told, "secretary"),
        signed_director=signed_of(told, "director"),
        signed_viewing_manager=signed_by(told, "finish", "stop"),
        signed_viewer=_viewer_in_ink(told),
        unsigned="閱覽提前結束，未登記申請人簽章" if broken_off(told) and not _viewer_signed(told) else "",
    )


def _viewer_in_ink(told: CaseView) -> Signed | None:
    """The applicant, who signed the record of the viewing on paper as the manager said at its end; None while nobody
    said so, or where the applicant was not among those who came."""
    person = applicant_of(told)
    came = _viewer_signed(told) and person.name in viewers_of(told)
    return Signed(person=person.account or person.name, name=person.name) if came else None


def _viewer_signed(told: CaseView) -> bool:
    finished = last_deed(told, "finish", "stop", "end_of_day")
    return finished is not None and bool((finished.words.get("viewing") or {}).get("signed"))


def _redirected(told: CaseView) -> str:
    """Of a redirection that went up the chain, whereto and why."""
    proposal = told.proposal
    return f"應循程序：{other_path_of(told)}\n理由：{proposal.get('reason', '')}" if proposal.get("body") else ""


def unshown(told: CaseView) -> str:
    """That nothing was opened in the viewing, and why not; "" where something was, or none took place."""
    session = told.session
    if not session.get("ended_ns") or session.get("shown", True):
        return ""
    why = str(session.get("why_not") or "")
    return "未播放任何影音" + (f"（{why}）" if why else "")


def broken_off(told: CaseView) -> str:
    """That a viewing was ended early (終止), and why, or that the day ended it; "" where it came to its end."""
    session = told.session
    if session.get("ended_by") == "stop":
        return f"終止（{session.get('why_stopped', '')}）"
    return "未登記結束，由系統於當日結束" if session.get("ended_by") == "end_of_day" else ""


def _stored(told: CaseView) -> str:
    found = {each.footage for each in told.ranges}
    if found & {"in_store", "partly"}:
        return "stored"
    return "expired" if "expired" in found else "none" if "gap" in found else ""


def _notified(told: CaseView, answer: LetterView | None) -> str:
    """Field 28, 通知日期、方式、文號: the day on which the answer arrived; until it has, the day on which it went
    out."""
    if answer is None:
        return ""
    served, issued = day_of_text(answer.served), day_of_text(answer.issued)
    number = marked(told, answer.doc_no, f"letters/{answer.letter}/doc_no")
    if served is None:
        return "　".join(filter(None, (f"{day(issued)} 發文", number)))
    return "　".join(filter(None, (day(served), MEANS.get(answer.means, answer.means), number)))


def _appointment(told: CaseView) -> str:
    booked = last_deed(told, "schedule")
    typed = (booked.words.get("viewing") or {}) if booked else {}
    on = day_of_text(typed.get("on"))
    return f"{day(on)}　{typed.get('starts', '')}～{typed.get('ends', '')}　{typed.get('place', '')}" if on else ""
