"""Which case goes on from which: as people said it, by the ledger (I11). In memory, from the entries that say so."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.ledger.entry import Entry
from appliance.rules.cases.guards_appeal import UPHELD
from appliance.rules.cases.guards_links import LOCKED
from appliance.rules.cases.ranges import overlap
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.ports import CasePorts

__all__ = ["Links", "former_is", "scans_of"]


class Links:
    """By the keys of cases. What was said last of a case counts. Asking takes no lock: what is said puts another map in
    the place of the former."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._former: dict[str, str] = {}
        self._anew: frozenset[str] = frozenset()
        for entry in entries:
            self.put(entry)

    def put(self, entry: Entry) -> None:
        """Follows an entry that names the case which its own goes on from, or that it goes on from none."""
        key = str(entry.fields["case"])
        self._former = {**self._former, key: str(entry.fields["former"])}
        if entry.fields["event"] == Event.RECEIVE_ANEW:
            self._anew |= {key}

    def former_of(self, key: str) -> str:
        """The case that this one goes on from; "" for none."""
        return self._former.get(key, "")

    def followers_of(self, key: str) -> list[str]:
        """The cases that go on from this one, in the order in which that was first said."""
        return [each for each, former in self._former.items() if former == key]

    def taken_over_from(self, key: str) -> str:
        """The case whose request this one decides anew; "" for none."""
        return self.former_of(key) if key in self._anew else ""


def scans_of(world: CasePorts, links: Links, key: str) -> frozenset[str]:
    """The kinds of signed papers that are on file for a case, scanned; those of a request that is decided anew lie with
    its former case."""
    taken = links.taken_over_from(key)
    return frozenset(world.scans(key)) | frozenset(world.scans(taken) if taken else ())


def former_is(file: CaseFile, former: CaseFile, *, taken_up: bool) -> str:
    """What ``former`` is to a case that would go on from it; "" for nothing that counts. ``taken_up``: some case goes
    on from it already."""
    if "anew" in former.case.flags:
        return "" if taken_up else UPHELD
    locked = former.case.kind is Kind.INT and former.case.locked_on is not None
    return LOCKED if locked and overlap(former.case.asked, file.case.asked) else ""
