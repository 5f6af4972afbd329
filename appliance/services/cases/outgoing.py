"""The letters of a case as its acts left them, with who signed each; and who may sign one. Frozen, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from appliance.rules.cases.facts import Case
from appliance.rules.cases.outgoing import ISSUES, SERVES, LetterSigner, LetterView
from appliance.rules.cases.people import Appointment
from appliance.rules.cases.rows import Event
from appliance.rules.cases.typed import CaseTyped
from appliance.rules.people import Role
from appliance.services.cases.ports import CasePorts

__all__ = ["letters_after", "signer_of", "signers_for"]


def letters_after(
    letters: Mapping[str, LetterView],
    event: Event,
    typed: CaseTyped,
    signer: LetterSigner | None,
    index: int,
    until: date | None = None,
) -> dict[str, LetterView]:
    """The letters of a case after an act in the entry ``index``. ``until``: the last day of the office's own term
    after it."""
    name, found = ISSUES.get(event) or SERVES.get(event, ""), dict(letters)
    changes: dict[str, Any] = {}
    if event in ISSUES:
        dispatch = typed.dispatch
        changes = {"doc_no": dispatch.doc_no, "issued": _iso(dispatch.day), "signer": signer}
        if event is Event.ISSUE_EXTENSION:
            changes["until"] = _iso(until)
    elif event in SERVES:
        service = typed.service
        changes = {
            "means": service.means,
            "served": _iso(service.day),
            "proof_no": service.proof_no,
            "proof_day": _iso(service.proof_day),
        }
        if name not in found:  # handed over in the office: no letter went out
            changes["index"] = index
    if "issued" in changes:
        changes["index"] = index
    if event is Event.FIND_DEFECTS:
        found.pop("correction", None)  # another round: what it asks for is another letter
    if changes:
        found[name] = msgspec.structs.replace(found.get(name, LetterView(letter=name)), **changes)
    return found


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def signer_of(account: str, day: date, roster: Iterable[Appointment], world: CasePorts) -> LetterSigner | None:
    """Who ``account`` was on ``day`` to sign for the office; None for somebody who was nobody to."""
    seats = [each for each in _heads(roster) if each.person.account == account and each.covers(day)]
    if not seats:
        return None
    deputy = all(each.rank for each in seats)
    return LetterSigner(account=account, name=world.name_of(account), post=world.post_of(account), deputy=deputy)


def signers_for(case: Case, today: date, world: CasePorts) -> tuple[LetterSigner, ...]:
    """The director, and whoever signs for the director, on some day since the receipt; the holder first."""
    since = case.received_on or today
    heads = [each for each in _heads(world.roster()) if each.first <= today and (each.last or today) >= since]
    ranked = dict.fromkeys(each.person.account for each in sorted(heads, key=lambda each: each.rank))
    deputies = {account: all(each.rank for each in heads if each.person.account == account) for account in ranked}
    return tuple(
        LetterSigner(
            account=account, name=world.name_of(account), post=world.post_of(account), deputy=deputies[account]
        )
        for account in ranked
    )


def _heads(roster: Iterable[Appointment]) -> list[Appointment]:
    return [each for each in roster if each.role is Role.DIRECTOR]
