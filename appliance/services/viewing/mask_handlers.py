"""What the keeper answers when masks are drawn: over footage that is open for masking, and only there."""

from __future__ import annotations

from appliance.core.errors import Refused
from appliance.protocol.endpoint import Served, serves
from appliance.protocol.viewing import DRAW_MASK, REMOVE_MASK, DrawMask, Masks, RemoveMask
from appliance.rules.cases.facts import Case
from appliance.rules.cases.masks import Mask, Purpose
from appliance.rules.people import Role
from appliance.services.cases.book import CaseBook
from appliance.services.people.login import Seat
from appliance.services.people.rights import Rights
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.maskbook import MaskBook

__all__ = ["MaskHandlers"]


class MaskHandlers:
    """Over the grants and the book of masks."""

    def __init__(self, rights: Rights, grants: Grants, masks: MaskBook, cases: CaseBook) -> None:
        self._rights, self._grants, self._masks, self._cases = rights, grants, masks, cases

    def served(self) -> tuple[Served, ...]:
        return serves(DRAW_MASK, self._draw), serves(REMOVE_MASK, self._remove)

    def _draw(self, request: DrawMask) -> Masks:
        mask = Mask(
            number=0,
            camera_no=request.camera_no,
            start_ns=request.start_ns,
            end_ns=request.end_ns,
            left=request.left,
            top=request.top,
            right=request.right,
            bottom=request.bottom,
            positions=request.positions,
        )
        grant, by = self._drawing(request)
        with self._cases.lock:  # nobody says that they are complete while one is drawn
            scopes = self._open_case(grant).masked_scopes
            stretches = grant.stretches.get(mask.camera_no, ())
            self._masks.draw(request.act, by, grant.case, scopes, mask, stretches, replaces=request.replaces)
        return Masks(masks=self._masks.of(grant.case))

    def _remove(self, request: RemoveMask) -> Masks:
        grant, by = self._drawing(request)
        with self._cases.lock:
            self._open_case(grant)
            self._masks.remove(request.act, by, grant.case, request.mask)
        return Masks(masks=self._masks.of(grant.case))

    def _drawing(self, request: DrawMask | RemoveMask) -> tuple[Grant, Seat]:
        """The grant and who draws. Raises NotLoggedIn, NotFound, Refused where nothing is open for masking."""
        grant = self._grants.get(request.session, request.grant, device=request.device)
        if grant.purpose is not Purpose.MASKING:
            raise Refused.of("masks-elsewhere")
        return grant, self._rights.acting(request, {Role.OFFICER})

    def _open_case(self, grant: Grant) -> Case:
        """The case, while masks of it are drawn. Raises Refused once they are complete."""
        case = self._cases.file(grant.case).case
        if case.masks_drawn:
            raise Refused.of("masks-closed")
        return case
