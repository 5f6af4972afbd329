"""A double of the keeper for tests of the web process: it speaks the keeper's verbs over a real socket and remembers
what it was told. It holds no key, seals nothing and judges only what the pages depend on: who is logged in, whether two
people are, and what a grant covers. It proves nothing about the keeper.
"""

from __future__ import annotations

import hashlib
import inspect
import itertools
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, Refused, Unavailable, UsageError
from appliance.core.messages import coded
from appliance.core.model import Span, merge
from appliance.core.motion import KeyPosition, swept
from appliance.protocol.endpoints import ENDPOINTS
from appliance.protocol.server import Server
from appliance.protocol.transport import Message, Peer, Reply
from appliance.rules.people import MAY, may
from tests.web.camera_double import CamerasDouble
from tests.web.clip import Cover, clip, footage, next_key
from tests.web.desk_double import DeskDouble
from tests.web.hold_double import HoldsDouble
from tests.web.inspection_double import InspectionsDouble
from tests.web.live_double import LiveDouble
from tests.web.pack_double import PacksDouble
from tests.web.people_double import PeopleDouble
from tests.web.register_double import RegistersDouble
from tests.web.scan_double import ScansDouble
from tests.web.statement_figures import certificate_of, statement_of
from tests.web.station_double import StationsDouble
from tests.web.tour_double import TourDouble

__all__ = ["GAPS", "PASSWORDS", "START_NS", "KeeperDouble"]

SECOND = 1_000_000_000
START_NS = 1_727_416_800 * SECOND
"""2024-09-27 14:00:00 in Taipei: the footage of the double begins at 13:00 and ends at 16:00."""

OFFICE = "臺北市萬華區戶政事務所"
PEOPLE = {
    "officer": ("陳怡君", ["officer"]),
    "head": ("林志明", ["unit_head", "director"]),
    "third": ("𤆬治", ["secretary"]),
    "director": ("蔡文德", ["director"]),
    "manager": ("吳志文", ["manager"]),
    "chief": ("李文華", ["section_head"]),
    "clerk": ("王小明", ["staff"]),
}
UNITS = {"chief": "戶籍登記課", "clerk": "戶籍登記課"}
"""Of those who are not of the managing unit."""
PASSWORDS = {name: f"{name}-correct-horse-battery" for name in PEOPLE}
CAMERAS = (
    ("1-01", "一樓大廳入口"),
    ("1-02", "一樓 3 號至 6 號櫃檯"),
    ("2-01", "二樓等候區"),
    ("B1-01", "地下一樓停車場"),
)
GAPS: dict[str, list[tuple[int, int, str]]] = {
    "1-01": [(600, 660, "camera-lost"), (1500, 1740, "power-cut")],
    "1-02": [(600, 630, "camera-lost"), (1500, 1740, "power-cut")],
    "2-01": [(300, 900, "stalled"), (1500, 1740, "power-cut")],
    "B1-01": [(1500, 1740, "power-cut")],
}
"""Seconds from START_NS, per camera."""


RETIRED = {
    "camera_no": "1-09", "location": "舊檔案室走道", "left": "retired", "left_on": "2024-09-20",
    "earliest_ns": START_NS - 20 * 86_400 * SECOND, "last_written_ns": START_NS - 7 * 86_400 * SECOND,
    "kept_until": "2024-10-21", "gone_by": "2024-11-04",
}  # fmt: skip
"""A camera that was removed, of which there is footage."""


class Call(NamedTuple):
    verb: str
    arguments: dict[str, Any]


