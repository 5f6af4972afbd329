"""What the machine does about holds and pins by itself: lets them end when their time is over, and settles what ended.

Footage of a hold that ended is past its ceiling, then it goes at once through the one door; or past its floor, then
routine takes it; or inside it, then it stays (``AT-24``). What another living hold or pin touches stays as well
(``T-56``). None of it happens in untrusted time or with an index in doubt; both are tried again at the next turn.
"""

from __future__ import annotations

from appliance.core.errors import Refused
from appliance.ledger.log import Ledger
from appliance.rules.retention import Hold, touched
from appliance.services.cases.book import CaseBook
from appliance.services.holds.held import Held
from appliance.services.holds.holds import HoldBook
from appliance.vault.ring.destruction import Destruction
from appliance.vault.ring.ring import Ring

__all__ = ["Settlement", "reason_of"]

_STOPPED = frozenset({"time", "index"})


def reason_of(number: str) -> str:
    """The reason of a destruction that the end of a hold ordered."""
    return f"hold {number}"


class Settlement:
    """Blocking; one caller. Holds the ring's lock while it settles."""

    def __init__(
        self,
        holds: HoldBook,
        cases: CaseBook,
        destruction: Destruction,
        ring: Ring,
        ledger: Ledger,
    ) -> None:
        self._holds, self._cases, self._destruction = holds, cases, destruction
        self._ring, self._ledger = ring, ledger

    def turn(self) -> list[Held]:
        """To be called every minute: what lapsed now. On return every hold that ended before is settled, where time and
        index allow it. Raises NotWritable, and Unavailable or Damaged as destruction does."""
        trusted = self._destruction.time_trusted()
        lapsed = self._holds.lapse_overdue(trusted=trusted)
        self._cases.end_pins(trusted=trusted)
        for held in self._holds.unsettled():
            self._settle(held)
        return lapsed

    def _settle(self, held: Held) -> None:
        with self._ring.lock:
            ended = [Hold(each.camera_no, each.start_ns, each.end_ns) for each in held.rounded]
            verdict, found = self._destruction.judge_touched(ended)
            if any(danger.kind in _STOPPED for danger in verdict.danger):
                return
            its = touched(found, ended)
            going = [bucket_id for bucket_id in verdict.must if bucket_id in its]
            try:
                self._destruction.destroy(going, reason_of(held.number))
            except Refused:
                return  # a hold was set since: it is judged anew
            left = its - set(going)
            others = touched(found, [*self._holds.holds(), *self._cases.holds()]) & left
            eligible = left & set(verdict.may)
            became = {
                "destroyed": self._destroyed_for(held),
                "eligible": len(eligible),
                "kept": len(left - others - eligible),
                "held": len(others),
            }
            self._holds.settled(held.number, became)

    def _destroyed_for(self, held: Held) -> int:
        """Buckets of certificates whose intent names the hold: also of a turn that was cut short."""
        intents: set[int] = set()
        count = 0
        for entry in self._ledger.entries(held.ended_at):
            if entry.kind == "destroy.intended" and entry.fields["reason"] == reason_of(held.number):
                intents.add(entry.index)
            elif entry.kind == "destroy.done" and entry.fields["intent"] in intents:
                count += len(entry.fields["buckets"])
        return count
