"""An office in which an agency views: that of :mod:`tests.services.viewing`, with the store and the maker of copies."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from appliance.core.errors import NotFound
from appliance.rules.cases.copies import cause_of
from appliance.rules.cases.people import Person
from appliance.services.cases.acting import ActingUser
from appliance.services.copies.maker import CopyMaker, Making
from appliance.services.copies.sweeper import CopySweeper
from appliance.services.viewing.copies import CopyStore, ViewingCopy
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.grants import Grants
from tests.services.casetrack import NAMES
from tests.services.viewing import PASSWORD, Office

__all__ = ["COPIES", "OFFICER", "CopyOffice"]

COPIES = "/office/copies"
OFFICER = ActingUser(*NAMES[1], proved=True, roles_here=("officer", "manager", "unit_head"), beside=True)
assert isinstance(OFFICER.actor.person, Person)


class CopyOffice(Office):
    """``room``: what recording can spare of the footage disk; ``mark``: the box's, None while its file is missing."""

    room = 1 << 40
    mark: tuple[bytes, int] | None = (b"a" * 16, 1)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.life.companion = NAMES[1][1]
        self.store = self.store_anew()
        world = dataclasses.replace(
            self.cases.world,
            copy_of=lambda case: self.store.work(case),
            end_copy=lambda case, event, by, account: self.store.end(case, cause_of(event), by, account),
        )
        self.cases.world = world
        self.grants = self.grants_anew()
        self.playback = type(self.playback)(
            self.grants, self.ring, self.ledger, self.darkroom, on_damage=self.damage.append
        )
        self.searches = type(self.searches)(self.grants, self.playback, self.clock)
        self.maker = CopyMaker(
            self.store,
            self.grants,
            self.cases,
            self.ring,
            self.random,
            mark=lambda: self.marked(),
            room=lambda: self.room,
            on_damage=self.damage.append,
        )
        self.sweeper = CopySweeper(self.store, self.cases, self.clock)

    def marked(self) -> tuple[bytes, int]:
        if self.mark is None:
            raise NotFound("boot/suite: is missing")
        return self.mark

    def store_anew(self) -> CopyStore:
        """The store as a start of the keeper finds it; swept, as that does."""
        store = CopyStore(self.fs, COPIES, self.acts, self.ledger, self.clock, self.random)
        store.sweep()
        return store

    def grants_anew(self) -> Grants:
        grants = super().grants_anew()
        grants._copies = getattr(self, "store", None)
        return grants

    def booked(self, start_ns: int, end_ns: int, *cameras: str) -> str:
        return self.life.agency_booked(cameras or ("C1",), start_ns, end_ns)

    def make(self, key: str, *, act: str = "", wait: bool = True) -> Making:
        """Makes the copy of a case; ``self.token`` is its session's."""
        self.token = self.two()
        name = act or hashlib.sha256(f"make {key} {self.ledger.size}".encode()).hexdigest()[:32]
        making = self.maker.start(name, self.token, key, 1, PASSWORD, OFFICER)
        if wait:
            self.maker.wait()
        return making

    def copied(self, start_ns: int, end_ns: int, *cameras: str) -> ViewingCopy:
        """The copy of these minutes, made; its case is prepared."""
        key = self.booked(start_ns, end_ns, *cameras)
        making = self.make(key)
        assert making.error is None, making.error
        copy = self.store.of(key)
        assert copy is not None
        return copy

    def begin(self, copy: ViewingCopy) -> Grant:
        """The viewing of a copy, begun and opened."""
        self.life.begin_agency(copy.case)
        return self.grants.open(self.token, copy.case, PASSWORD)

    def files(self) -> list[str]:
        return self.store.files.names()
