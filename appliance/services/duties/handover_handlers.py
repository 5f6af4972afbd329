"""What the keeper answers about the hand-over of somebody who leaves: what is open, who may take it, signed lists."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.ledger.entry import Entry
from appliance.ledger.records import Acts
from appliance.protocol.endpoint import Done, Served, serves
from appliance.protocol.handover import (
    HANDOVER,
    SIGN_HANDOVER,
    Handover,
    HandoverItem,
    SignedHandover,
    SignHandover,
)
from appliance.protocol.people import PersonRequest
from appliance.rules.handover import LINES, Item
from appliance.services.duties.handover import HandoverLists
from appliance.services.people.keyholders import Keyholders
from appliance.services.people.people import People
from appliance.services.people.rights import Rights

__all__ = ["HandoverHandlers"]


class HandoverHandlers:
    """Over the lists and the people. :class:`People` judges."""

    def __init__(
        self, rights: Rights, people: People, keyholders: Keyholders, acts: Acts, lists: HandoverLists
    ) -> None:
        self._rights, self._people, self._book = rights, people, people.book
        self._keyholders, self._acts, self._lists = keyholders, acts, lists

    def served(self) -> tuple[Served, ...]:
        return (serves(HANDOVER, self._show), serves(SIGN_HANDOVER, self._sign))

    def _show(self, request: PersonRequest) -> Handover:
        self._rights.require(request, "see-people")
        person = self._book.get(request.name)
        items = self._lists.as_things_stand().of(person.name)
        history = self._book.history(person.name)
        return Handover(
            name=person.name,
            display=person.display,
            post=person.post,
            unit=person.unit,
            closed_ns=person.closed_ns,
            keyholder=self._keyholders.has_slot(person.name),
            keyholders=sum(1 for each in self._book.all() if each != person and self._keyholders.can_unlock(each.name)),
            lines=LINES,
            items=tuple(map(_item, items)),
            names={name: self._book.display(name) for item in items for name in item.takers},
            signed=tuple(self._signed(entry) for entry in history if entry.kind == "person.handed"),
        )

    def _signed(self, entry: Entry) -> SignedHandover:
        sealed = self._acts.legible(entry.index)
        return SignedHandover(
            index=entry.index,
            at_ns=entry.at_ns,
            document=str(sealed.get("document", "")),
            by=str(sealed.get("display", "")),
            by_person=str(sealed.get("by", "")),
            approved_by=str(sealed.get("approver", "")),
            approved_person=str(sealed.get("approved_by", "")),
            items=tuple(map(self._listed, sealed.get("items", ()))),
        )

    def _listed(self, each: Mapping[str, str]) -> HandoverItem:
        sort, _, key = each["id"].partition("/")
        taker = self._book.display(each["taker"])
        return HandoverItem(sort=sort, key=key, number=each["number"], what=each["what"], due=each["due"], taker=taker)

    def _sign(self, request: SignHandover) -> Done:
        pair = self._rights.pair(request, request.passwords)
        self._people.hand_over(
            request.act,
            pair,
            request.name,
            self._lists.as_things_stand().of(request.name),
            request.receivers,
            request.ticked,
            document=request.document,
        )
        return Done()


def _item(item: Item) -> HandoverItem:
    return HandoverItem(
        sort=item.sort,
        key=item.key,
        id=item.id,
        number=item.number,
        what=item.what,
        due=item.due,
        roles=item.roles,
        takers=item.takers,
    )
