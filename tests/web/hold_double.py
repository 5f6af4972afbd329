"""The part of the keeper's double that has holds: it remembers what it was told, and judges that a password fits."""

from __future__ import annotations

from typing import Any

from appliance.core.errors import NotFound, Refused
from appliance.protocol.transport import Reply

__all__ = ["DAY_NS", "HoldsDouble"]

DAY_NS = 86_400 * 1_000_000_000
_ENDED = {"release": "released"}


class HoldsDouble:
    """To be mixed in. ``holds``, ``kept_bytes`` and ``store_bytes`` may be changed by a test."""

    now_ns: int

    def start_holds(self) -> None:
        self.holds: dict[str, dict[str, Any]] = {}
        self.kept_bytes, self.store_bytes = 120 * 10**9, 4 * 10**12
        self._hold_acts: dict[str, str] = {}

    def _holds(self, session: str) -> Reply:
        living = [hold for hold in self.holds.values() if not hold["ended_ns"]]
        over = [hold for hold in self.holds.values() if hold["ended_ns"]]
        told = {"holds": [*living, *over], "kept_bytes": self.kept_bytes, "store_bytes": self.store_bytes}
        return Reply({"now_ns": self.now_ns, "most_percent": 15, **told})

    def _hold_set(
        self, session: str, act: str, seat: int, password: str, ground: str, cameras: list[str], start_ns: int,
        end_ns: int, reason: str, need: str, case: str, agency: str = "", statute: str = "", document: str = "",
    ) -> Reply:  # fmt: skip
        if act not in self._hold_acts:
            seats = self._seats(session)
            proves = ground == "law" or len(seats) > 1
            by = self._proved(session, seat, password) if proves else seats[seat - 1]
            number = f"H113-{len(self.holds) + 1:04d}"
            self._hold_acts[act] = number
            papers = {"agency": agency, "statute": statute, "document": document}
            self.holds[number] = {
                "hold": number, "ground": ground, "cameras": cameras, "start_ns": start_ns, "end_ns": end_ns,
                "kept_start_ns": start_ns - start_ns % (600 * 10**9),
                "kept_end_ns": end_ns + -end_ns % (600 * 10**9),
                "state": "requested" if ground in ("event", "remedy", "invest") else "active",
                "beyond_ceiling": ground == "law", "need": need, "case": case, "set_ns": self.now_ns,
                "set_person": by["person"], "until_ns": self._midnight(3 if ground == "event" else 31),
                "ended_ns": 0, "settled_ns": 0, "history": [self._deed("set", by, reason, **papers)],
            }  # fmt: skip
            self._enter("hold.set", hold=number, ground=ground)
        return Reply({"hold": self._hold_acts[act]})

    def _hold_confirm(self, **told: Any) -> Reply:
        return self._hold_act("confirmed", **told)

    def _hold_extend(self, **told: Any) -> Reply:
        return self._hold_act("extended", **told)

    def _hold_release(self, **told: Any) -> Reply:
        return self._hold_act("released", **told)

    def _hold_act(
        self, kind: str, *, session: str, act: str, hold: str, seat: int, password: str, reason: str, **papers: str
    ) -> Reply:
        if hold not in self.holds:
            raise NotFound(f"hold {hold}: there is no such hold")
        found, by = self.holds[hold], self._proved(session, seat, password)
        if by["person"] == found["set_person"]:
            raise Refused.of("hold-own", hold=f"hold {hold}", event="confirm")
        found["history"].append(self._deed(kind, by, reason, **papers))
        if kind == "released":
            found |= {"state": "released", "ended_ns": self.now_ns}
        else:
            found |= {"state": "active", "until_ns": self._midnight(180)}
            found["history"][-1]["until_ns"] = found["until_ns"]
        self._enter(f"hold.{kind}", hold=hold)
        return Reply({})

    def _midnight(self, days: int) -> int:
        """The end of the local day so many days on."""
        offset_ns = DAY_NS // 3
        return self.now_ns - (self.now_ns + offset_ns) % DAY_NS + (days + 1) * DAY_NS

    def _deed(self, kind: str, by: dict[str, Any], words: str, **papers: str) -> dict[str, Any]:
        return {"kind": f"hold.{kind}", "at_ns": self.now_ns, "display": by["display"], "words": words, **papers}

    # what the double itself has
    def _seats(self, session: str) -> list[dict[str, Any]]:
        raise NotImplementedError

    def _proved(self, session: str, seat: int, password: str) -> dict[str, Any]:
        raise NotImplementedError

    def _enter(self, kind: str, **fields: Any) -> None:
        raise NotImplementedError
