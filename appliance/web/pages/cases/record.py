"""What was handed in and what is kept, as lines of a record: labels and values in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from appliance.papers.from_cases.sources import last_deed, masked_id
from appliance.rules.cases.rectify import PERSON
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.cases.supplements import SupplementView
from appliance.rules.cases.views import ActView, AskedRange, CaseView, PartyView, Stretch
from appliance.web.i18n.roc_time import date_text, duration_text, moment_text
from appliance.web.pages.cases.items import word_at
from appliance.web.pages.cases.people import who_of
from appliance.web.pages.cases.rectified import is_marked
from appliance.web.pages.cases.words import CaseWords

__all__ = [
    "Line",
    "agent_text",
    "appointment_of",
    "bare_of",
    "copy_lines",
    "copy_ruled",
    "decided_on_copy",
    "earlier_of",
    "hides_identifiers",
    "letters_of",
    "missing_of",
    "papers_of",
    "parties_of",
    "pin_of",
    "proposed_on_copy",
    "range_text",
    "ranges_of",
    "read_aloud",
    "redirect_lines",
    "span_text",
    "unmasked_of",
]


_RESULTS = ("granted", "partly", "refused")
_COPIES = (Event.GRANT_COPY, Event.GRANT_COPY_PARTLY)
_GRANTS = (Event.GRANT, Event.GRANT_PARTLY, *_COPIES)


class Line(NamedTuple):
    label: str
    value: str


def span_text(start_ns: int, end_ns: int, lang: str) -> str:
    """A range in one line; its second day only where it is another."""
    seconds = bool(start_ns // 10**9 % 60 or end_ns // 10**9 % 60)
    start, end = (moment_text(at, lang, seconds=seconds) for at in (start_ns, end_ns))
    day, _, clock = end.partition(" ")
    return f"{start} – {clock}" if start.startswith(day) else f"{start} – {end}"


def parties_of(told: CaseView, words: CaseWords) -> list[dict[str, Any]]:
    """Everybody whom the case names, once, with all their parts in it (``codes``, and in words). ``printed``: ``more``
    as a print shows it, its ID number masked as on the papers."""
    people: dict[tuple[str, str], list[PartyView]] = {}
    places: dict[tuple[str, str], list[str]] = {}
    for number, each in enumerate(told.parties):
        people.setdefault(who_of(told, each), []).append(each)
        places.setdefault(who_of(told, each), []).extend(f"people/{number}/{field}" for field in PERSON)
    return [
        {
            "codes": [each.part for each in found],
            "relation": found[0].relation,
            "parts": words.listed(dict.fromkeys(words.of("case-part", each.part) for each in found)),
            "called": found[0].name or found[0].account,
            "name": words.noted(found[0].name or found[0].account, _alone(found, told, words)),
            "alone": _alone(found, told, words),
            "rectified": is_marked(told.rectified, *places[who]),
            "more": _more(found[0], found[0].id_no, words),
            "printed": _more(found[0], masked_id(found[0].id_no), words),
        }
        for who, found in people.items()
    ]


def _more(person: PartyView, id_no: str, words: CaseWords) -> list[str]:
    said = (person.relation, id_no, date_text(person.born, words.lang), person.phone, person.address)
    return [text for text in said if text]


def _alone(found: list[PartyView], told: CaseView, words: CaseWords) -> str:
    """Of a viewer whom a citizen brings, whether that person could view alone (``T-29``)."""
    if told.kind != Kind.CIT or {each.part for each in found} != {"viewer"}:
        return ""
    return words.text("case-page.viewer-alone" if found[-1].entitled else "case-page.viewer-unsaid")


def papers_of(told: CaseView, words: CaseWords) -> list[Line]:
    """附件2 or 附件3, the letter or the call, as far as it was filled in."""
    lines = []
    form, letter, voice = told.form, told.letter, told.voice
    if form.get("reason"):
        lines.append(Line(words.label("form/reason"), words.choice("form/reason", form["reason"])))
    lines += _given(words, "form", form, ("reason_text", "interest", "report_unit", "report_no"))
    if form.get("standing"):
        lines.insert(0, Line(words.label("form/standing"), words.choice("form/standing", form["standing"])))
    if agent := agent_text(form, words):
        lines.append(Line(words.label("form/agent"), agent))
    if form.get("scan_follows") and not form.get("scanned"):
        lines.append(Line(words.text("case-page.scan-follows"), str(form["scan_follows"])))
    if spoken := read_aloud(form, words):
        lines.append(Line(words.text("case-page.said-read-aloud"), spoken))
    if form.get("report_day"):
        lines.append(Line(words.label("form/report_day"), date_text(form["report_day"], words.lang)))
    if told.words.get("place"):
        lines.append(Line(words.text("intake.place"), str(told.words["place"])))
    if told.words.get("applied_on"):
        lines.append(Line(words.text("intake.applied-on"), date_text(str(told.words["applied_on"]), words.lang)))
    lines += _given(words, "letter", letter, ("agency", "number", "officer", "basis", "purpose", "scope", "need"))
    if letter.get("scan_follows") and not letter.get("scanned"):
        lines.append(Line(words.text("case-page.letter-scan-follows"), str(letter["scan_follows"])))
    if letter.get("day"):
        lines.append(Line(words.label("letter/day"), date_text(letter["day"], words.lang)))
    lines += copy_lines(letter, words)
    lines += [Line(words.label(f"letter/{name}"), words.text("case-choice.answer-yes"))
              for name in ("secret", "keep") if letter.get(name)]  # fmt: skip
    lines += _given(words, "voice", voice, ("caller", "agency"))
    if voice.get("caller"):
        said = {"call-phone": told.words.get("phone"), "matter": told.words.get("matter")}
        said["called-back"] = "✓" if voice.get("called_back") else ""
        lines += [Line(words.text(f"intake.{name}"), text) for name, text in said.items() if text]
    if told.recorder:
        lines.append(Line(words.text("case-page.recorder"), words.text(f"case-page.recorder-{told.recorder}")))
    if told.statutory:
        lines.append(Line(words.label("statutory"), told.statutory))
    if told.words.get("anew_former"):
        lines.append(Line(words.text("case-page.said-anew"), _anew(told, words)))
    if told.barred:
        lines.append(Line(words.text("case-page.said-barred"), words.choice("barred", told.barred)))
    return [*_with_marks(lines, told, words), *_lock(told, words)]


def _anew(told: CaseView, words: CaseWords) -> str:
    """Why and by what document a request is decided anew, and what was decided before."""
    how = words.choice("voucher/kind", told.words.get("anew_how", ""))
    received = date_text(told.words.get("anew_day", ""), words.lang)
    return words.text(
        "case-page.anew", how=how, doc=told.words.get("anew_doc", ""), day=received,
        former=told.words["anew_former"], letter=told.words.get("anew_letter", ""),
    )  # fmt: skip


def agent_text(form: Mapping[str, Any], words: CaseWords) -> str:
    """Of which kind the agent is, and whether the mandate is there; "" without one."""
    if not form.get("agent"):
        return ""
    mandate = words.label("form/mandate") if form.get("mandate") else ""
    return words.listed(filter(None, (words.choice("form/agent", str(form["agent"])), mandate)))


def _lock(told: CaseView, words: CaseWords) -> list[Line]:
    """From whom it became known that judicial procedure began, and the court's number of it."""
    deed = last_deed(told, "lock")
    said = (("source", deed.words.get("source")), ("words/court_no", told.words.get("court_no"))) if deed else ()
    return [Line(words.label(name), str(text)) for name, text in said if text]


