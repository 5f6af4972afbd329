"""更正 on the file of a case: the word that it names, the file with the word put right, and what was put right so far.

What was typed before stays in its own act. Frozen, no I/O.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from appliance.rules.cases.identity import id_kind_of
from appliance.rules.cases.people import Party
from appliance.rules.cases.rectify import (
    IDENTITY,
    PERSON,
    WORDS,
    RectificationView,
    Rectify,
    is_day,
    is_doc_no_of,
    plain_word,
    reads,
)
from appliance.rules.cases.rows import Event
from appliance.rules.cases.typed import TypedParty
from appliance.services.cases.casefile import CaseAct, CaseFile, party_of
from appliance.services.cases.masking import masked_name, masked_number

__all__ = [
    "after_rectify",
    "doc_nos_of",
    "is_stale",
    "parties_after",
    "rectified_told",
    "source_of",
    "swaps",
    "waiting_of",
    "waits_already",
    "word_of",
]


def word_of(file: CaseFile, what: str) -> str | None:
    """The word as it stands; None where there is no such place, or it is a colleague's."""
    part, _, rest = what.partition("/")
    if part == "people":
        party, field = _party(file, rest)
        return _text(getattr(party, field)) if party else None
    if is_doc_no_of(what):
        letter = file.letters.get(_letter(what))
        return letter.doc_no or None if letter else None
    paper: Any = {"form": file.form, "letter": file.letter}.get(part)
    return _text(getattr(paper, rest)) if what in WORDS[file.case.kind] else None


def _letter(what: str) -> str:
    return what.split("/")[1]


def _party(file: CaseFile, rest: str) -> tuple[TypedParty | None, str]:
    number, _, field = rest.partition("/")
    there = number.isdecimal() and len(number) < 3 and int(number) < len(file.people)
    party = file.people[int(number)] if there else None
    return (party if party and field in PERSON and not party.account else None), field


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _put(file: CaseFile, what: str, new: str) -> CaseFile:
    """The file with the word put right, wherever the same person is named."""
    part, _, rest = what.partition("/")
    value: Any = date.fromisoformat(new) if is_day(what) else new
    if is_doc_no_of(what):
        return _numbered(file, _letter(what), new)
    if part != "people":
        paper: Any = {"form": file.form, "letter": file.letter}[part]
        right = {part: msgspec.structs.replace(paper, **{rest: value})}
        if what != "letter/officer":
            return msgspec.structs.replace(file, **right)
        named = tuple(_with(each, "name", new) if each.name == paper.officer else each for each in file.people)
        return msgspec.structs.replace(file, people=named, **right)
    party, field = _party(file, rest)
    if party is None:
        return file
    people = tuple(
        _with(each, field, value)
        if _same(file, each, party) and (field == "name" or each.id_no == party.id_no)
        else each
        for each in file.people
    )
    booking = file.booking
    if field == "name":
        viewers = tuple(new if each == party.name else each for each in booking.viewers)
        booking = msgspec.structs.replace(booking, viewers=viewers)
    return msgspec.structs.replace(file, people=people, booking=booking)


def _numbered(file: CaseFile, name: str, doc_no: str) -> CaseFile:
    letters = {**file.letters, name: msgspec.structs.replace(file.letters[name], doc_no=doc_no)}
    case = msgspec.structs.replace(file.case, doc_no=doc_no) if name == "answer" else file.case
    return msgspec.structs.replace(file, letters=letters, case=case)


def _with(party: TypedParty, field: str, value: Any) -> TypedParty:
    changes = {field: value}
    if field == "id_no":
        changes["id_kind"] = id_kind_of(value)
    return msgspec.structs.replace(party, **changes)


def _same(file: CaseFile, one: TypedParty, other: TypedParty) -> bool:
    """Whether both are one person, ``one`` no colleague: of the same name and the same ID number. Where one of them has
    no number, as a viewer in an appointment, they are if the case has exactly one number under that name."""
    if one.account or one.name != other.name:
        return False
    numbers = {each.id_no for each in file.people if each.name == one.name and each.id_no}
    return one.id_no == other.id_no or (not (one.id_no and other.id_no) and len(numbers) == 1)


def waiting_of(file: CaseFile) -> tuple[int, ...]:
    """The ledger places of the 更正 that wait for the unit head."""
    return tuple(each.index for each in file.rectified if each.state == "waits")


def _with_waiting(file: CaseFile) -> CaseFile:
    """The file as a signature on everything that waits would leave it."""
    for each in file.rectified:
        if each.state == "waits":
            file = _put(file, each.what, each.new)
    return file


def waits_already(file: CaseFile, what: str) -> bool:
    """Whether a 更正 that waits already changes this word, under whichever place it names it."""
    return word_of(_with_waiting(file), what) != word_of(file, what)


def is_stale(file: CaseFile) -> bool:
    """Whether a 更正 waits whose word has changed since it was entered."""
    return any(word_of(file, each.what) != each.old for each in file.rectified if each.state == "waits")


def doc_nos_of(file: CaseFile) -> list[str]:
    """The numbers of the letters that went out, and those that a 更正 which waits would give them."""
    waits = [each.new for each in file.rectified if each.state == "waits" and is_doc_no_of(each.what)]
    return [*(each.doc_no for each in file.letters.values() if each.doc_no), *waits]


