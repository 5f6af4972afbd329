"""A form of a case as its template shows it: fields with label, value, choices, and what is wrong beside each. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from appliance.rules.cases.outgoing import LetterSigner
from appliance.rules.cases.states import Kind
from appliance.rules.cases.views import CaseView
from appliance.rules.document_number import like_doc_no
from appliance.web.i18n.roc_time import date_text
from appliance.web.pages.cases.fields import GIVEN_WITHOUT_COPIES, Field
from appliance.web.pages.cases.forms import CaseForm, mended
from appliance.web.pages.cases.items import items_of, said_at
from appliance.web.pages.cases.links import other_text
from appliance.web.pages.cases.people import asks_alone, candidates, companions, parts_of, who_of
from appliance.web.pages.cases.rectified import rectified_of, words_to_choose
from appliance.web.pages.cases.typed import ADDED_RANGES, NO_FORMER, PROPOSED_ARTICLE, Values, moment_in
from appliance.web.pages.cases.words import CaseWords

__all__ = ["FieldView", "Filled", "field_views"]

_ANEW = ("visit", "viewing", "voucher", "copy_work")
_ANEW_EACH = ("form/judicial", "words/comment")
"""What is attested, ticked or said for this very act, whatever lies on file."""


class Filled(NamedTuple):
    """A form as somebody left it: its act id, what was typed (None: nothing yet), and what is wrong by field name;
    ``head``: sentences that belong to no field. ``worded``: a seal of words that were asked about once."""

    act: str
    values: Values | None = None
    problems: Mapping[str, Sequence[str]] = MappingProxyType({})
    head: Sequence[str] = ()
    worded: str = ""


class FieldView(NamedTuple):
    """``options``: value, label, chosen. ``rows``: of the tables. ``lacking``: still missing on file. ``more``: what a
    look needs besides."""

    name: str
    look: str
    label: str
    hint: str = ""
    value: str = ""
    checked: bool = False
    options: Sequence[tuple[str, str, bool]] = ()
    rows: Sequence[Mapping[str, Any]] = ()
    problems: Sequence[str] = ()
    lacking: bool = False
    optional: bool = False
    instead: bool = False
    most: int = 200
    more: Mapping[str, Any] = MappingProxyType({})


class _FieldContext(NamedTuple):
    """What a field's view is made from."""

    told: CaseView
    form: CaseForm
    filled: Filled
    words: CaseWords
    cameras: Sequence[tuple[str, str]]
    today: str


def field_views(
    told: CaseView, form: CaseForm, filled: Filled, words: CaseWords, cameras: Sequence[tuple[str, str]], today: str
) -> list[FieldView]:
    """The fields in their order. ``cameras``: number and place, to choose from; ``today``: an ISO day."""
    desk = _FieldContext(told, form, filled, words, cameras, today)
    return [_view(field, desk) for field in form.fields]


def _view(field: Field, desk: _FieldContext) -> FieldView:
    words = desk.words
    hint = words.hint(field.name, desk.form.code, desk.told.kind, example=like_doc_no(desk.told.letter_word))
    lacking = any(mended((field,), code) for code in desk.form.lacks)
    view = FieldView(
        name=field.name,
        look=field.look,
        label=words.label(field.name, desk.form.code),
        hint=_wrong_there(field, desk.told) or hint,
        problems=desk.filled.problems.get(field.name, ()),
        lacking=lacking,
        optional=field.optional and not lacking,
        instead=field.instead,
        most=field.most,
    )
    return _LOOKS.get(field.look, _plain)(view, field, desk)


def _wrong_there(field: Field, told: CaseView) -> str:
    """What the formal check found wrong with what stands there."""
    return next((told.findings[item.code] for item in items_of(told)
                 if field.name in item.places and item.code in told.findings), "")  # fmt: skip


def _on_file(field: Field, desk: _FieldContext) -> Any:
    """What an earlier act left, where this one does not attest it anew."""
    told, (fact, _, part) = desk.told, field.name.partition("/")
    booked = told.booked
    if (
        fact == "viewing"
        and part in ("on", "starts", "ends", "place", "accompanied_by", "others", "others_body")
        and booked
    ):
        return getattr(booked, part)
    if field.name == "visit/agency":
        return told.letter.get("agency", "")
    if field.name in ("service/day", "dispatch/day", "otherwise/day"):
        return desk.today
    if field.name == "copy_reasoned":  # as it was proposed, for whoever decides alike
        return told.proposal.get("copy_reasoned", "")
    if fact in _ANEW or field.name in _ANEW_EACH:
        return ""
    if part and fact in ("form", "letter", "proposal", "words"):
        return getattr(told, fact).get(part, "")
    return ""


