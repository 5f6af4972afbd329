"""The office that is attacked: real processes, two people logged in, one of everything that a route can name."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import quote

from appliance.core.clock import SLOT_NS, SystemClock, local_time, slot_start_ns
from appliance.core.errors import NotLoggedIn, Unavailable
from appliance.installation.setup import NewPerson
from appliance.web.site.routes import Route
from tests.attack.client import Attacker
from tests.attack.tally import Tally
from tests.box import OFFICER, UNIT_HEAD, Box, until
from tests.caselife import CaseLife, life_of
from tests.rules.packcases import successor
from tests.scanfiles import png
from tests.stationkeys import StationKey

__all__ = ["OTHER", "AttackedBox", "AttackedOffice", "act_id"]

OTHER = NewPerson("other", "林旁人", ("manager",), "other-correct-horse-battery")
"""A third account, which logs in where somebody else's session is meant."""


class AttackedBox(Box):
    people = (OFFICER, UNIT_HEAD, OTHER)


def act_id() -> str:
    return os.urandom(16).hex()


class AttackedOffice:
    """``attacker`` gives clients; ``path`` is the address of a route with things in it that are there."""

    def __init__(self, box: Box, tally: Tally) -> None:
        self.box, self.tally = box, tally
        self._session = self._maker = ""

    @property
    def session(self) -> str:
        """The token of the two founders, who are logged in anew when their session was ended."""
        self._session = self._living(self._session)
        return self._session

    @property
    def maker(self) -> str:
        """Another, for what routes name: attacks type so many wrong passwords that theirs must wait."""
        self._maker = self._living(self._maker)
        return self._maker

    def _living(self, token: str) -> str:
        try:
            self.box.call("session", session=token)
        except NotLoggedIn:
            return self.box.both_logged_in()
        return token

    def attacker(self, session: str | None = None) -> Attacker:
        """As the two people who are logged in, or as whoever ``session`` is; "" is nobody."""
        authority = os.path.join(self.box.settings.layout.web, "ca.crt")
        return Attacker(self.box.port, authority, self.tally, self.session if session is None else session)

    def log_in(self, person: NewPerson = OTHER) -> str:
        """The token of a new session of one person."""
        return str(self.box.call("login", name=person.name, password=person.password, totp="")["session"])

    @property
    def entries(self) -> int:
        """How many the ledger has now."""
        return int(self.box.call("ledger.head")["size"])

    def kinds_since(self, size: int) -> list[str]:
        session, kinds = self.session, []
        for start in range(size, self.entries, 200):
            told = self.box.call("ledger.list", session=session, start=start, count=min(200, self.entries - start))
            kinds += [str(entry["kind"]) for entry in told["entries"]]
        return kinds

    # --- what routes name ---

    @cached_property
    def life(self) -> CaseLife:
        return life_of(self.box, self.maker)

    @cached_property
    def span(self) -> tuple[int, int]:
        """Two minutes of the slot before the last."""
        start_ns = slot_start_ns(SystemClock().wall_ns()) - 2 * SLOT_NS
        return start_ns, start_ns + 120 * 10**9

    @cached_property
    def case(self) -> str:
        return self.life.receive(["01"], *self.span)

    @cached_property
    def hold(self) -> str:
        start_ns, end_ns = self.span
        told = self.box.call(
            "hold.set", session=self.maker, act=act_id(), seat=1, password=OFFICER.password,
            ground="event", agency="", statute="", document="",
            cameras=["01"], start_ns=start_ns, end_ns=end_ns, reason="櫃檯推擠受傷",
        )  # fmt: skip
        return str(told["hold"])

    @cached_property
    def medium(self) -> str:
        """A line of the register of media."""
        typed = {"medium_kind": "disk", "make": "S", "serial": act_id(), "holds": "nothing", "encrypted": "no",
                 "place": "機房"}  # fmt: skip
        told = self.box.call("register.act", session=self.maker, act=act_id(), seat=1, register="media", item="",
                             password=OFFICER.password, event="enter", typed=typed)  # fmt: skip
        return str(told["item"])

    @cached_property
    def scan(self) -> str:
        return self.take_in(png())

    def take_in(self, data: bytes, name: str = "scan.png") -> str:
        """A scan of the case, by the keeper's verbs."""
        client, of = self.box.client(), f"case/{self.case}"
        try:
            upload = client.call(
                "scan.begin", session=self.maker, of=of, kind="form", name=name, password=OFFICER.password
            ).head["upload"]
            client.call("scan.more", data, session=self.maker, upload=upload)
            done = client.call("scan.put", within_seconds=120, session=self.maker, upload=upload, act=act_id())
            return str(done.head["scan"])
        finally:
            client.close()

    @cached_property
    def proposal(self) -> str:
        """A version that waits to be approved."""
        client = self.box.client()
        try:
            body = successor("125-01-01", "2036-01-01")
            act = act_id()

            def proposed() -> str:
                """ "" while the keeper still makes whoever typed wrong passwords for this name wait."""
                with contextlib.suppress(Unavailable):
                    told = client.call("pack.propose", body, session=self.maker, act=act, seat=1,
                                       password=OFFICER.password)  # fmt: skip
                    return str(told.head["sha256"])
                return ""

            return until(proposed, what="a version to approve")
        finally:
            client.close()

    @cached_property
    def station(self) -> str:
        """The number of a viewing station in use."""
        made, both = StationKey(), {"1": OFFICER.password, "2": UNIT_HEAD.password}
        told = self.box.call("stations.enrol", session=self.maker, act=act_id(), passwords=both,
                             request=made.request, key=made.key, place="一樓閱覽室")  # fmt: skip
        return str(told["number"])

    def names(self, route: Route) -> Mapping[str, str]:
        """What fills the placeholders of a route."""
        path = route.path
        if path.startswith("/cases/new"):
            return {"form": "citizen"}
        if path.startswith("/statistics/"):
            return {"year": f"{local_time(SystemClock().wall_ns()).year}", "kind": "odt"}
        if path.startswith("/pictures/"):
            return {"picture": "0" * 32}
        if path.startswith("/register/"):
            return {"register": "media", "item": self.medium, "kind": "odt"}
        if path.startswith("/papers"):
            return {"form": "annex-3", "kind": "odt"}
        if path.startswith("/rules/packs"):
            return {"name": self.proposal if "approve" in path else "113-09-27-2"}
        if path.startswith("/stations"):
            return {"number": self.station if "{number}" in path else ""}
        if path.startswith("/people"):
            return {"name": OTHER.name, "act": "move", "kind": "odt"}
        if path.startswith("/cameras"):
            return {"camera": "01", "version": "1", "paper": "memo", "deed": "post", "kind": "csv"}
        if path.startswith("/scans"):
            return {"subject": "case", "number": self.case}
        if path.startswith("/scan/"):
            return {"scan": self.scan, "page": "1"}
        if path.endswith("/file"):
            return {"case": "115-9999", "month": "2026-11"}  # every paper of a case that there is would be printed
        return {
            "case": self.case if "{case}" in path else "", "paper": "annex-2", "kind": "odt", "month": "2026-11",
            "hold": self.hold if "{hold}" in path else "", "camera": "01", "grant": "0" * 32, "view": "0" * 32,
            "number": "1", "day": "2020-01-01",
            "done": "0", "bucket": "0" * 32, "rule": "policy", "ticket": "M115-0001",
        }  # fmt: skip

    def path(self, route: Route) -> str:
        names = {name: quote(value, safe="") for name, value in self.names(route).items()}
        query = "?camera=01&start_ns=1&seconds=1&at_ns=1" if route.answers == "media" else ""
        return route.path.format_map(_Missing(names)) + query


class _Missing(dict[str, str]):
    def __missing__(self, key: str) -> str:
        raise AssertionError(f"tests/attack/office.py: no value for {{{key}}} of a route")
