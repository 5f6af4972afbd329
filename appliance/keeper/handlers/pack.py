"""The office's policy packs, for pages: which there are, their files, proposing and approving. Custody judges.

The rules are published: whoever is logged in reads them. What is only proposed is for those who see the office's rules.
"""

from __future__ import annotations

from typing import Any

from appliance.core.errors import NotFound, Refused
from appliance.keeper.context import Keeper
from appliance.keeper.rights import pair_of, require
from appliance.protocol.transport import Message, Reply
from appliance.rules.holds import DIRECTOR
from appliance.rules.packs.order import ApprovedPack
from appliance.rules.people import may
from appliance.services.people.login import Seat

__all__ = ["VERBS"]


def _sees_proposals(keeper: Keeper, arguments: dict[str, Any]) -> bool:
    """Raises NotLoggedIn."""
    session = keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))
    return any(may("see-rules", seat.roles) for seat in session.seats)


def _packs(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    sees, packs = _sees_proposals(keeper, arguments), keeper.packs
    return Reply(
        {
            "today": packs.today().isoformat(),
            "in_force": packs.in_force().pack.version,
            "own": bool(packs.latest_version()),
            "packs": [_standing(keeper, each) for each in packs.all()],
            "proposals": [
                {
                    "version": each.pack.version,
                    "effective": each.pack.effective.isoformat(),
                    "document": each.pack.approval.document,
                    "sha256": each.sha256,
                    "at_ns": each.proposed_ns,
                    "person": each.by,
                    "by": each.display,
                    "entry": each.entry,
                }
                for each in (packs.proposals() if sees else ())
            ],
        }
    )


def _standing(keeper: Keeper, standing: ApprovedPack) -> dict[str, Any]:
    pack = standing.pack
    told = {
        "version": pack.version,
        "effective": pack.effective.isoformat(),
        "begins": pack.effective.isoformat() if standing.entry < 0 else standing.begins.isoformat(),
        "document": pack.approval.document,
        "office_name": pack.office.name,
        "shipped": standing.entry < 0,
    }
    if standing.entry < 0:
        return told
    entry = keeper.ledger.entry(standing.entry)
    sealed = keeper.stores.acts.legible(standing.entry)
    by, approver = str(sealed.get("display", "")), str(sealed.get("approver", ""))
    return {**told, "entry": entry.index, "at_ns": entry.at_ns, "by": by, "approved_by": approver}


def _file(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """``name``: a version, a proposal's SHA-256, or empty for the one in force."""
    sees, name, packs = _sees_proposals(keeper, arguments), str(arguments["name"]), keeper.packs
    name = name or packs.in_force().pack.version
    standing = next((each for each in reversed(packs.all()) if each.pack.version == name), None)
    if standing is None and not (sees and any(each.sha256 == name for each in packs.proposals())):
        raise NotFound(f"policy pack {name[:32]}: there is none of that name")
    shipped = standing is not None and standing.entry < 0
    office_name = standing.pack.office.name if standing and shipped else ""
    return Reply({"name": name, "shipped": shipped, "office_name": office_name}, packs.file_of(name))


def _propose(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """By the officer in ``seat``, whose password was typed for this very act."""
    by = _seat(keeper, arguments)
    proposed = keeper.packs.propose(str(arguments["act"]), by, message.body)
    return Reply({"version": proposed.pack.version, "sha256": proposed.sha256})


def _seat(keeper: Keeper, arguments: dict[str, Any]) -> Seat:
    token, number = str(arguments["session"]), int(arguments["seat"])
    require(keeper, arguments, "see-rules")
    if not any(seat.seat == number for seat in keeper.logins.session(token).seats):
        raise Refused("policy pack: the person who proposes it must be logged in here")
    return keeper.logins.reauthenticate(token, number, str(arguments["password"]))


def _approve(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    pair = pair_of(keeper, arguments, DIRECTOR)
    standing = keeper.packs.approve(str(arguments["act"]), pair, str(arguments["sha256"]))
    return Reply({"version": standing.pack.version, "begins": standing.begins.isoformat()})


VERBS = {"packs": _packs, "pack.file": _file, "pack.propose": _propose, "pack.approve": _approve}