def _plain(view: FieldView, field: Field, desk: _FieldContext) -> FieldView:
    values = desk.filled.values
    typed = _typed(field.name, values) if values is not None else str(_on_file(field, desk) or "")
    return view._replace(value=typed)


def _day(view: FieldView, field: Field, desk: _FieldContext) -> FieldView:
    if desk.filled.values is not None:
        return _plain(view, field, desk)
    return view._replace(value=date_text(str(_on_file(field, desk) or ""), desk.words.lang))


def _tick(view: FieldView, field: Field, desk: _FieldContext) -> FieldView:
    values = desk.filled.values
    on_file = _on_file(field, desk) and not _wrong_there(field, desk.told)  # what was found wrong is attested anew
    return view._replace(checked=bool(_typed(field.name, values) if values is not None else on_file))


def _choice(view: FieldView, field: Field, desk: _FieldContext) -> FieldView:
    chosen = _plain(view, field, desk).value
    choices = field.choices
    if field.name in ("give", "proposal/give") and not desk.told.gives_copies:
        choices = GIVEN_WITHOUT_COPIES
    options = [(value, desk.words.choice(field.name, value), value == chosen) for value in choices]
    return view._replace(options=options, value=chosen)


def _signer(view: FieldView, field: Field, desk: _FieldContext) -> FieldView:
    """The director and the deputies; first whoever signed the decision."""
    decided = [cell.person for cell in desk.told.signatures if cell.stage == "director" and not cell.superseded]
    known = [each.account for each in desk.told.signers]
    default = next((account for account in (*decided[-1:], *known) if account in known), "")
    chosen = _typed(field.name, desk.filled.values) if desk.filled.values is not None else default
    options = [(each.account, _signer_text(each, desk.words), each.account == chosen) for each in desk.told.signers]
    return view._replace(options=options, value=chosen)


def _attendant(view: FieldView, field: Field, desk: _FieldContext) -> FieldView:
    """Those of the office; an earlier booking's name stays to be chosen, and is judged by the keeper."""
    chosen = _plain(view, field, desk).value
    names = dict.fromkeys([*desk.told.attendants, *([chosen] if chosen else [])])
    return view._replace(options=[(name, name, name == chosen) for name in names], value=chosen)


def _rectify(view: FieldView, field: Field, desk: _FieldContext) -> FieldView:
    chosen = _typed(field.name, desk.filled.values)
    options = [(what, label, what == chosen) for what, label in words_to_choose(desk.told, desk.words)]
    return view._replace(options=options, value=chosen)


def _former(view: FieldView, field: Field, desk: _FieldContext) -> FieldView:
    """The cases whose minutes it shares; one that was named before may be taken back."""
    links, words, chosen = desk.told.links, desk.words, _typed(field.name, desk.filled.values)
    options = [(each.case, other_text(each, words), each.case == chosen) for each in links.offered]
    if links.former:
        options.append((NO_FORMER, words.text("case-page.link-none"), chosen == NO_FORMER))
    return view._replace(options=options, value=chosen)


def _entries(view: FieldView, _field: Field, desk: _FieldContext) -> FieldView:
    """Those that wait now, whatever was shown before: who sends the form has seen these."""
    return view._replace(rows=[each for each in rectified_of(desk.told, desk.words) if each["state"] == "waits"])


def _signer_text(signer: LetterSigner, words: CaseWords) -> str:
    mark = words.text("case-page.signs-for") if signer.deputy else ""
    return "　".join(filter(None, (signer.post, signer.name or signer.account, mark)))


def _checklist(view: FieldView, _field: Field, desk: _FieldContext) -> FieldView:
    values = desk.filled.values
    rows = [
        {
            "code": line.code,
            "label": desk.words.of("case-check", line.code),
            "source": line.source,
            "answer": line.answer if values is None else _typed(f"check.{line.code}", values),
        }
        for line in desk.told.checklist
    ]
    return view._replace(rows=rows)


def _findings(view: FieldView, _field: Field, desk: _FieldContext) -> FieldView:
    """Each item of 形式審查: what the papers say there, that it is missing, and what is wrong with it."""
    told, values = desk.told, desk.filled.values or {}
    rows = [
        {
            "code": item.code,
            "label": desk.words.of("case-item", item.code),
            "said": said_at(told, item, desk.words),
            "missing": item.code in told.defects,
            "text": _typed(f"finding.{item.code}", values),
        }
        for item in items_of(told)
    ]
    return view._replace(rows=rows)


