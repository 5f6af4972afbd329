"""What the keeper answers about the ledger: its signed head, and its entries."""

from __future__ import annotations

from appliance.core.errors import UsageError
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.tree import leaf_hash
from appliance.protocol.endpoint import Request, Served, serves
from appliance.protocol.ledger import LEDGER_ENTRIES, LEDGER_HEAD, AskEntries, LedgerEntry, LedgerPage
from appliance.protocol.ledger_head import LedgerHead
from appliance.services.people.rights import Rights

__all__ = ["LedgerHandlers", "signed_head"]

_MOST_ENTRIES = 200


def signed_head(ledger: Ledger) -> LedgerHead:
    """Of every entry there is. Raises Damaged."""
    note = ledger.checkpoint()
    head = ledger.check_head(note)
    return LedgerHead(size=head.size, root=head.root.hex(), checkpoint=note)


class LedgerHandlers:
    """The head is public; entries are for those who may see the ledger."""

    def __init__(self, rights: Rights, ledger: Ledger) -> None:
        self._rights, self._ledger = rights, ledger

    def served(self) -> tuple[Served, ...]:
        return serves(LEDGER_HEAD, self._head), serves(LEDGER_ENTRIES, self._entries)

    def _head(self, request: Request) -> LedgerHead:
        return signed_head(self._ledger)

    def _entries(self, request: AskEntries) -> LedgerPage:
        self._rights.require(request, "see-ledger")
        start, count = request.start, request.count
        if start < 0 or not 0 < count <= _MOST_ENTRIES:
            raise UsageError.of("ledger-range", start=start, count=count, most=_MOST_ENTRIES)
        entries = self._ledger.entries(start, start + count)
        numbers = {case: number for number, case in self._ledger.numbered().items()}
        return LedgerPage(size=self._ledger.size, entries=tuple(_entry(entry, numbers) for entry in entries))


def _entry(entry: Entry, numbers: dict[str, str]) -> LedgerEntry:
    return LedgerEntry(
        index=entry.index,
        at_ns=entry.at_ns,
        kind=entry.kind,
        fields=dict(entry.fields),
        number=numbers.get(str(entry.fields.get("case", "")), ""),
        leaf=leaf_hash(entry.raw).hex(),
    )