def parties_after(file: CaseFile) -> tuple[Party, ...]:
    return tuple(map(party_of, _with_waiting(file).people))


def swaps(file: CaseFile, rectify: Rectify, today: date) -> bool:
    """Whether this 更正, with all that wait, would make of the agency or of a person another than the one decided on: a
    person is another once two of name, ID number and day of birth were changed since the decision, or all that are
    known."""
    decided = next((deed.index for deed in file.deeds if deed.state == file.case.result), None)
    if decided is None:
        return False
    since = [
        each for each in file.rectified if each.state == "waits" or (each.state == "stands" and each.settled > decided)
    ]
    then = _with_waiting(file)
    if word_of(then, rectify.what) is not None and reads(rectify, today):
        then = _put(then, rectify.what, plain_word(rectify))
        since.append(RectificationView(index=0, what=rectify.what, old=word_of(file, rectify.what) or ""))
    if any(each.what == "letter/agency" for each in since):
        return True
    return any(_is_another(file, then, since, number) for number in range(len(file.people)))


def _is_another(file: CaseFile, then: CaseFile, since: list[RectificationView], number: int) -> bool:
    party = file.people[number]
    if not party.id_no and any(each.id_no and _same(file, each, party) for each in file.people):
        return False  # judged with the entry of the same person that has the number
    of_party = [each for each in since if _is_about(file, each.what, party)]
    first: dict[str, str] = {}
    for each in of_party:
        first.setdefault(each.what.rpartition("/")[2], each.old)
    before = {field: first.get(field, _text(getattr(party, field))) for field in IDENTITY}
    changed = {field for field in IDENTITY if _text(getattr(then.people[number], field)) != before[field]}
    left = any(before[field] for field in IDENTITY if field not in changed)
    return len(changed) > 1 or (len(changed) == 1 and not left)


def _is_about(file: CaseFile, what: str, party: TypedParty) -> bool:
    named, _ = _party(file, what.removeprefix("people/")) if what.startswith("people/") else (None, "")
    return named is not None and _same(file, named, party)


def after_rectify(file: CaseFile, deed: CaseAct) -> CaseFile:
    """The file after an act of 更正; any other leaves it."""
    if deed.event == Event.RECTIFY and (old := word_of(file, deed.typed.rectify.what)) is not None:
        what = deed.typed.rectify.what
        made = RectificationView(
            index=deed.index, what=what, old=old, new=plain_word(deed.typed.rectify), person=_named(file, what),
            reason=deed.typed.reason, by=deed.account, name=deed.name, at_ns=deed.at_ns, corrects=source_of(file, what),
        )  # fmt: skip
        return msgspec.structs.replace(file, rectified=(*file.rectified, made))
    if deed.event not in (Event.RECTIFY_CONFIRM, Event.RECTIFY_DECLINE):
        return file
    stands = deed.event == Event.RECTIFY_CONFIRM
    file = _with_waiting(file) if stands else file
    by = {"head": deed.account, "head_name": deed.name, "head_ns": deed.at_ns, "settled": deed.index}
    by |= {"head_ink_ns": deed.ink.at_ns, "head_scan": deed.ink.scan} if deed.ink else {}
    settled = tuple(
        msgspec.structs.replace(each, state="stands" if stands else "declined", **by) if each.state == "waits" else each
        for each in file.rectified
    )
    return msgspec.structs.replace(file, rectified=settled)


def _named(file: CaseFile, what: str) -> str:
    party, _ = _party(file, what.partition("/")[2]) if what.startswith("people/") else (None, "")
    return party.name if party else ""


def source_of(file: CaseFile, what: str) -> int:
    """The entry that had the word last: a 更正 of the same word, else the act that typed it."""
    before = [each.index for each in file.rectified if each.what == what and each.state == "stands"]
    part, _, rest = what.partition("/")
    if is_doc_no_of(what):
        return before[-1] if before else file.letters[_letter(what)].index
    typed = [
        deed.index
        for deed in file.deeds
        if (deed.typed.parties if part == "people" else rest in getattr(deed.typed, part))
    ]
    received = [deed.index for deed in file.deeds][:1]
    return (before or typed or received)[-1]


def rectified_told(file: CaseFile, post_of: Any, *, full: bool, names: bool) -> tuple[RectificationView, ...]:
    """For a page: identifiers and names masked as the reader's right is."""
    return tuple(
        msgspec.structs.replace(
            each,
            old=_masked(each.what, each.old, full=full, names=names),
            new=_masked(each.what, each.new, full=full, names=names),
            person=each.person if names else masked_name(each.person),
            post=post_of(each.by),
            head_post=post_of(each.head) if each.head else "",
        )
        for each in file.rectified
    )


def _masked(what: str, text: str, *, full: bool, names: bool) -> str:
    field = what.rpartition("/")[2]
    if not what.startswith("people/") or full or (field in ("name", "relation") and names):
        return text
    if field in ("id_no", "phone"):
        return masked_number(text)
    if field == "name":
        return masked_name(text)
    return f"{text[:4]}-**-**" if field == "born" else f"{text[:6]}****" if field == "address" else text
