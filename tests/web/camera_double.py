"""The double's cameras: the very table, list and files of the rules, no ledger behind them."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import msgspec

from appliance.core.errors import NotAllowed, NotFound
from appliance.ledger.entry import Entry
from appliance.papers.camera_list.files import csv_of, html_of, ods_of
from appliance.papers.camera_list.posted import read_page
from appliance.protocol.transport import Reply
from appliance.rules.cameras.duties import duties_of
from appliance.rules.cameras.facts import CameraFacts, CameraTyped, GuardContext
from appliance.rules.cameras.fleet import Fleet, performed
from appliance.rules.cameras.judging import Refusal, judge, never
from appliance.rules.cameras.publication import board_of, differences, list_of
from appliance.rules.cameras.rows import Event, Row
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.deadlines import day_of
from appliance.rules.people import SYSTEM, Actor
from appliance.rules.scans import camera_papers
from appliance.services.cameras.views import camera_details, camera_reviews, camera_rows
from tests.rules.cameradesk import Desk, draft

__all__ = ["CamerasDouble"]


class _Book:
    """What ``telling`` asks of a camera book."""

    def __init__(self, double: CamerasDouble) -> None:
        self._double = double
        self.world = SimpleNamespace(holders=dict, scans=double.on_file)

    @property
    def fleet(self) -> Fleet:
        return self._double.fleet

    def entries(self, camera_no: str) -> list[Entry]:
        return [entry for entry, _ in self._double.acts if entry.fields["camera"] == camera_no]

    def sealed_of(self, entry: Entry) -> dict[str, Any] | None:
        return next(sealed for made, sealed in self._double.acts if made is entry)

    def judged(
        self, version: CameraVersion, event: Event, actor: Actor, typed: CameraTyped
    ) -> tuple[GuardContext, Row | Refusal]:
        sight = self._double.sight(version, actor, typed)
        return sight, judge(sight, event)

    def never(self, version: CameraVersion, event: Event) -> bool:
        return never(self._double.sight(version, SYSTEM, CameraTyped()), event)


class CamerasDouble:
    """``fleet`` holds 1-01, published, 1-02, brought by set-up, and a draft of 2-01. ``postings`` are newest first."""

    now_ns: int
    scans: dict[str, dict[str, Any]]
    bodies: list[bytes]

    def start_cameras(self) -> None:
        self.preview_notes: list[dict[str, Any]] = []
        desk = Desk()
        desk.announced("1-01")
        desk.do(Event.ADOPT, version=desk.fleet.next_of("1-02"), typed=draft("existing", matters={"area": "一樓櫃檯"}))
        desk.do(Event.DRAFT, version=desk.fleet.next_of("2-01"), typed=draft())
        self.fleet = desk.fleet
        self.acts: list[tuple[Entry, dict[str, Any]]] = []
        self.postings: list[dict[str, Any]] = []
        self.board_broken = False
        self.references: list[dict[str, Any]] = []
        self.pictures: set[str] = set()
        self.search: dict[str, Any] = {}
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self.moved: dict[str, str] = {}
        self.clock_steps: dict[str, list[dict[str, Any]]] = {}
        self.clock_off_ns: int | None = None
        self.registered = ""
        self.model = "P-1"

    def sight(self, version: CameraVersion, actor: Actor, typed: CameraTyped) -> GuardContext:
        facts = CameraFacts(typed=typed, at_ns=self.now_ns, scans=self.on_file(version))
        return self.fleet.seen(version, facts, actor, day_of(self.now_ns))

    def on_file(self, version: CameraVersion) -> frozenset[str]:
        of = camera_papers(version.camera_no, version.version)
        return frozenset(each["kind"] for each in self.scans.values() if each["of"] == of and not each["struck_ns"])

    def _cameras_book(self, session: str) -> Reply:
        return Reply({"cameras": msgspec.to_builtins(camera_rows(_Book(self))), "registry": 1, "trial": False})  # type: ignore[arg-type]

    def _cameras_ways(self, session: str) -> Reply:
        kinds = {
            "rtsp": [
                {"name": "url", "required": True}, {"name": "user"}, {"name": "password"}, {"name": "lesser_url"},
                {"name": "open_seconds", "type": "float"}, {"name": "tls", "type": "bool"},
            ],
            "v4l2": [{"name": "device", "required": True}, {"name": "width", "type": "int"}],
        }  # fmt: skip
        found = [
            {"source": "v4l2", "setting": "device", "value": "/dev/video0", "camera": "1-01"},
            {"source": "v4l2", "setting": "device", "value": "/dev/video2", "camera": ""},
        ]
        return Reply({"kinds": kinds, "found": found, "search": self.search})

    def _cameras_search(self, session: str) -> Reply:
        self._seats(session)
        here = [("rtsp://192.0.2.7/", "1-01", "AXIS M3045-V"), ("rtsp://192.0.2.8/", "", "")]
        found = [
            {"source": "rtsp", "setting": "url", "value": value, "camera": camera, "words": words}
            for value, camera, words in here
        ]
        number = int(self.search.get("number", 0)) + 1
        self.search = {"number": number, "asked_ns": self.now_ns, "done_ns": self.now_ns, "found": found}
        return Reply({"number": number})

    def _cameras_ask_device(self, session: str, camera: str, version: int) -> Reply:
        self._seats(session)
        self.fleet.get(camera, version)
        streams = [
            {"name": "Main", "url": "rtsp://192.0.2.7:554/live?c=1", "codec": "H264", "width": 1920, "height": 1080,
             "rate": 25.0, "gop": 50, "kbps": 4096, "sound": "G711"},
            {"name": "Sub", "url": f"rtsp://192.0.2.7:554/live?c=2{self.model[3:]}", "codec": "H264", "width": 640,
             "height": 360, "rate": 12.5, "gop": 250},
        ]  # fmt: skip
        report = {"service": "http://192.0.2.7/onvif/device_service", "make": "Axle", "model": self.model,
                  "serial": "S-77", "firmware": "9.8", "offset_seconds": -125.0, "streams": streams}  # fmt: skip
        return Reply({"report": report, "registered": self.registered})

    def _cameras_days(self, session: str, camera: str, version: int) -> Reply:
        self.fleet.get(camera, version)
        then = {"days": 41.26, "verdict": "warn", "assumed": [camera]}
        return Reply(
            {"now": {"days": 52.0, "verdict": "well"}, "then": then, "day_bytes": 1, "short": "", "trial": True}
        )

    def _cameras_reviews(self, session: str) -> Reply:
        return Reply({"reviews": msgspec.to_builtins(camera_reviews(_Book(self), str)), "months": 3})  # type: ignore[arg-type]

    def _camera(self, session: str, camera: str) -> Reply:
        if camera not in self.fleet.numbers():
            raise NotFound(f"camera {camera[:20]}: there is no such camera; open the list of cameras")
        seats = [_Seat(**seat) for seat in self._seats(session)]
        told = camera_details(_Book(self), camera, seats, lambda person: frozenset())  # type: ignore[arg-type]
        mine = [each for each in self.references if each["reference"].startswith(camera)]
        steps = [
            {"entry": 900 + number, "at_ns": each["taken_ns"], "version": each["version"], "event": "taken",
             "reference": each["reference"], "by": each["taken_by"]}
            for number, each in enumerate(mine)
        ]  # fmt: skip
        more = {"references": list(reversed(mine)), "reference_steps": steps, "notes": self.notes.get(camera, [])}
        clock = {"clock_off_ns": self.clock_off_ns, "clock_steps": self.clock_steps.get(camera, [])}
        return Reply(msgspec.to_builtins(told) | more | clock | {"moved_to": self.moved.get(camera, "")})

    def _cameras_set_clock(self, session: str, act: str, camera: str, version: int, **_who: Any) -> Reply:
        """It was five minutes slow."""
        by = self._seats(session)[0]["display"]
        self.fleet.get(camera, version)
        steps = self.clock_steps.setdefault(camera, [])
        for event, more in (("ordered", {}), ("set", {"after_ms": 456})):
            steps.insert(0, {"entry": 950 + len(steps), "at_ns": self.now_ns, "version": version, "event": event,
                             "before_ms": -300_200, "by": by, **more})  # fmt: skip
        return Reply(steps[0])

    def _held(self) -> str:
        name = f"{len(self.pictures):032x}"
        self.pictures.add(name)
        return name

    def _picture_get(self, session: str, picture: str) -> Reply:
        self._seats(session)
        if picture not in self.pictures:
            raise NotFound("picture: it is not there any more; take another one")
        return Reply({"camera": "1-01"}, b"\xff\xd8 a picture")

    def _picture_inspection(self, session: str, act: str, **_who: Any) -> Reply:
        self._seats(session)
        well = {"picture": self._held(), "at_ns": self.now_ns, "light": "day", "level_db": -31.4, "peak_db": -9.6}
        return Reply({"pictures": [{"camera": "1-01", **well}, {"camera": "1-02", "why": "no route to it"}]})

    def _picture_preview(self, session: str, act: str, camera: str, version: int, **_who: Any) -> Reply:
        self._seats(session)
        told = {
            "camera": camera,
            "version": version,
            "at_ns": self.now_ns,
            "light": "night",
            "notes": self.preview_notes,
        }
        return Reply({"picture": self._held(), **told})

    def _reference_take(self, session: str, act: str, camera: str, version: int, **_who: Any) -> Reply:
        taker = self._seats(session)[0]
        made = {
            "reference": f"{camera}-R{len(self.references) + 1}", "version": version, "light": "day",
            "sha256": "ab" * 32, "taken_ns": self.now_ns, "taken_by": taker["display"], "taker": taker["person"],
            "confirmed_ns": 0, "confirmed_by": "", "ended_ns": 0, "ended": "", "ended_by": "", "words": "",
            "lookers": [],
        }  # fmt: skip
        self.references.append(made)
        return Reply(made)

    def _reference_confirm(self, session: str, act: str, password: str, reference: str, words: str) -> Reply:
        here = next(each for each in self._seats(session) if "unit_head" in each["roles"])
        (found,) = (each for each in self.references if each["reference"] == reference)
        found |= {"confirmed_ns": self.now_ns, "confirmed_by": here["display"], "words": words}
        return Reply(found)

    def _reference_refuse(self, session: str, act: str, password: str, reference: str, words: str) -> Reply:
        here = next(each for each in self._seats(session) if "unit_head" in each["roles"])
        (found,) = (each for each in self.references if each["reference"] == reference)
        why = "withdrawn" if found["confirmed_ns"] else "refused"
        found |= {"ended_ns": self.now_ns, "ended": why, "ended_by": here["display"], "words": words}
        return Reply(found)

    def _reference_show(self, session: str, act: str, seat: int, reference: str, **_who: Any) -> Reply:
        here = self._seats(session)[seat - 1]
        (found,) = (each for each in self.references if each["reference"] == reference)
        found["lookers"] = sorted({*found["lookers"], here["person"]})
        return Reply({"picture": self._held(), **found})

    def _camera_act(
        self,
        session: str,
        act: str,
        seat: int,
        password: str,
        camera: str,
        version: int,
        event: str,
        facts: dict[str, Any],
    ) -> Reply:
        here = next(each for each in self._seats(session) if each["seat"] == seat)
        meant = self.fleet.get(camera, version) if version else self.fleet.next_of(camera)
        beside = len(self._seats(session)) > 1
        actor = Actor(here["person"], tuple(here["roles"]), proved=bool(password), beside=beside)
        typed = msgspec.convert(facts, CameraTyped)
        if not typed.wiring.source:
            typed = msgspec.structs.replace(typed, wiring=meant.wiring)
        sight = self.sight(meant, actor, typed)
        row = judge(sight, msgspec.convert(event, Event))
        if isinstance(row, Refusal):
            raise NotAllowed(f"camera {camera}: {row}", row._asdict())
        self.fleet = performed(self.fleet, sight, row)
        done = self.fleet.get(camera, meant.version)
        fields = {"camera": camera, "version": done.version, "row": row.id, "event": event, "state": done.state}
        entry = Entry(500 + len(self.acts), self.now_ns, "camera.changed", fields, b"")
        self.acts.append((entry, {"display": here["display"], "typed": facts}))
        return Reply({"camera": camera, "version": done.version, "state": done.state, "row": row.id})

    def _public(self) -> Any:
        return list_of(self.fleet.in_force(), "行政庶務課", "02-2306-1234")

    def _publication(self, session: str) -> Reply:
        current, today = self._public(), day_of(self.now_ns)
        posted = self.postings[0]["digest"] if self.postings and not self.board_broken else ""
        confirmed = next((each["digest"] for each in self.postings if each["confirmed_ns"]), "")
        board = board_of(current, posted, "" if self.board_broken else confirmed, today - timedelta(days=1))
        told = {
            "list": current,
            "digest": current.digest,
            "count": current.count,
            "as_of": today,
            "board": {"state": board.state, "red": board.red, "due": board.due, "late": board.is_late(today)},
            "postings": self.postings,
            "duties": [duty._asdict() for duty in duties_of(self.fleet.all(), today)],
        }
        return Reply(dict(msgspec.to_builtins(told)))

    def _publication_file(self, session: str, format: str) -> Reply:
        current, today = self._public(), day_of(self.now_ns)
        data = {
            "html": lambda: html_of(current, today, "戶政事務所"),
            "csv": lambda: csv_of(current, today),
            "ods": lambda: ods_of(current, today),
        }[format]()
        return Reply({"name": f"cameras.{format}", "digest": current.digest}, data)

    def _publication_post(self, session: str, act: str, seat: int, url: str, **_who: Any) -> Reply:
        shown = read_page(self.bodies[-1])
        here = next(each for each in self._seats(session) if each["seat"] == seat)
        posting = {
            "entry": 60 + len(self.postings), "digest": shown.digest, "cameras": shown.count, "page": "ab" * 32,
            "at_ns": self.now_ns, "by": here["person"], "url": url, "display": here["display"], "confirmed_ns": 0,
            "confirmed_by": "",
        }  # fmt: skip
        self.postings.insert(0, posting)
        return Reply({"entry": posting["entry"], "digest": shown.digest})

    def _publication_confirm(self, session: str, act: str, seat: int, password: str, entry: int) -> Reply:
        here = next(each for each in self._seats(session) if each["seat"] == seat)
        self.postings[0] |= {"confirmed_ns": self.now_ns, "confirmed_by": here["display"]}
        return Reply({"entry": entry, "red": False})

    def _publication_check(self, session: str, act: str, seat: int, **_who: Any) -> Reply:
        found = differences(self._public(), read_page(self.bodies[-1]))
        self.board_broken = bool(found)
        return Reply({"differences": [list(each) for each in found], "red": bool(found)})


class _Seat(msgspec.Struct):
    seat: int
    person: str
    display: str
    roles: list[str]
