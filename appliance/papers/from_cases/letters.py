"""Letters that a case calls for: completion, refusal whole or in part, dismissal, nothing found, reply, and the rest.

Each names case, ranges and ground, never what is to be seen (``T-54``); what refuses has its remedy (``AT-70``).
Without a number and a day it is a draft and says so (``AT-72``). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from appliance.papers.from_cases.sources import (
    Desk,
    anew_of,
    applicant_of,
    asked_of,
    copy_withheld,
    day_of_text,
    decided_by,
    granted_of,
    is_handed,
    lapses_of,
    last_deed,
    letter_of,
    looked_of,
    other_path_of,
    reason_of,
    reason_word,
    signed_by,
    signed_of,
    words_right,
)
from appliance.papers.sheets.correction import Correction, correction
from appliance.papers.sheets.issue import Signed, deputy_mark
from appliance.papers.sheets.letter import LetterHead, letter
from appliance.papers.sheets.refusal import Refusal, refusal
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.words import Asked, day_in_text, in_text, range_lines
from appliance.rules.cases.outgoing import LetterView
from appliance.rules.cases.ranges import FORMER, Scope, uncovered
from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import CaseView
from appliance.rules.deadlines import day_of
from appliance.rules.packs.articles import cited

__all__ = [
    "correction_letter",
    "dismissal",
    "extension_letter",
    "grant",
    "none_found",
    "partial",
    "redirection",
    "refusal_letter",
    "reply",
]

_GIVES = {
    "viewing": (
        "閱覽",
        (
            "閱覽由本所派員陪同，閱覽時不得複製、拍攝（{rules}第八點第(五)款第3目之(2)）。",
            "到所閱覽者應為貴機關所屬公務人員，並出示身分證明文件及申請函。",
        ),
    ),
    "copy": (
        "提供複製",
        (
            "複製由本所就上列範圍製作，貴機關所屬公務人員應出示身分證明文件及申請函，到所點收簽章"
            "（{rules}第八點第(五)款第3目之(3)）。",
        ),
    ),
}
"""What a decision may give an agency (A6, A7), as the reply names it, and on what conditions."""

_GONE = {"expired": "已逾保存期限", "gap": "該時段無紀錄", "partly": "部分時段無紀錄", "in_store": "收件時保存中"}


def _head(desk: Desk, letter: str = "answer") -> LetterHead:
    """To whom, and as it went out; before its 發文 signed by the cell of the decision, where there is one."""
    told = desk.told
    agency = told.kind == Kind.AGY
    person, sent = applicant_of(told), letter_of(told, letter)
    handed = letter == "answer" and is_handed(told, sent)
    handler = signed_by(told, "propose", "receive", "receive_letter")
    return LetterHead(
        to=str(told.letter.get("agency", "")) if agency else f"{person.name} 君",
        to_address="" if agency else person.address,
        dated=day_of_text(sent.served if sent else told.today)
        if handed
        else day_of_text(sent.issued)
        if sent
        else None,
        handed=handed,
        number=sent.doc_no if sent else "",
        handler=handler.name if handler else "",
        signed=_signature(told, sent) if letter == "answer" or sent else None,
    )


def _signature(told: CaseView, sent: LetterView | None) -> Signed | None:
    """Electronic where whoever signed the letter decided the case by the same hand; else in ink, which has no time."""
    decided = signed_of(told, "director")
    signer = sent.signer if sent else None
    if signer is None or (decided and decided.person == signer.account):
        return decided
    return Signed(
        person=signer.account, name=signer.name, post=signer.post, mark=deputy_mark("director", deputy=signer.deputy)
    )


def _facts(desk: Desk) -> tuple[str, ...]:
    """What is answered, and what was asked."""
    told = desk.told
    received = day_in_text(told.received_ns)
    law = f"依{told.statutory}" if told.statutory else ""
    anew = anew_of(told)
    if told.kind == Kind.AGY:
        answered = f"復貴機關{day_in_text(day_of_text(told.letter.get('day')))}{told.letter.get('number', '')}函。"
        asked, reason = f"貴機關{law}", str(told.letter.get("purpose", ""))
    else:
        answered = f"復臺端{received}調閱申請。" if not anew else ""
        asked, reason = f"臺端{'前' if anew else ''}{law}", reason_of(told, desk.issue)
    where = "所請為本所前一套錄影監視系統之影音資料，不在現行系統內。" if told.recorder == FORMER else ""
    right = "（申請時所載文字有誤者，業經更正。）" if words_right(told) else ""
    asked = f"{asked}向本所申請調閱錄影監視系統影音資料（事由：{reason}）{anew}。{where}{right}"
    secret = "本件經貴機關註明偵查不公開，本所依偵查不公開作業辦法辦理。" if told.letter.get("secret") else ""
    return tuple(filter(None, (answered, asked, secret)))


def _lines(asked: Iterable[Asked]) -> list[str]:
    return [in_text(line) for line in range_lines(asked)]


_PDPA_10 = "個人資料保護法第10條"


def _held(desk: Desk) -> tuple[str, ...]:
    """For what the footage is kept and what it has of people, in every answer under PDPA 10 (``T-27``)."""
    if desk.told.statutory != _PDPA_10:
        return ()
    return (
        "本所錄影監視系統之特定目的為維護辦公環境安全、檔案管理及提升為民服務品質"
        f"（{_law(desk, '二')}）；個人資料之類別為影像，設有錄音之監視器並含聲音（{_PDPA_10}）。",
    )


def _ranges(desk: Desk, label: str = "申請範圍") -> tuple[str, ...]:
    return tuple(f"{label}：{text}" for text in _lines(asked_of(desk.told)))


_OWN = re.compile(r"(本?作業規範)?第?[一二三四五六七八九十]+([點、(（].*|)$")
_BETWEEN = re.compile(r"([；;，,、]|及|暨)")


def _law(desk: Desk, article: str) -> str:
    """The ground of a letter, with the title of the rules before an article that is their own, such as 八(五)1(1);
    whoever gets the letter has none at hand. Articles of another law stand as they were typed."""
    title, parts, own = desk.issue.pack.rules.title, _BETWEEN.split(article), False
    for at in range(0, len(parts), 2):
        was, own = own, bool(_OWN.match(parts[at].strip()))
        if own:
            bare = parts[at].strip().removeprefix("本").removeprefix("作業規範")
            parts[at] = cited(bare) if was else f"{title}{cited(bare)}"
    return "".join(parts)


def _remedy(desk: Desk) -> tuple[str, tuple[str, ...]]:
    pack = desk.issue.pack
    return ("救濟方法、期間及受理機關", tuple(map(pack.fill, pack.papers.refusal.remedy)))


def correction_letter(desk: Desk) -> Sheet:
    """補正通知, to a citizen; to an agency the same without a dismissal (``A3``)."""
    told = desk.told
    paper = Correction(
        head=_head(desk, "correction"),
        case=told.number,
        received=day_of(told.received_ns),
        example=_example(told, desk.issue.pack.numbers.correction_days),
        missing=desk.missing,
        agency=told.kind == Kind.AGY,
        elsewhere=told.recorder == FORMER,
    )
    return correction(paper, desk.issue)


def _example(told: CaseView, days: int) -> tuple[date, date] | None:
    """A day on which the notice may reach its reader, its own, and the last day that this gives: what the days mean."""
    sent = letter_of(told, "correction")
    first = day_of_text(sent.issued if sent else told.today)
    return (first, first + timedelta(days=days)) if first else None


def refusal_letter(desk: Desk) -> Sheet:
    told = desk.told
    paper = Refusal(
        head=_head(desk),
        case=told.number,
        asked=asked_of(told),
        facts=(*_facts(desk), *_held(desk)),
        reasons=_reasons(told),
        laws=(_law(desk, decided_by(told)[1]),),
    )
    return refusal(paper, desk.issue)


def grant(desk: Desk) -> Sheet:
    """准予通知, to a citizen: what may be seen, with whom, until when; no copy (八(四), 八(五)1(2))."""
    told, lapses = desk.told, lapses_of(desk)
    until = f"請於{day_in_text(lapses).strip('　')}以前洽本所約定時間，逾期失效。"
    if told.recorder == FORMER:
        until = "請洽本所約定時間；本件以前一套系統辦理。"
    granted = tuple(f"准予閱覽：{text}" for text in _lines(granted_of(told)))
    parts = [
        ("說明", (*_facts(desk), *_held(desk), *granted)),
        (
            "閱覽須知",
            (
                until,
                "閱覽時請攜帶身分證明文件，由本所系統管理人會同，不得拍攝。",
                "影音資料之複製以提供公務機關為限；如有需要，請洽受（處）理案件之公務機關，由該機關來函向本所申請。",
            ),
        ),
        ("法令依據", (_law(desk, told.proposal.get("article") or "八(五)1"),)),
    ]
    subject = f"臺端申請調閱本所錄影監視系統影音資料一案（案號：{told.number}），准予閱覽，復請查照。"
    return letter("准予通知", _head(desk), subject, parts, desk.issue, "八(五)1", told.number)


def partial(desk: Desk) -> Sheet:
    """部分准予通知: what is granted, what is not and why, with the remedy for that."""
    told = desk.told
    granted = tuple(f"准予閱覽：{text}" for text in _lines(granted_of(told)))
    parts = [
        ("事實", (*_facts(desk), *_held(desk), *_ranges(desk))),
        ("決定", (*granted, *_masking(told), *_rest(told))),
        ("理由", _reasons(told)),
        ("法令依據", (_law(desk, decided_by(told)[1] or "八(五)"),)),
        _remedy(desk),
    ]
    subject = f"臺端申請調閱本所錄影監視系統影音資料一案（案號：{told.number}），部分准予，復請查照。"
    rule = desk.issue.pack.papers.refusal.rule
    return letter("部分准予通知", _head(desk), subject, parts, desk.issue, rule, told.number)


def dismissal(desk: Desk) -> Sheet:
    """駁回通知: not completed in time, or a purpose that no request may have."""
    told = desk.told
    overdue = last_deed(told, "overdue") is not None
    late = "經本所通知補正，逾期未補正。"
    why = (late,) if overdue else (*_barred(desk), _sentence(decided_by(told)[0]))
    parts = [
        ("事實", (*_facts(desk), *_held(desk), *_ranges(desk))),
        ("理由", why),
        ("法令依據", (_law(desk, decided_by(told)[1] or "八(五)1(1)"),)),
        _remedy(desk),
    ]
    subject = f"{_addressed(desk)}申請調閱本所錄影監視系統影音資料一案（案號：{told.number}），應予駁回，復請查照。"
    return letter("駁回通知", _head(desk), subject, parts, desk.issue, "八(五)", told.number)


def _barred(desk: Desk) -> tuple[str, ...]:
    """The purpose that the office found, beside the one that the request states (二, ``D-30``)."""
    found = desk.told.barred
    return (f"經審查，本件調閱之目的為{reason_word(found, desk.issue)}，屬不得調閱之目的。",) if found else ()


def none_found(desk: Desk) -> Sheet:
    """查無影音資料通知: how it stood at the receipt, and nothing else (C6, ``T-21``)."""
    told = desk.told
    found = tuple(
        f"第 {each.no + 1} 段（監視器 {each.camera_no}）：{_GONE.get(each.footage, '該時段無紀錄')}"
        for each in told.ranges
    )
    parts = [
        ("事實", (*_facts(desk), *_held(desk), *_ranges(desk))),
        ("查核結果", (f"以{in_text(looked_of(told))}之保存情形為準：\n" + "\n".join(found),)),
        ("法令依據", (_law(desk, "七(一)、八(五)"),)),
        _remedy(desk),
    ]
    what = f"{_addressed(desk)}申請調閱本所錄影監視系統影音資料一案（案號：{told.number}）"
    subject = f"{what}，查無可供閱覽之影音資料，復請查照。"
    return letter("查無影音資料通知", _head(desk), subject, parts, desk.issue, "八(五)", told.number)


def reply(desk: Desk) -> Sheet:
    """函復, whatever the result (八(五)3(2)): what is granted and how, or why not."""
    told = desk.told
    articles = [told.proposal.get("article", "") if told.result == "redirected" else decided_by(told)[1]]
    if told.result in ("granted", "partly"):
        withheld, partly = copy_withheld(told), told.result == "partly"
        body = [("說明", _agreed(desk))]
        more, why = ("部分同意", (*_rest(told), *_reasons(told))) if partly else ("同意", ())
        if withheld is not None:
            more += "閱覽，複製部分歉難同意"
            why = (*why, f"來函申請複製部分，本所歉難同意{f'：{_sentence(withheld)}' if withheld else '。'}")
            articles.append("八(五)3(3)")
        if why:
            body.append(("未全部同意之理由", why))
    else:
        body = [("說明", (*_facts(desk), *_ranges(desk))), ("理由", _why_not(desk))]
        more = "歉難同意"
    if article := "；".join(filter(None, articles)):
        body.append(("法令依據", (_law(desk, article),)))
    subject = f"貴機關申請調閱本所錄影監視系統影音資料一案（案號：{told.number}），本所{more}，復請查照。"
    return letter("函復", _head(desk), subject, body, desk.issue, "八(五)3(2)", told.number)


def _agreed(desk: Desk) -> tuple[str, ...]:
    """What an agency is given, and on what conditions."""
    told = desk.told
    given = [each for code, each in _GIVES.items() if code in told.allows]
    gives = "及".join(words for words, _ in given)
    return (
        *_facts(desk),
        *(_ranges(desk) if told.result == "partly" else ()),
        *(f"同意{gives}：{text}" for text in _lines(granted_of(told))),
        *_masking(told),
        *(desk.issue.pack.fill(text) for _, texts in given for text in texts),
        "時間、地點及辦理方式，由本所承辦人另行與貴機關承辦人聯繫約定。",
    )


def _why_not(desk: Desk) -> tuple[str, ...]:
    told = desk.told
    if told.result == "no_footage":
        gone = "；".join(dict.fromkeys(_GONE.get(each.footage, "該時段無紀錄") for each in told.ranges))
        return (_sentence(gone),)
    if told.result == "redirected":
        return _redirected(told)
    return _reasons(told)


def _sentence(text: str) -> str:
    """What somebody typed, as a sentence of a letter: ended as one, and once."""
    text = text.strip()
    return (
        text if not text or text.rstrip("」』）)").endswith(("。", "！", "？")) else f"{text.rstrip('，、；：;,.')}。"
    )


def _reasons(told: CaseView) -> tuple[str, ...]:
    """Why less than asked was given: the decision's own reason, and range by range where ranges have reasons of their
    own (C10)."""
    whole = _sentence(decided_by(told)[0])
    ruled = [(each, _sentence(each.ruled.reason)) for each in told.ranges if each.ruled and each.ruled.reason]
    given = {reason for _, reason in ruled}
    if given <= {whole}:
        return (whole,)
    by_range = (f"第 {asked.no + 1} 段（監視器 {asked.camera_no}）：{reason}" for asked, reason in ruled)
    return (*((whole,) if whole and whole not in given else ()), *by_range)


def _rest(told: CaseView) -> tuple[str, ...]:
    """That the rest is not given, where any minute that was asked for was not: one that is only masked was."""
    asked = [Scope(each.camera_no, each.start_ns, each.end_ns) for each in told.ranges]
    allowed = [Scope(each.camera_no, each.start_ns, each.end_ns) for each in granted_of(told)]
    return ("其餘部分歉難同意。",) if uncovered(asked, allowed) else ()


def _masking(told: CaseView) -> tuple[str, ...]:
    masked = any(each.ruled and each.ruled.masked for each in told.ranges)
    return ("閱覽時遮蔽第三人之影像。",) if masked else ()


_EXTENDED_BY = {
    "個人資料保護法第10條": "個人資料保護法第13條第1項",
    "政府資訊公開法": "政府資訊公開法第12條第1項",
}
_EXTENDED = "行政程序法第51條第3項、第4項"
"""What lets the office take longer, once and told with its reason: the law that the request names, else the general
one."""


def extension_letter(desk: Desk) -> Sheet:
    """展延通知: once, told in writing with its reason and the day until when (``D-11``). A draft names the day to which
    its 發文 would lengthen the term now."""
    told = desk.told
    deed, sent = last_deed(told, "extend"), letter_of(told, "extension")
    reason = str(deed.words.get("reason", "")) if deed else ""
    due, days = day_of_text(told.clock.get("due")), desk.issue.pack.numbers.extension_days
    until = day_of_text(sent.until) if sent and sent.until else due
    if until and sent is None and not told.clock.get("is_extended"):
        until += timedelta(days=days)
    last = day_in_text(until).strip("　")
    parts = [
        (
            "說明",
            (
                *_facts(desk),
                _sentence(f"展延事由：{reason or '案情仍待查明'}"),
                f"辦理期限展延{days}日（以一次為限），至{last}止；本所將於該日以前為准駁之決定並通知臺端。",
                *(
                    ()
                    if told.recorder == FORMER
                    else ("申請範圍內現存之影音資料於展延期間先行保存，不予覆蓋；先行保存以一年為上限。",)
                ),
            ),
        ),
        ("法令依據", (_EXTENDED_BY.get(told.statutory, _EXTENDED),)),
    ]
    what = f"臺端申請調閱本所錄影監視系統影音資料一案（案號：{told.number}）"
    subject = f"{what}，辦理期限展延至{last}止，請查照。"
    return letter("展延通知", _head(desk, "extension"), subject, parts, desk.issue, "八(五)", told.number)


def redirection(desk: Desk) -> Sheet:
    """改循其他程序通知: which body is the right one and by which procedure, why this office is not, and to a citizen
    the remedy (``T-31``, 行政程序法 96)."""
    told = desk.told
    parts = [
        ("事實", (*_facts(desk), *_ranges(desk))),
        ("理由", _redirected(told)),
        ("法令依據", (_law(desk, told.proposal.get("article") or "八(五)"),)),
        _remedy(desk),
    ]
    what = f"{_addressed(desk)}申請調閱本所錄影監視系統影音資料一案（案號：{told.number}）"
    subject = f"{what}，非屬本所權責，請逕向{told.proposal.get('body', '')}提出，復請查照。"
    return letter("改循其他程序通知", _head(desk), subject, parts, desk.issue, "八(五)", told.number)


def _redirected(told: CaseView) -> tuple[str, ...]:
    """Why this office is not the right one, and which is."""
    path = f"本件應循下列程序提出：{other_path_of(told)}"
    return tuple(filter(None, (_sentence(told.proposal.get("reason", "")), _sentence(path))))


def _addressed(desk: Desk) -> str:
    return "貴機關" if desk.told.kind == Kind.AGY else "臺端"
