"""The double's policy packs: the very reading and order of the rules, no ledger behind it."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from appliance.core.errors import NotFound, Refused
from appliance.protocol.transport import Reply
from appliance.rules.deadlines import day_of
from appliance.rules.packs.order import ApprovedPack, order_problems, standing_on, with_pack
from appliance.rules.packs.reading import read_pack
from appliance.rules.packs.shipped import shipped_bytes, shipped_pack

__all__ = ["PacksDouble"]


class PacksDouble:
    """``approved`` and ``waiting`` are what it has; ``put_in_force`` approves a file for those who only look."""

    now_ns: int
    bodies: list[bytes]

    def start_packs(self, office_name: str) -> None:
        self._shipped = ApprovedPack(shipped_pack(office_name), date.min)
        self.approved: tuple[ApprovedPack, ...] = ()
        self.waiting: dict[str, tuple[bytes, str]] = {}
        self._files = {self._shipped.pack.version: shipped_bytes()}

    def put_in_force(self, data: bytes) -> str:
        pack = read_pack(data)
        self.approved = with_pack(self.approved, pack, day_of(self.now_ns), 70 + len(self.approved))
        self._files[pack.version] = data
        return pack.version

    @property
    def pack_now(self) -> ApprovedPack:
        return standing_on((self._shipped, *self.approved), day_of(self.now_ns))

    def _packs(self, session: str) -> Reply:
        self._seats(session)
        return Reply(
            {
                "today": day_of(self.now_ns).isoformat(),
                "in_force": self.pack_now.pack.version,
                "own": bool(self.approved),
                "packs": [self._row(each) for each in (self._shipped, *self.approved)],
                "proposals": [
                    {
                        "version": (pack := read_pack(data)).version,
                        "effective": pack.effective.isoformat(),
                        "document": pack.approval.document,
                        "sha256": sha256,
                        "at_ns": self.now_ns,
                        "person": person,
                        "by": "陳怡君",
                        "entry": 69,
                    }
                    for sha256, (data, person) in self.waiting.items()
                ],
            }
        )

    def _row(self, standing: ApprovedPack) -> dict[str, Any]:
        pack, shipped = standing.pack, standing.entry < 0
        told = {
            "version": pack.version,
            "effective": pack.effective.isoformat(),
            "begins": (pack.effective if shipped else standing.begins).isoformat(),
            "document": pack.approval.document,
            "office_name": pack.office.name,
            "shipped": shipped,
        }
        by = {"entry": standing.entry, "at_ns": self.now_ns, "by": "陳怡君", "approved_by": "蔡文德"}
        return told if shipped else told | by

    def _pack_file(self, session: str, name: str) -> Reply:
        self._seats(session)
        name = name or self.pack_now.pack.version
        shipped = name == self._shipped.pack.version and name not in {each.pack.version for each in self.approved}
        office_name = self._shipped.pack.office.name if shipped else ""
        if name in self.waiting:
            return Reply({"name": name, "shipped": False}, self.waiting[name][0])
        if name not in self._files:
            raise NotFound(f"policy pack {name}: there is none of that name")
        return Reply({"name": name, "shipped": shipped, "office_name": office_name}, self._files[name])

    def _pack_propose(self, session: str, act: str, seat: int, password: str) -> Reply:
        person = self._proved(session, seat, password)["person"]
        data = self.bodies[-1]
        pack = read_pack(data)
        if any(order_problems(((each.pack.version, each.pack.effective) for each in self.approved), pack)):
            raise Refused("it cannot follow")
        sha256 = hashlib.sha256(data).hexdigest()
        self.waiting[sha256] = (data, person)
        return Reply({"version": pack.version, "sha256": sha256})

    def _pack_approve(self, session: str, act: str, passwords: dict[str, str], sha256: str) -> Reply:
        self._both_proved(session, passwords)
        data, _ = self.waiting.pop(sha256)
        return Reply({"version": self.put_in_force(data), "begins": day_of(self.now_ns).isoformat()})

    # what the double itself has
    def _seats(self, session: str) -> list[dict[str, Any]]:
        raise NotImplementedError

    def _both_proved(self, session: str, passwords: dict[str, str]) -> None:
        raise NotImplementedError

    def _proved(self, session: str, seat: int, password: str) -> dict[str, Any]:
        raise NotImplementedError