class KeeperDouble(
    CamerasDouble,
    DeskDouble,
    HoldsDouble,
    InspectionsDouble,
    LiveDouble,
    PacksDouble,
    PeopleDouble,
    RegistersDouble,
    ScansDouble,
    StationsDouble,
    TourDouble,
):
    """``calls`` holds every verb asked, in order; ``now_ns`` is its time; ``fail_next`` raises for one verb."""

    def __init__(self, path: str, *, trial: bool = False, cameras: int = 4) -> None:
        self.path, self.trial = path, trial
        self.words: dict[str, Any] = {}
        self.cameras = CAMERAS[:cameras]
        self.left = [RETIRED]
        self.now_ns = START_NS + 3 * 86_400 * SECOND
        self.calls: list[Call] = []
        self.sessions: dict[str, list[dict[str, Any]]] = {}
        self.cases: dict[str, dict[str, Any]] = {}
        self.grants: dict[str, dict[str, Any]] = {}
        self.start_holds()
        self.start_inspections()
        self.start_people(PEOPLE)
        self.start_registers(PEOPLE)
        self.start_live()
        self.start_scans()
        self.start_stations()
        self.start_tour()
        self.start_cases(UNITS)
        self.start_packs(OFFICE)
        self.start_cameras()
        self.ledger: list[dict[str, Any]] = []
        self.states = {camera: "live" for camera, _ in self.cameras}
        self.policy = {
            "floor_days": 31,
            "target_days": 45,
            "ceiling_days": 364,
            "brake_days": 2,
            "most_floor_days": 333,
        }
        self.braked = self.leapt_ns = 0
        self.rolls = "calendar"
        self.rule_acts: list[dict[str, Any]] = []
        self.corrected: dict[str, list[dict[str, int]]] = {}
        self.lead_seconds = 0.0
        self.dark, self.left_seconds = "", 600.0
        self.resume_ns = 0
        self.ends: list[dict[str, Any]] = []
        self.lanes: dict[str, dict[str, Any]] = {}
        """What is told of a camera otherwise than its gaps say: ``granted``, ``mixed``."""
        self.still = b""
        self.search: dict[str, Any] = {"state": "none"}
        self.search_pace = 600
        self.changes: list[dict[str, Any]] = []
        self.copy: dict[str, Any] = {}
        self.masks: list[dict[str, Any]] | None = None
        self.masks_drawn = 0
        """How long after the start of the granted minutes the first key frame comes."""
        self.rotten: dict[str, list[tuple[int, int]]] = {}
        """Seconds from START_NS, per camera, of footage that does not open; told as a gap once it was tried."""
        self._tried: set[str] = set()
        self.away: set[str] = set()
        """Verbs that are answered as if the keeper were away."""
        self.bodies: list[bytes] = []
        """Files that came along, in order."""
        self.statement_days = ["2024-09-29", "2024-09-28", "2024-09-27", "2024-08-31"]
        self.space: dict[str, Any] = {
            "days": 52.3,
            "day_bytes": 74_700_000_000,
            "freeable_bytes": 3_906_000_000_000,
            "danger": None,
            "verdict": "well",
            "rung": 0,
        }
        self.scrub: dict[str, Any] = {
            "segments": 18_000,
            "share": 0.874,
            "oldest_ns": self.now_ns - 31 * 86_400 * SECOND,
            "bytes_per_second": 4 << 20,
        }
        self.findings: list[dict[str, Any]] = []
        self.fail_next: dict[str, Exception] = {}
        self._acts: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._enter("installation.created", version="0.1.0", keys={"ledger": "…"})
        self._enter("recorder.started", boot_id="5d0c")
        self._server = Server(path, self._handle, on_defect=self._defect)
        self.defects: list[BaseException] = []

    def __enter__(self) -> KeeperDouble:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def told(self, verb: str) -> list[dict[str, Any]]:
        return [call.arguments for call in self.calls if call.verb == verb]

    def drop_sessions(self) -> None:
        self.sessions.clear()

    # --- dispatch ---

    def _defect(self, verb: str, error: BaseException) -> None:
        self.defects.append(error)

    def _handle(self, verb: str, arguments: dict[str, Any], message: Message, peer: Peer) -> Reply:
        with self._lock:
            endpoint = ENDPOINTS.get(verb)
            if endpoint is not None:
                asked = msgspec.structs.asdict(msgspec.convert(arguments, endpoint.request))
                plain = {name: msgspec.to_builtins(each) for name, each in asked.items()}
                arguments = {name: list(each) if isinstance(each, tuple) else each for name, each in plain.items()}
            self.calls.append(Call(verb, arguments))
            if message.body:
                self.bodies.append(message.body)
            failing = self.fail_next.pop(verb, None)
            if verb in self.away:
                raise Unavailable("keeper: it does not answer")
            if failing is not None:
                raise failing
            handler: Callable[..., Reply] = getattr(self, "_" + re.sub(r"[.-]", "_", verb))
            if "session" in arguments and verb not in ("login", "logout"):
                self._seats(arguments["session"])
            if endpoint is None:
                return handler(**arguments)
            takes = inspect.signature(handler).parameters
            named = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in takes.values())
            reply = handler(**(arguments if named else {name: arguments[name] for name in takes if name in arguments}))
            msgspec.convert(reply.head, endpoint.answer)
            return reply

    def _seats(self, session: str) -> list[dict[str, Any]]:
        if session not in self.sessions:
            raise NotLoggedIn("session: it is over; log in again")
        return self.sessions[session]

    def _enter(self, kind: str, **fields: Any) -> None:
        index = len(self.ledger)
        leaf = hashlib.sha256(f"{index}{kind}{fields}".encode()).hexdigest()
        at_ns = self.now_ns + index * 7 * SECOND
        self.ledger.append({"index": index, "at_ns": at_ns, "kind": kind, "fields": fields, "leaf": leaf})

    def _root(self) -> str:
        return hashlib.sha256("".join(entry["leaf"] for entry in self.ledger).encode()).hexdigest()

    # --- verbs ---

    def _office(self) -> Reply:
        name = self.pack_now.pack.office.name
        return Reply({"office_name": name, "trial": self.trial, "version": "0.1.0", "words": self.words})

    def _login(self, name: str, password: str, totp: str, session: str | None = None, *, source: str = "") -> Reply:
        self.check_first(name, password)
        if PASSWORDS.get(name) != password:
            raise Refused.of("login-wrong")
        seats = [] if session is None else list(self._seats(session))
        if any(seat["person"] == name for seat in seats):
            raise UsageError("log-in: the same person is logged in here already")
        display, roles = PEOPLE[name]
        seats.append({"seat": len(seats) + 1, "person": name, "display": display, "roles": roles})
        if session is not None:
            del self.sessions[session]
        token = hashlib.sha256(f"token {next(self._numbers)}".encode()).hexdigest()
        self.sessions[token] = seats
        return Reply({"session": token, "seats": seats})

    def _logout(self, session: str, seat: int | None = None) -> Reply:
        seats = self.sessions.pop(session, [])
        left = [each for each in seats if seat is not None and each["seat"] != seat]
        if not left:
            return Reply({})
        token = hashlib.sha256(f"token {next(self._numbers)}".encode()).hexdigest()
        self.sessions[token] = left
        return Reply({"session": token, "seats": left})

    def _session(self, session: str, active: bool = True) -> Reply:
        roles = [role for seat in self._seats(session) for role in seat["roles"]]
        live = ["see-live"] if self.may_look_live(session) else []
        return Reply({"seats": self._seats(session), "may": [*(what for what in MAY if may(what, roles)), *live]})

    # --- what the office decides itself ---

    def _rules(self, session: str) -> Reply:
        brake = {"buckets": self.braked, "from_ns": START_NS, "through_ns": START_NS + 86_400 * SECOND}
        return Reply(
            {
                "policy": self.policy,
                "calendar": {"years": [{"year": 2024, "days_off": 116}], "rolls": self.rolls},
                "clock": {
                    "now_ns": self.now_ns,
                    "service": True,
                    "trusted": not self.leapt_ns,
                    "leapt_ns": self.leapt_ns,
                },
                "brake": brake if self.braked else {},
                "acts": self.rule_acts,
                "pack": self.approved[-1].pack.version if self.approved else "",
            }
        )

    def _rule(
        self,
        session: str,
        act: str,
        passwords: dict[str, str],
        kind: str,
        told: dict[str, Any] | None = None,
        **fields: Any,
    ) -> Reply:
        self._both_proved(session, passwords)
        self._enter(kind, **fields)
        made = {"index": len(self.ledger) - 1, "at_ns": self.now_ns, "kind": kind, "fields": fields}
        self.rule_acts.insert(0, made | {"words": "簽呈", "by": "陳怡君", "approved_by": "林志明"})
        return Reply(told or {})

    def _both_proved(self, session: str, passwords: dict[str, str]) -> None:
        for seat in self._seats(session):
            if passwords.get(str(seat["seat"])) != PASSWORDS[seat["person"]]:
                raise Refused.of("password-of", name=seat["display"])

    def _rules_policy(
        self, session: str, act: str, passwords: dict[str, str], document: str, floor_days: int, target_days: int
    ) -> Reply:
        self._both_proved(session, passwords)
        if floor_days < 31:
            raise UsageError.of("rules-floor", floor=floor_days, least=31)
        self.policy |= {"floor_days": floor_days, "target_days": target_days}
        told = {"floor_days": floor_days, "target_days": target_days}
        return self._rule(session, act, passwords, "policy.changed", told, policy=dict(self.policy))

    def _rules_calendar(self, session: str, act: str, passwords: dict[str, str]) -> Reply:
        return self._rule(session, act, passwords, "calendar.imported", {"years": [2025]}, years=[2025])

    def _rules_brake(self, session: str, act: str, passwords: dict[str, str], through_ns: int) -> Reply:
        told = {"through_ns": through_ns, "until_ns": self.now_ns}
        fields = {"buckets": self.braked, "through_ns": through_ns}
        released = self._rule(session, act, passwords, "brake.released", told, **fields)
        self.braked = 0
        return released

    def _rules_clock(self, session: str, act: str, passwords: dict[str, str], wall_ns: int, reference: str) -> Reply:
        return self._rule(session, act, passwords, "clock.set", {"wall_ns": wall_ns}, wall_ns=wall_ns)

    def _cameras(self, session: str, active: bool = True) -> Reply:
        status = self._status(session).head
        told = [{name: each[name] for name in ("camera_no", "location", "earliest_ns")} for each in status["cameras"]]
        return Reply({"now_ns": self.now_ns, "floor_days": 31, "cameras": told + self.left})

    def _status(self, session: str, active: bool = True) -> Reply:
        cameras = []
        for number, (camera_no, location) in enumerate(self.cameras):
            state = self.states[camera_no]
            gaps = [(-40_000 + number * 9_000, -39_100 + number * 9_000, "camera-lost")] if number else []
            cameras.append(
                {
                    "camera_no": camera_no,
                    "location": location,
                    "state": state,
                    "since_ns": self.now_ns - 4_000 * SECOND,
                    "last_written_ns": self.now_ns - (1 if state == "live" else 4_000) * SECOND,
                    "bitrate_bps": 2_900_000 + 110_000 * number,
                    "earliest_ns": self.now_ns - (31 + number) * 86_400 * SECOND,
                    "days_held": 31.0 + number,
                    "gaps_24h": [
                        {"start_ns": self.now_ns + start * SECOND, "end_ns": self.now_ns + end * SECOND, "cause": cause}
                        for start, end, cause in gaps
                    ],
                }
            )
        disk = {"total_bytes": 4 * 10**12, "free_bytes": 11 * 10**11, "ring_bytes": 2_810_000_000_000}
        head = {"size": len(self.ledger), "root": self._root()}
        status = {"now_ns": self.now_ns, "trusted": True, "cameras": cameras, "disk": disk, "ledger": head}
        return Reply(status | {"space": self.space, "scrub": self.scrub, "findings": self.findings})

    def _case_receive(
        self, session: str, act: str, reason: str, cameras: list[str], start_ns: int, end_ns: int
    ) -> Reply:
        if act not in self._acts:
            case = f"113-{len(self.cases) + 1:04d}"
            self._acts[act] = case
            receiver = self._seats(session)[0]
            asked = [{"camera_no": camera, "start_ns": start_ns, "end_ns": end_ns} for camera in cameras]
            self._enter("case.received", case=case, asked=asked)
            self._enter("pin.set", case=case)
            self.cases[case] = {
                "case": case,
                "state": "received",
                "reason": reason,
                "cameras": cameras,
                "start_ns": start_ns,
                "end_ns": end_ns,
                "kept_start_ns": start_ns - 600 * SECOND,
                "kept_end_ns": end_ns + 600 * SECOND,
                "received_ns": self.now_ns,
                "received_by": receiver["display"],
                "received_person": receiver["person"],
            }
        return Reply({"case": self._acts[act]})

    def _case_decide(
        self, session: str, act: str, case: str, result: str, reason: str, seat: int, password: str
    ) -> Reply:
        found = self._held_case(case)
        decider = self._proved(session, seat, password)
        if decider["person"] == found["received_person"]:
            raise Refused(f"case {case}: whoever received it may not decide it; another person must")
        found |= {
            "state": result,
            "decision_reason": reason,
            "decided_by": decider["display"],
            "decided_ns": self.now_ns,
        }
        self._enter("case.decided", case=case, result=result)
        return Reply({})

    def _case_close(self, session: str, act: str, case: str) -> Reply:
        self._held_case(case).update({"state": "closed", "closed_ns": self.now_ns})
        self._enter("case.closed", case=case)
        return Reply({})

    def _viewing_open(self, session: str, case: str, seat: int, password: str, purpose: str = "viewing") -> Reply:
        found = self._held_case(case)
        if len(self._seats(session)) < 2:
            raise Refused(f"case {case}: a viewing takes two people, and one is logged in")
        self._proved(session, seat, password)
        if found["state"] not in ("granted", "viewing"):
            raise Refused(f"case {case}: it is not granted")
        grant = hashlib.sha256(f"grant {next(self._numbers)}".encode()).hexdigest()[:32]
        self.grants[grant] = {"case": found["case"], "session": session, "purpose": purpose}
        found |= {"state": "viewing", "grant": grant}
        spans = [
            {"camera_no": camera, "start_ns": found["start_ns"], "end_ns": found["end_ns"]}
            for camera in found["cameras"]
        ]
        self._enter("grant.opened", grant=grant, case=case, spans=spans)
        return Reply({"grant": grant, "cameras": found["cameras"]})

    def _copies_state(self, session: str, case: str, active: bool = True) -> Reply:
        return Reply(self.copy)

    def _copies_make(self, session: str, act: str, case: str, seat: int, password: str) -> Reply:
        self._proved(session, seat, password)
        self.copy = {"state": "making", "copy": "c" * 32, "percent": 40}
        return Reply(self.copy)

    def _copies_cancel(self, session: str, case: str) -> Reply:
        self.copy = {"state": "failed", "why": {"code": "copy-cancelled", "values": {}}}
        return Reply(self.copy)

    def _agency_copy_state(self, session: str, case: str, active: bool = True) -> Reply:
        return Reply({"state": "none"})

    def _viewing_timeline(
        self, session: str, grant: str, active: bool = True, start_ns: int = 0, end_ns: int = 0
    ) -> Reply:
        case = self._granted(session, grant)
        whole = case["start_ns"], case["end_ns"]
        start, end = (max(whole[0], start_ns), min(whole[1], end_ns)) if start_ns < end_ns else whole
        cameras = []
        for camera_no in case["cameras"]:
            gaps = self._gaps(camera_no, start, end)
            if camera_no in self._tried:
                gaps = sorted([*gaps, *((a, b, "damaged") for a, b in self._rotten(camera_no))])
            borders = [start, *itertools.chain.from_iterable((a, b) for a, b, _ in gaps), end]
            spans = [pair for pair in zip(borders[::2], borders[1::2], strict=True) if pair[0] < pair[1]]
            cameras.append(
                {
                    "camera_no": camera_no,
                    "location": dict(self.cameras)[camera_no],
                    "granted": [{"start_ns": whole[0], "end_ns": whole[1]}],
                    "spans": [{"start_ns": a, "end_ns": b} for a, b in spans],
                    "gaps": [{"start_ns": a, "end_ns": b, "cause": cause} for a, b, cause in gaps],
                    "corrected": self.corrected.get(camera_no, []),
                    "seen_ns": self._seen_ns(grant, camera_no),
                }
                | ({} if start_ns < end_ns else self.lanes.get(camera_no, {}))
            )
        attending = [seat["display"] for seat in self._seats(session)]
        people = {"viewers": ["陳𤆬治"], "attending": attending}
        people["enders"] = [seat["seat"] for seat in self._seats(session) if {"officer", "manager"} & {*seat["roles"]}]
        number = case["case"].replace("-", "調-民-")
        head = {"case": case["case"], "number": number, "start_ns": whole[0], "end_ns": whole[1], "masks": self.masks}
        head |= {"purpose": self.grants[grant]["purpose"], "resume_ns": self.resume_ns, "ends": self.ends}
        return Reply({**head, "cameras": cameras, **people})

    def _masks_draw(self, session: str, grant: str, act: str, **mask: Any) -> Reply:
        self._granted(session, grant)
        if mask["end_ns"] <= mask["start_ns"]:
            raise UsageError.of("mask-order")
        told = {name: value for name, value in mask.items() if name not in ("active", "device", "seat", "password")}
        instead = told.pop("replaces", 0)
        if positions := told.pop("positions", ()):
            keys = [KeyPosition(*each) for each in positions]
            told |= {"start_ns": keys[0].at_ns, "end_ns": keys[-1].at_ns, "positions": positions}
            told |= swept(keys, keys[0].at_ns, keys[-1].at_ns)._asdict()
        self.masks_drawn = max([self.masks_drawn, *(each["number"] for each in self.masks or ())]) + 1
        left = [each for each in self.masks or () if each["number"] != instead]
        self.masks = [*left, {"number": self.masks_drawn, **told}]
        return Reply({"masks": self.masks})

    def _search_begin(self, session: str, grant: str, camera_no: str, **region: int) -> Reply:
        """Looks at as many pictures as each later question asks it to, and finds what :attr:`changes` has."""
        case = self._granted(session, grant)
        if region["right"] - region["left"] < 5 or region["bottom"] - region["top"] < 5:
            raise UsageError.of("search-region", least=0.5)
        edges = {name: region[name] for name in ("left", "top", "right", "bottom")}
        total = (case["end_ns"] - case["start_ns"]) // (2 * SECOND)
        self.search = {"state": "running", "camera_no": camera_no, **edges, "total": total, "step_ns": 2 * SECOND}
        self.search |= {"looked": 0, "found": [], "masked": bool(self.masks), "more": False}
        return Reply(self.search)

    def _search_state(self, session: str, grant: str, active: bool = True) -> Reply:
        self._granted(session, grant)
        if self.search["state"] == "running":
            looked = min(self.search["total"], self.search["looked"] + self.search_pace)
            done = looked == self.search["total"]
            found = self.changes[: len(self.changes) * looked // self.search["total"]]
            told = [{**each, "stays": each["stays"] if done else None} for each in found]
            self.search |= {"looked": looked, "state": "done" if done else "running", "found": told}
        return Reply(self.search)

    def _search_cancel(self, session: str, grant: str) -> Reply:
        self._granted(session, grant)
        if self.search["state"] == "running":
            self.search |= {"state": "cancelled"}
        return Reply(self.search)

    def _masks_remove(self, session: str, grant: str, act: str, mask: int, **_who: Any) -> Reply:
        self._granted(session, grant)
        self.masks = [each for each in self.masks or () if each["number"] != mask]
        return Reply({"masks": self.masks})

    def _viewing_media(
        self,
        session: str,
        grant: str,
        camera_no: str,
        start_ns: int,
        seconds: float,
        video_codecs: list[str],
        covered: bool = False,
        short: bool = False,
    ) -> Reply:
        case = self._granted(session, grant)
        if camera_no not in case["cameras"] or not case["start_ns"] <= start_ns < case["end_ns"]:
            raise Refused(f"viewing: camera {camera_no} at that time is outside the grant")
        begin, end = case["start_ns"], case["end_ns"]
        gaps = self._gaps(camera_no, begin, end)
        hue = list(dict(self.cameras)).index(camera_no)
        if short:
            asked = (start_ns - begin) / SECOND
            stands = max(0.0, asked - self.lead_seconds)
            seconds = min(seconds, next_key(hue, stands + 0.5) + self.lead_seconds - asked)
        stop_ns = min([end, start_ns + round(seconds * SECOND), *(a for a, _, _ in gaps if a > start_ns)])
        cover = self._cover(camera_no) if covered else ()
        lead = self.lead_seconds
        pieces = list(
            footage(hue, max(0.0, (start_ns - begin) / SECOND - lead), (stop_ns - begin) / SECOND, lead, cover)
        )
        pieces = [piece for piece in pieces if not any(a <= begin + piece[0] * SECOND < b for a, b, _ in gaps)]
        whole = [piece for piece in pieces if not self._is_rotten(camera_no, begin + piece[0] * SECOND)]
        if len(whole) < len(pieces):
            self._tried.add(camera_no)
        reached = begin + round(pieces[-1][1] * SECOND) if pieces else stop_ns
        after = next((b for a, b, _ in gaps if a <= reached < b or abs(a - reached) < SECOND), reached)
        self._enter("footage.released", grant=grant, camera_no=camera_no, start_ns=start_ns, end_ns=stop_ns)
        head = {
            "start_ns": begin + round(whole[0][0] * SECOND) if whole else start_ns,
            "end_ns": reached,
            "mime": clip(hue).mime,
            "next_ns": after if after < end else None,
        }

        def blocks() -> Iterator[bytes]:
            yield clip(hue).head
            for _, _, data in whole:
                yield data

        return Reply(head, blocks() if whole else iter(()))

    def _cover(self, camera_no: str) -> Cover:
        """For simplicity's sake over all of the time."""
        mine = [each for each in self.masks or () if each["camera_no"] == camera_no]
        return tuple((each["left"], each["top"], each["right"], each["bottom"]) for each in mine)

    def _viewing_key(self, session: str, grant: str, camera_no: str, at_ns: int, covered: bool = False) -> Reply:
        self._granted(session, grant)
        hue = list(dict(self.cameras)).index(camera_no)
        return Reply(
            {"at_ns": at_ns - at_ns % (2 * SECOND)},
            self.still or clip(hue, self._cover(camera_no) if covered else ()).jpeg,
        )

    def _viewing_shown(self, session: str, grant: str, spans: list[dict[str, Any]]) -> Reply:
        self._granted(session, grant)
        self._enter("footage.shown", grant=grant, spans=spans)
        return Reply({})

    def _viewing_here(self, session: str, grant: str, active: bool = True) -> Reply:
        self._granted(session, grant)
        return Reply({"dark": self.dark, "left_seconds": self.left_seconds})

    def _viewing_present(self, session: str, grant: str, seat: int, password: str) -> Reply:
        self._granted(session, grant)
        self._proved(session, seat, password)
        self.dark, self.left_seconds = "", 600.0
        return self._viewing_here(session, grant)

    def _viewing_end(self, session: str, grant: str, reason: str = "done", at_ns: int = 0) -> Reply:
        case = self._granted(session, grant)
        del self.grants[grant]
        case |= {"state": "granted", "grant": ""}
        self._enter("grant.ended", grant=grant, cause="filming seen" if reason == "filming" else "ended by the people")
        return Reply({})

    def _seen_ns(self, grant: str, camera_no: str) -> int:
        told = [entry["fields"] for entry in self.ledger if entry["kind"] == "footage.shown"]
        spans = [span for each in told if each["grant"] == grant for span in each["spans"]]
        seen = [Span(span["start_ns"], span["end_ns"]) for span in spans if span["camera_no"] == camera_no]
        return sum(span.end_ns - span.start_ns for span in merge(seen))

    def _viewing_mistaken(self, session: str, grant: str, why: str) -> Reply:
        self._enter("incident.changed", grant=grant, why=why)
        return Reply({})

    def _viewing_finish(
        self, session: str, act: str, grant: str, seat: int, password: str, filming: str, signed: bool, reason: str
    ) -> Reply:
        missing = [code for code, there in (("filming", filming), ("session_signed", signed)) if not there]
        if missing:
            said = coded("case-not-allowed", name="case", why="guard")
            raise NotAllowed(said, {"event": "finish", "why": "guard", "missing": missing, "next": "complete"})
        self._proved(session, seat, password)
        self._viewing_end(session, grant)
        return Reply({"cleared": True, "signed": True, "lacks": []})

    def _statements(self, session: str, month: str = "") -> Reply:
        month = month or "2024-09"
        found = [statement_of(self.cameras, day) for day in self.statement_days if day.startswith(month)]
        return Reply({"months": ["2024-09", "2024-08"], "month": month, "statements": found})

    def _statement(self, session: str, day: str) -> Reply:
        if day not in self.statement_days:
            raise NotFound(f"statement of {day}: there is none")
        after, _, before = [*["", *self.statement_days, ""][(at := self.statement_days.index(day)) : at + 3]]
        more = {
            "leaf": "ab" * 32,
            "extract": "office-recorder/extract/v1\noffice.example/recorder\nentry 90\n{}\n\n— office.example/x AbCd\n",
            "before": before,
            "after": after,
            "locations": dict(self.cameras),
            "head": self._ledger_head().head,
        }
        return Reply(statement_of(self.cameras, day) | more)

    def _certificate(self, session: str, done: int, bucket: str = "") -> Reply:
        return Reply(
            {**certificate_of(done, bucket), "locations": dict(self.cameras), "head": self._ledger_head().head}
        )

    def _ledger_list(self, session: str, start: int, count: int) -> Reply:
        return Reply({"size": len(self.ledger), "entries": self.ledger[start : start + count]})

    def _ledger_head(self) -> Reply:
        root = self._root()
        note = f"office.example/recorder\n{len(self.ledger)}\n{root}\n\n— office.example/recorder AbCdEf…\n"
        return Reply({"size": len(self.ledger), "root": root, "checkpoint": note})

    # --- what the verbs share ---

    def _held_case(self, case: str) -> dict[str, Any]:
        case = case.replace("調-民-", "-")
        if case not in self.cases:
            raise NotFound(f"case {case}: there is none")
        return self.cases[case]

    def _proved(self, session: str, seat: int, password: str) -> dict[str, Any]:
        sitting = next((each for each in self._seats(session) if each["seat"] == seat), None)
        if sitting is None or PASSWORDS[sitting["person"]] != password:
            raise Refused.of("password-of", name=sitting["display"] if sitting else "?")
        return sitting

    def _granted(self, session: str, grant: str) -> dict[str, Any]:
        if grant not in self.grants:
            raise NotFound("viewing: it is over, or not for you")
        if len(self._seats(session)) < 2:
            raise Refused("viewing: two people must be logged in")
        return self.cases[self.grants[grant]["case"]]

    def _rotten(self, camera_no: str) -> list[tuple[int, int]]:
        return [(START_NS + a * SECOND, START_NS + b * SECOND) for a, b in self.rotten.get(camera_no, ())]

    def _is_rotten(self, camera_no: str, at_ns: float) -> bool:
        return any(a <= at_ns < b for a, b in self._rotten(camera_no))

    @staticmethod
    def _gaps(camera_no: str, start_ns: int, end_ns: int) -> list[tuple[int, int, str]]:
        moved = [(START_NS + a * SECOND, START_NS + b * SECOND, cause) for a, b, cause in GAPS[camera_no]]
        return [(max(a, start_ns), min(b, end_ns), cause) for a, b, cause in moved if a < end_ns and b > start_ns]