def _rulings(view: FieldView, _field: Field, desk: _FieldContext) -> FieldView:
    values, lang = desk.filled.values or {}, desk.words.lang
    rows = []
    for each in desk.told.ranges:
        at = f"ruling.{each.no}"
        start, end = moment_in(each.start_ns, lang), moment_in(each.end_ns, lang)
        rows.append(
            {
                "at": at,
                "no": each.no + 1,
                "camera": each.camera_no,
                "place": each.location,
                "asked": (start, end),
                "footage": each.footage,
                "outcome": _typed(f"{at}.outcome", values),
                "start": _typed(f"{at}.start", values) or start,
                "end": _typed(f"{at}.end", values) or end,
                "masked": bool(_typed(f"{at}.masked", values)),
                "reason": _typed(f"{at}.reason", values),
            }
        )
    return view._replace(rows=rows)


def _ranges(view: FieldView, _field: Field, desk: _FieldContext) -> FieldView:
    values = desk.filled.values or {}
    rows = [
        {"at": f"asked.{no}", **{part: _typed(f"asked.{no}.{part}", values) for part in ("camera", "start", "end")}}
        for no in range(ADDED_RANGES)
    ]
    return view._replace(rows=rows, more={"cameras": desk.cameras})


def _viewers(view: FieldView, _field: Field, desk: _FieldContext) -> FieldView:
    told, values, words = desk.told, desk.filled.values, desk.words
    part = "viewer" if any(each.part == "viewer" for each in told.parties) else "applicant"
    parts = {part, "applicant"} if told.kind == Kind.CIT else {part}
    asked = {who_of(told, each) for each in told.parties if each.part in parts}
    booked = set(told.booked.viewers) if told.booked else set()
    rows = []
    for no, each in enumerate(candidates(told)):
        mine = who_of(told, each) in asked or each.name in booked
        chosen = mine if values is None else bool(_typed(f"viewer.{no}", values))
        known = each.entitled or asks_alone(told, each)
        alone = known or bool(values and _typed(f"viewer.{no}.entitled", values))
        rows.append(
            {
                "at": f"viewer.{no}",
                "name": each.name or each.account,
                "part": words.listed(words.of("case-part", part) for part in parts_of(told, each)),
                "chosen": chosen,
                "applies": told.kind == Kind.CIT and asks_alone(told, each),
                "known": known,
                "alone": alone,
            }
        )
    typed = {part: _typed(f"viewer.{part}", values or {}) for part in ("name", "relation", "entitled")}
    return view._replace(rows=rows, more=typed)


def _entitled(view: FieldView, _field: Field, desk: _FieldContext) -> FieldView:
    values = desk.filled.values or {}
    rows = [
        {
            "at": f"joint.{no}",
            "name": each.name,
            "relation": each.relation,
            "checked": bool(_typed(f"joint.{no}", values)),
        }
        for no, each in enumerate(companions(desk.told))
    ]
    return view._replace(rows=rows)


def _filming(view: FieldView, field: Field, desk: _FieldContext) -> FieldView:
    values, session = desk.filled.values, desk.told.session
    if not values and session.get("filmed"):
        return view._replace(value="seen", more={"handled": str(session.get("filming", ""))})
    return view._replace(value=_typed(field.name, values), more={"handled": _typed("filming.handled", values)})


def _article(view: FieldView, field: Field, desk: _FieldContext) -> FieldView:
    values, proposed = desk.filled.values, desk.told.proposal.get("article", "")
    more = {"proposed": proposed, "chosen": bool(_typed(PROPOSED_ARTICLE, values))}
    return view._replace(value=_typed(field.name, values), more=more)


def _typed(name: str, values: Values | None) -> str:
    return (values.get(name) or [""])[0] if values else ""


_LOOKS: Mapping[str, Callable[[FieldView, Field, _FieldContext], FieldView]] = MappingProxyType(
    {
        "day": _day,
        "tick": _tick,
        "choice": _choice,
        "signer": _signer,
        "attendant": _attendant,
        "rectify": _rectify,
        "former": _former,
        "entries": _entries,
        "checklist": _checklist,
        "findings": _findings,
        "rulings": _rulings,
        "ranges": _ranges,
        "viewers": _viewers,
        "entitled": _entitled,
        "filming": _filming,
        "article": _article,
    }
)
