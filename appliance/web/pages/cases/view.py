"""A case as its page shows it: what is next and by when, signatures, ranges, pin, papers, history, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from appliance.rules.cases.rows import Event
from appliance.rules.cases.views import ActView, CaseView, DueView, Signed
from appliance.web.i18n.roc_time import date_text, moment_text
from appliance.web.pages.cases.fields import APPEAL_ENDS
from appliance.web.pages.cases.forms import CaseForm
from appliance.web.pages.cases.items import asked_for
from appliance.web.pages.cases.record import decided_on_copy, proposed_on_copy, read_aloud, redirect_lines
from appliance.web.pages.cases.words import CaseWords

__all__ = ["BOXES", "Box", "boxes_of", "due_text", "history_of", "ledger_marks", "next_of", "shown_first"]

BOXES: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = MappingProxyType(
    {
        "CIT": (
            ("receipt", ("receipt",)),
            ("managing", ("manager", "unit_head")),
            ("secretary", ("secretary",)),
            ("director", ("director",)),
        ),
        "INT": (
            ("applying", ("applicant", "section_head")),
            ("managing", ("manager", "unit_head")),
            ("secretary", ("secretary",)),
            ("director", ("director",)),
        ),
        "AGY": (
            ("receipt", ("receipt",)),
            ("managing", ("manager", "unit_head")),
            ("secretary", ("secretary",)),
            ("director", ("director",)),
        ),
    }
)
"""The sign boxes of each kind's paper: the head of a column, and the cells below one another in it."""


class Mark(NamedTuple):
    """A cell of a sign box. ``cells``: what was signed there, what a return superseded first; the last one counts."""

    label: str
    cells: tuple[Signed, ...]
    waits: bool = False


class Box(NamedTuple):
    head: str
    marks: tuple[Mark, ...]


def due_text(due: DueView, today: date, words: CaseWords) -> str:
    """``113/10/11 前（剩 8 日）``: the last day, and how far away it is; of an appointment, its hour."""
    day, left = date_text(due.day, words.lang), (date.fromisoformat(due.day) - today).days
    past = "past-one" if left == -1 else "past"
    far = past if left < 0 else "today" if left == 0 else "tomorrow" if left == 1 else "left"
    booked = "booked-" if due.code == "appointment" and left >= 0 else ""
    return words.text(f"case-page.due-{booked}{far}", day=day, days=abs(left), at=due.at)


def next_of(forms: Sequence[CaseForm]) -> CaseForm | None:
    """The next step on the way to the close: one that nothing keeps from being done, whoever must do it; else one that
    waits for nobody but the machinery that makes copies, as the duty board has it."""
    ways = [form for form in forms if form.leads]
    free = (form for form in ways if not form.waits)
    unmade = (form for form in ways if form.waits == ("no_copies",))
    return next(free, None) or next(unmade, None) or next(iter(ways), None)


def shown_first(forms: Sequence[CaseForm], duty: str) -> CaseForm | None:
    """What stands open at the head of the page: the form of the ``duty`` that somebody came for; else, where whoever
    sits here may not do the next step, the signature under 更正 or another step that they may; else the next."""
    ahead = next_of(forms)
    asked = next((form for form in forms if duty in form.events), None)
    mine = [form for form in forms if form.ready and (form.leads or form.code == Event.RECTIFY_CONFIRM)]
    mine.sort(key=lambda form: form.leads)
    return asked or (mine[0] if mine and not (ahead and ahead.ready) else None) or ahead


def boxes_of(told: CaseView, words: CaseWords, waiting: str) -> list[Box]:
    """``waiting``: the cell that the next step signs. An applicant's cell is signed by sending the request."""
    cells = [*told.signatures]
    applicant = next((each for each in told.parties if each.part == "applicant"), None)
    sent = any(deed.event == "submit" for deed in told.history)
    if told.kind == "INT" and applicant and sent:
        mine = Signed(
            stage="applicant", role="staff", person=applicant.account, name=applicant.name, at_ns=told.received_ns
        )
        cells.insert(0, mine)
    return [
        Box(
            words.text(f"case-page.box-{head}"),
            tuple(
                Mark(
                    words.of("case-stage", stage) if len(stages) > 1 else "",
                    tuple(sorted((each for each in cells if each.stage == stage), key=lambda each: each.at_ns)),
                    stage == waiting,
                )
                for stage in stages
            ),
        )
        for head, stages in BOXES.get(told.kind, ())
    ]


