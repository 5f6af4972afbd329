"""The entries with which grants end, and whose viewing people ended: made again of the ledger at a start."""

from __future__ import annotations

from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.openings import end_act, is_seen

__all__ = ["BY_PEOPLE", "ELSE_SEEN", "FILMING_SEEN", "LEFT", "GrantEnds"]

BY_PEOPLE, FILMING_SEEN, ELSE_SEEN = "ended by the people", "filming seen", "something else seen"
"""Why people end a viewing."""
LEFT = "a person left"


class GrantEnds:
    """Made, it enters the end of each grant that has none: that one lived in a keeper that is gone, and its keys went
    with it. One writer at a time."""

    def __init__(self, acts: Acts, ledger: Ledger) -> None:
        self._acts = acts
        self._by_people: dict[str, int] = {}
        opened = [entry.fields for entry in ledger.acts("grant.opened")]
        for grant_id, case, seen in [(str(each["grant"]), str(each["case"]), is_seen(each)) for each in opened]:
            ended = ledger.act(end_act(grant_id))
            if ended is None:
                self.enter(grant_id, "the keeper was restarted")
            elif seen and ended.fields["cause"] in (BY_PEOPLE, FILMING_SEEN, ELSE_SEEN):
                self._by_people[case] = max(ended.index, self.by_people(case))

    def enter(self, grant_id: str, cause: str, *, viewing_of: str = "", left: str = "") -> Entry:
        """``viewing_of``: the case whose viewing people ended with it; ``left``: the account that left its seat, which
        is sealed. Raises NotWritable."""
        clear, sealed = {"grant": grant_id, "cause": cause}, {"left": left} if left else None
        entry = self._acts.perform(end_act(grant_id), "grant.ended", clear, sealed).entry
        if viewing_of:
            self._by_people[viewing_of] = entry.index
        return entry

    def by_people(self, case: str) -> int:
        """The entry with which people ended the viewing of a case last; -1 where they never did."""
        return self._by_people.get(case, -1)
