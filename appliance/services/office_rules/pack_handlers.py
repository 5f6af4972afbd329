"""What the keeper answers about policy packs: which there are, their files, proposing and approving one.

The rules are published: everybody who is logged in reads them. What is only proposed is for those who see the office's
rules. The book of packs judges what is proposed and approved.
"""

from __future__ import annotations

from appliance.core.errors import NotFound
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.protocol.endpoint import ActRequest, Served, SessionRequest, WithBody, serves, serves_body
from appliance.protocol.packs import (
    APPROVE_PACK,
    PACK_FILE,
    PACKS,
    PROPOSE_PACK,
    ApprovePack,
    AskPackFile,
    PackApproved,
    PackFile,
    PackProposed,
    PackRow,
    Packs,
    ProposalRow,
)
from appliance.rules.holds import DIRECTOR
from appliance.rules.packs.order import ApprovedPack
from appliance.rules.people import may
from appliance.services.office_rules.packs import PackBook, PackProposal
from appliance.services.people.rights import Rights

__all__ = ["PackHandlers"]


class PackHandlers:
    """``acts``: who proposed and approved a pack."""

    def __init__(self, rights: Rights, packs: PackBook, ledger: Ledger, acts: Acts) -> None:
        self._rights, self._packs, self._ledger, self._acts = rights, packs, ledger, acts

    def served(self) -> tuple[Served, ...]:
        return (
            serves(PACKS, self._list),
            serves(PACK_FILE, self._file),
            serves_body(PROPOSE_PACK, self._propose),
            serves(APPROVE_PACK, self._approve),
        )

    def _list(self, request: SessionRequest) -> Packs:
        sees, packs = self._sees_proposals(request), self._packs
        return Packs(
            today=packs.today(),
            in_force=packs.in_force().pack.version,
            own=bool(packs.latest_version()),
            packs=tuple(self._row(each) for each in packs.all()),
            proposals=tuple(_proposal(each) for each in packs.proposals()) if sees else (),
        )

    def _sees_proposals(self, request: SessionRequest) -> bool:
        """Raises NotLoggedIn."""
        return any(may("see-rules", seat.roles) for seat in self._rights.session(request).seats)

    def _row(self, approved: ApprovedPack) -> PackRow:
        pack, shipped = approved.pack, approved.entry < 0
        at_ns, by, approver = 0, "", ""
        if not shipped:
            sealed = self._acts.legible(approved.entry)
            at_ns = self._ledger.entry(approved.entry).at_ns
            by, approver = str(sealed.get("display", "")), str(sealed.get("approver", ""))
        return PackRow(
            version=pack.version,
            effective=pack.effective,
            begins=pack.effective if shipped else approved.begins,
            document=pack.approval.document,
            office_name=pack.office.name,
            shipped=shipped,
            entry=approved.entry,
            at_ns=at_ns,
            by=by,
            approved_by=approver,
        )

    def _file(self, request: AskPackFile) -> WithBody[PackFile]:
        sees, packs = self._sees_proposals(request), self._packs
        name = request.name or packs.in_force().pack.version
        approved = next((each for each in reversed(packs.all()) if each.pack.version == name), None)
        if approved is None and not (sees and any(each.sha256 == name for each in packs.proposals())):
            raise NotFound.of("pack-unknown", name=name[:32])
        shipped = approved is not None and approved.entry < 0
        office_name = approved.pack.office.name if approved and shipped else ""
        return WithBody(PackFile(name=name, shipped=shipped, office_name=office_name), packs.file_of(name))

    def _propose(self, request: ActRequest, body: bytes) -> PackProposed:
        """By the officer in the seat, whose password was typed for this very act."""
        self._rights.require(request, "see-rules")
        by = self._rights.proved(request, self._rights.seat(request, "policy pack"))
        proposed = self._packs.propose(request.act, by, body)
        return PackProposed(proposed.pack.version, proposed.sha256)

    def _approve(self, request: ApprovePack) -> PackApproved:
        pair = self._rights.pair(request, request.passwords, DIRECTOR)
        approved = self._packs.approve(request.act, pair, request.sha256)
        return PackApproved(approved.pack.version, approved.begins)


def _proposal(proposal: PackProposal) -> ProposalRow:
    return ProposalRow(
        version=proposal.pack.version,
        effective=proposal.pack.effective,
        document=proposal.pack.approval.document,
        sha256=proposal.sha256,
        at_ns=proposal.proposed_ns,
        person=proposal.by,
        by=proposal.display,
        entry=proposal.entry,
    )