def read_aloud(form: Mapping[str, Any], words: CaseWords) -> str:
    """Why the form was read to the applicant, by whom and before whom (``T-39``); "" where it was not."""
    helped = str(form.get("helped", ""))
    if not helped:
        return ""
    why = words.text(f"intake.helped-{helped.replace('_', '-')}")
    return words.text(
        "case-page.read-aloud", why=why, reader=form.get("reader") or "—", witness=form.get("witness") or "—"
    )


def copy_lines(letter: Mapping[str, Any], words: CaseWords) -> list[Line]:
    """That the letter asks for a copy, and why."""
    asked = letter.get("copy_asked")
    return [Line(words.label("letter/copy_asked"), str(letter.get("copy_reason") or "—"))] if asked else []


def proposed_on_copy(proposal: Mapping[str, Any], words: CaseWords) -> list[Line]:
    """What is to be given where a letter asks for a copy, and why."""
    return _on_copy(str(proposal.get("give") or ""), proposal, "proposal/", words)


def decided_on_copy(deed: ActView, words: CaseWords) -> list[Line]:
    """What a decision gives where a letter asks for a copy, and why; nothing of any other act."""
    copies = deed.event in _COPIES
    with_copy = "both" if deed.words.get("viewing_too") else "copy"
    give = with_copy if copies else "viewing" if deed.words.get("viewing_only") else ""
    return _on_copy(give, deed.words, "", words)