def ledger_marks(told: CaseView, words: CaseWords) -> list[Mark]:
    """The two signatures of the row in 附件4."""
    return [
        Mark(
            words.of("case-stage", stage),
            tuple(cell for cell in told.signatures if cell.stage == stage and not cell.superseded),
        )
        for stage in ("ledger_manager", "ledger_head")
    ]


_SHOWN = ("reason", "article", "source", "statutory", "legal_review")


def history_of(told: CaseView, words: CaseWords) -> list[dict[str, Any]]:
    """Every act in words, the latest first."""
    links = told.links
    others = {each.case: each.number for each in (links.former, *links.followers, *links.offered) if each}
    return [_deed(deed, words, others) for deed in reversed(told.history)]


def _deed(deed: ActView, words: CaseWords, others: Mapping[str, str]) -> dict[str, Any]:
    """``others``: numbers of cases, by their keys."""
    said = [(words.text(f"case-page.said-{name.replace('_', '-')}"), str(deed.words[name]))
            for name in _SHOWN if deed.words.get(name)]  # fmt: skip
    if deed.event == Event.LINK:
        former = str(deed.words.get("former", ""))
        said.insert(
            0, (words.text("case-page.said-former"), others.get(former, former) or words.text("case-page.link-none"))
        )
    if deed.words.get("barred"):
        said.append((words.text("case-page.said-barred"), words.choice("barred", str(deed.words["barred"]))))
    service, proposal = deed.words.get("service") or {}, deed.words.get("proposal") or {}
    if (dispatch := deed.words.get("dispatch") or {}).get("doc_no"):
        day = date_text(str(dispatch.get("day") or ""), words.lang)
        signer = words.person(str(dispatch.get("signer") or ""))
        said.append((words.text("case-page.said-dispatch"), "　".join(filter(None, (day, dispatch["doc_no"], signer)))))
    voucher = deed.words.get("voucher") or {}
    if voucher.get("number"):
        day = date_text(str(voucher.get("day") or ""), words.lang)
        how = words.choice("voucher/kind", str(voucher["kind"])) if deed.event in APPEAL_ENDS else ""
        whole = "　".join(filter(None, (how, day, str(voucher.get("agency", "")), str(voucher["number"]))))
        said.append((words.text("case-page.said-voucher"), whole))
    if proposal.get("result"):
        result = words.choice("proposal/result", proposal["result"])
        said.append((words.text("case-page.said-proposal"), f"{result}　{proposal.get('article', '')}".rstrip("　")))
    said += redirect_lines(proposal, words)
    said += proposed_on_copy(proposal, words)
    said += decided_on_copy(deed, words)
    if service.get("means"):
        means = words.choice("service/means", service["means"])
        day = date_text(str(service.get("day") or ""), words.lang)
        proof = service.get("proof_no") and words.text("case-page.proof", number=service["proof_no"])
        said.append((words.text("case-page.said-service"), "　".join(filter(None, (means, day, proof)))))
    if spoken := read_aloud(deed.words.get("form") or {}, words):
        said.append((words.text("case-page.said-read-aloud"), spoken))
    if deed.lacks:
        said.append((words.text("case-page.said-lacks"), words.text("site.semicolon").join(asked_for(deed, words))))
    typed = deed.words.get("words") or {}
    if typed.get("court_no"):
        said.append((words.label("words/court_no"), str(typed["court_no"])))
    said += [
        (words.text("case-page.said-comment"), str(typed[name])) for name in ("opinion", "comment") if typed.get(name)
    ]
    if typed.get("applicant_absent"):
        said.append((words.label("words/applicant_absent"), str(typed["applicant_absent"])))
    return {
        "title": words.event(deed.event),
        "state": words.of("case-at", deed.state),
        "name": deed.name,
        "at": moment_text(deed.signed_ns or deed.at_ns, words.lang) if deed.at_ns else "",
        "ink": deed.ink,
        "index": deed.index,
        "said": said,
        "damaged": deed.damaged,
        "bad": deed.event in ("refuse", "return", "find_defects", "dismiss", "interrupt", "lock", "none_found"),
    }