def copy_ruled(told: CaseView, words: CaseWords) -> list[Line]:
    """What the case's decision says of the copy for which its letter asks."""
    decided = last_deed(told, *_GRANTS)
    return decided_on_copy(decided, words) if decided else []


def _on_copy(give: str, said: Mapping[str, Any], part: str, words: CaseWords) -> list[Line]:
    lines = (("give", words.choice("give", give) if give else ""), ("copy_reasoned", said.get("copy_reasoned")))
    return [Line(words.label(f"{part}{name}"), str(text)) for name, text in lines if text]


def redirect_lines(proposal: Mapping[str, Any], words: CaseWords) -> list[Line]:
    """Of a redirection that was proposed: whereto, how, and why not here."""
    return [
        Line(words.text(f"case-page.said-redirect-{name}"), str(proposal[name]))
        for name in ("body", "path", "reason")
        if proposal.get(name)
    ]


def _given(words: CaseWords, fact: str, paper: dict[str, Any], names: tuple[str, ...]) -> list[Line]:
    return [Line(words.label(f"{fact}/{name}"), str(paper[name])) for name in names if paper.get(name)]


def _with_marks(lines: list[Line], told: CaseView, words: CaseWords) -> list[Line]:
    """更正 beside each line whose word was put right."""
    right = {words.label(each.what) for each in told.rectified if each.state == "stands" and not each.person}
    lines = [
        line._replace(value=words.text("case-page.rectified-word", text=line.value)) if line.label in right else line
        for line in lines
    ]
    came = {words.label(each.what): each for each in reversed(told.added)}  # the first has the word as it was received
    return [_beside(line, came[line.label], words) if line.label in came else line for line in lines]


def _beside(line: Line, first: SupplementView, words: CaseWords) -> Line:
    """The word as it was received, and beside it what came in its place, or was entered later."""
    received = word_at(first.what, first.old, words) or words.text("case-page.added-nothing")
    code = "case-page.added-asked" if first.asked else "case-page.added-later"
    day = date_text(first.day, words.lang)
    return line._replace(value=words.text(code, received=received, day=day, text=line.value))


def ranges_of(told: CaseView, words: CaseWords) -> list[dict[str, Any]]:
    """Each range: what was asked, whether it is there, what was decided of it."""
    return [
        {
            "no": each.no + 1,
            "camera": each.camera_no,
            "place": each.location,
            "asked": span_text(each.start_ns, each.end_ns, words.lang),
            "length": duration_text(each.end_ns - each.start_ns, words.lang),
            "kept": span_text(each.kept_start_ns, each.kept_end_ns, words.lang) if each.kept_end_ns else "",
            "footage": each.footage,
            "footage_text": words.of("case-footage", each.footage) if each.footage else "",
            "outcome": each.ruled.outcome if each.ruled else "",
            "outcome_text": words.choice("ruling", each.ruled.outcome) if each.ruled else "",
            "given": _given_minutes(each, words),
            "masked": bool(each.ruled and each.ruled.masked),
            "reason": each.ruled.reason if each.ruled else "",
        }
        for each in told.ranges
    ]


def _given_minutes(asked: AskedRange, words: CaseWords) -> list[str]:
    if asked.ruled is None or asked.ruled.outcome == "granted":
        return []
    return [_stretch(each, words) for each in asked.ruled.scopes]


def _stretch(each: Stretch, words: CaseWords) -> str:
    return span_text(each.start_ns, each.end_ns, words.lang)


def bare_of(told: CaseView, words: CaseWords) -> list[str]:
    """The stretches that are to be masked and have no mask."""
    return [f"{each.camera_no} {_stretch(each, words)}" for each in told.masks.bare] if told.masks else []


def unmasked_of(told: CaseView) -> ActView | None:
    """The act that entered the masks as complete, where it says why some stretch needs none."""
    deed = last_deed(told, "finish_masks") if told.masks and told.masks.drawn else None
    return deed if deed and deed.words.get("reason") else None


def hides_identifiers(told: CaseView) -> bool:
    """Whether anything of the people in the case is masked on its page."""
    if told.full:
        return False
    corrected = any("**" in f"{each.old}{each.new}" for each in told.rectified)
    return corrected or any(
        each.id_no or each.born or each.phone or each.address or "○" in each.name for each in told.parties
    )


def missing_of(told: CaseView, words: CaseWords) -> list[str]:
    """Of a request that is still on the desk, what of its footage was not there as the keeper looked."""
    if told.state not in ("preserved", "received", "correction", "checking"):
        return []
    return [range_text(each, words) for each in told.ranges if each.footage in ("partly", "expired", "gap")]


def range_text(asked: AskedRange, words: CaseWords) -> str:
    """Camera, place and minutes in one line, and whether they are there."""
    what = f"{asked.camera_no} {asked.location}　{span_text(asked.start_ns, asked.end_ns, words.lang)}"
    return words.noted(what, words.of("case-footage", asked.footage) if asked.footage else "")


def letters_of(told: CaseView, words: CaseWords) -> dict[str, str]:
    """When each outgoing letter went out under which number, and when it arrived."""
    texts = {}
    for each in told.letters:
        moot = each.letter == "extension" and bool(told.result)  # its service is asked for no longer
        code = "case-page.letter-served" if each.served else "case-page.letter-out" if moot else "case-page.letter-sent"
        if not each.issued:
            code = "case-page.letter-handed"
        issued, served = date_text(each.issued, words.lang), date_text(each.served, words.lang)
        right = is_marked(told.rectified, f"letters/{each.letter}/doc_no")
        number = words.text("case-page.rectified-word", text=each.doc_no) if right else each.doc_no
        said = words.text(code, day=issued, number=number, served=served)
        proof = words.text("case-page.letter-proof", number=each.proof_no) if each.proof_no else ""
        texts[each.letter] = f"{said} {proof}".rstrip() if words.lang != "zh" else f"{said}{proof}"
    return texts


def earlier_of(told: CaseView, words: CaseWords) -> dict[str, Any] | None:
    """What whoever asks has asked before, in words; None where it is not told or there is nothing."""
    earlier = told.earlier
    if earlier is None or not (earlier.count or earlier.alike):
        return None
    alike = words.text("case-page.earlier-alike", count=earlier.alike) if earlier.alike else ""
    title = words.text(f"case-page.earlier-{earlier.by}", count=earlier.count) if earlier.count else alike
    return {
        "title": title,
        "alike": alike if earlier.count else "",
        "more": earlier.more,
        "hidden": earlier.count - len(earlier.cases) - earlier.more,
        "cases": [
            {
                "path": f"/cases/{each.number or each.case}",
                "name": each.number or each.case,
                "at": moment_text(each.received_ns, words.lang),
                "state": words.of("case-at", each.state),
                "result": words.choice("proposal/result", each.result)
                if each.result in _RESULTS and each.result != each.state
                else "",
            }
            for each in earlier.cases
        ],
    }


def pin_of(told: CaseView, words: CaseWords) -> str:
    """Whether its footage is kept, until when and by which rule."""
    pin, lang = told.pin, words.lang
    if told.recorder:
        return words.text("case-page.pin-elsewhere")
    if not pin.pinned:
        return words.text("case-page.pin-none")
    if not pin.last and "appeal" in told.flags:
        return words.text("case-page.pin-appeal", ceiling=date_text(pin.ceiling, lang) if pin.ceiling else "—")
    if not pin.last:
        ceiling = date_text(pin.ceiling, lang) if pin.ceiling else "—"
        if pin.slip:
            return words.text("case-page.pin-open-slip", ceiling=ceiling, slip=date_text(pin.slip, lang))
        return words.text("case-page.pin-open", ceiling=ceiling)
    if not pin.rule:
        return words.text("case-page.pin-last", day=date_text(pin.last, lang))
    rule = "kept" if pin.rule == "remedy" and told.kind != "CIT" else pin.rule  # only a citizen has a remedy
    return words.text("case-page.pin-until", day=date_text(pin.last, lang), rule=words.of("case-pin", rule))


def appointment_of(told: CaseView, words: CaseWords, today: date) -> list[Line]:
    """When, where, who and what may be seen."""
    booked = told.booked
    if booked is None:
        return []
    when = f"{date_text(booked.on, words.lang)} {booked.starts}–{booked.ends}".rstrip(" –")
    lines = [Line(words.text("case-page.booked-on"), when)]
    for name, value in (
        ("place", booked.place),
        ("viewers", words.listed(booked.viewers)),
        ("accompanied_by", booked.accompanied_by),
        ("others", words.noted(booked.others, booked.others_body)),
    ):
        if value:
            lines.append(Line(words.label(f"viewing/{name}"), value))
    absent = told.words.get("applicant_absent", "")
    if absent and not any(each.part == "applicant" and each.name in booked.viewers for each in told.parties):
        lines.append(Line(words.label("words/applicant_absent"), absent))
    lines.append(Line(words.text("case-page.booked-last"), date_text(booked.last, words.lang)))
    return lines
