"""Reference pictures: how each camera's view looked when two people said that this is what was approved (``T-65``).

Rebuilt at start from the ledger and the sealed records. A picture lies in one small file under a key of its own, which
stands in the sealed record of its entry and nowhere else, and so under the box key: with that record it is gone. An
officer takes it, somebody else who had it open confirms it; only then the self-tests judge against it. One of each
light counts for a version; what it replaces, what people refuse or withdraw, what nobody confirms and what belongs to
no version that stands is destroyed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotAllowed, NotFound, NotWritable, Refused
from appliance.core.messages import coded
from appliance.core.model import to_wire
from appliance.ledger.entry import Entry
from appliance.ledger.kinds import RECORD_ERASED
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cameras.fleet import Fleet
from appliance.rules.cameras.states import ENDS, State
from appliance.rules.cameras.version import CameraVersion
from appliance.services.cameras.reference import CONFIRMED, RELEASED, TAKEN, Reference, Step, after, step_of, why_over
from appliance.services.people.login import Seat
from appliance.storage.files import Fs, write_atomic

__all__ = ["CONFIRMERS", "TAKERS", "ReferenceBook"]

TAKERS = frozenset({"officer", "manager"})
CONFIRMERS = frozenset({"unit_head"})

_KINDS = (TAKEN, CONFIRMED, RELEASED, RECORD_ERASED)
_REFUSED, _WITHDRAWN = "refused", "withdrawn"
_MAGIC, _SUFFIX = b"ORREF001", ".picture"
_KEY_BYTES, _NONCE_BYTES = 32, 12


class ReferenceBook:
    """Thread-safe. ``folder`` is its own. ``damaged``: numbers whose file or record does not open."""

    def __init__(
        self, acts: Acts, ledger: Ledger, fs: Fs, folder: str, clock: Clock, *, random: Callable[[int], bytes]
    ) -> None:
        """Raises NotWritable."""
        self._acts, self._ledger, self._fs, self._folder = acts, ledger, fs, folder
        self._clock, self._random = clock, random
        self._lock = threading.RLock()
        self._all: dict[str, Reference] = {}
        self._entries: dict[str, list[int]] = {}
        self.damaged: set[str] = set()
        for entry in ledger.acts(*_KINDS):
            self._take(entry)
        try:
            fs.make_dir(folder)
            fs.sync_dir(os.path.dirname(folder))
            self._settle()
        except OSError as error:
            raise NotWritable.of("folder-closed", folder=folder, why=error.strerror) from error

    # --- asking ---

    def get(self, number: str) -> Reference:
        """Raises NotFound."""
        with self._lock:
            found = self._all.get(number)
        if found is None:
            raise NotFound.of("reference-none", number=number[:20])
        return found

    def of(self, camera_no: str) -> list[Reference]:
        """A camera's, newest first, destroyed ones too."""
        with self._lock:
            return [each for each in reversed(self._all.values()) if each.camera_no == camera_no]

    def in_use(self, version: CameraVersion) -> list[Reference]:
        """What the self-tests judge a version against: one of each light at most."""
        return [each for each in self.of(version.camera_no) if each.version == version.version and each.in_use]

    def known(self, version: CameraVersion, sha256: str) -> bool:
        """Whether this is a picture of the version that is there; of one that drifted, taken since."""
        return self._named(version, sha256) is not None

    def seen(self, version: CameraVersion, sha256: str, person: str) -> bool:
        """Whether ``person`` had this picture of the version open."""
        found = self._named(version, sha256)
        return found is not None and self.looked_at(found.number, person)

    def looked_at(self, number: str, person: str) -> bool:
        """Whether ``person`` had it open since it was taken."""
        return person in self.lookers(number)

    def lookers(self, number: str) -> set[str]:
        """The accounts that had it open, each by a look that was entered before (``INV-04``)."""
        looks = (entry for entry in self._entries_of(number) if entry.kind == RELEASED)
        return {str(by) for entry in looks if (by := self._sealed(entry).get("by"))}

    def history(self, camera_no: str) -> list[Step]:
        """What happened to the reference pictures of a camera, newest first."""
        steps = [
            step_of(entry, each, self._sealed(entry))
            for each in self.of(camera_no)
            for entry in self._entries_of(each.number)
        ]
        return sorted(steps, key=lambda step: -step.entry.index)

    def _named(self, version: CameraVersion, sha256: str) -> Reference | None:
        since_ns = version.drifts[-1].start_ns if version.state is State.DRIFT and version.drifts else 0
        mine = (each for each in self.of(version.camera_no) if each.version == version.version and not each.ended_ns)
        return next((each for each in mine if each.sha256 == sha256 and each.taken_ns >= since_ns), None)

    def _entries_of(self, number: str) -> list[Entry]:
        with self._lock:
            indices = list(self._entries.get(number, ()))
        return [self._ledger.entry(index) for index in indices]

    def identity(self, version: CameraVersion, sha256: str) -> dict[str, str]:
        """What the device told when this picture of the version was taken; nothing for another."""
        mine = (each for each in self.of(version.camera_no) if each.version == version.version)
        return next((dict(each.identity) for each in mine if each.sha256 == sha256 and not each.ended_ns), {})

    def open(self, number: str) -> bytes:
        """The JPEG. Raises NotFound for one that was destroyed, Damaged for one that does not open."""
        found = self.get(number)
        sealed = self._acts.sealed(found.index)
        if found.ended_ns or sealed is None:
            raise NotFound.of("reference-destroyed", number=number, ended=found.ended)
        aad = _MAGIC + found.file_id.encode()
        try:
            data = self._fs.read(self._path(found.file_id)).removeprefix(_MAGIC)
            key = bytes.fromhex(str(sealed["key"]))
            return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], aad)
        except (OSError, InvalidTag, ValueError, KeyError) as error:
            self.damaged.add(number)
            raise Damaged.of("reference-damaged", number=number) from error

    def digests(self, fleet: Fleet) -> dict[str, str]:
        """Of each camera in force that has some in use, what tells one set of them from another."""
        found = {version.camera_no: self.in_use(version) for version in fleet.in_force()}
        return {
            camera_no: hashlib.sha256(to_wire(sorted(each.sha256 for each in there))).hexdigest()
            for camera_no, there in found.items()
            if there
        }

    # --- acting ---

    def take(
        self,
        act_id: str,
        by: Seat,
        version: CameraVersion,
        light: str,
        jpeg: bytes,
        identity: Mapping[str, str] = MappingProxyType({}),
    ) -> Reference:
        """Seals a picture that was just taken. Durable on return; a repeat of the act gives the first one. Raises
        NotWritable, UsageError."""
        with self._lock:
            clear: dict[str, Any] = {"camera": version.camera_no, "version": version.version}
            repeated = self._acts.repeated(act_id, TAKEN, clear, {"by": by.person})
            if repeated is not None:
                return self.get(str(repeated.fields["reference"]))
            file_id, key, nonce = self._random(16).hex(), self._random(_KEY_BYTES), self._random(_NONCE_BYTES)
            sealed = AESGCM(key).encrypt(nonce, jpeg, _MAGIC + file_id.encode())
            write_atomic(self._fs, self._path(file_id), _MAGIC + nonce + sealed)
            clear |= {
                "reference": self._next_number(version.camera_no),
                "light": light,
                "sha256": hashlib.sha256(jpeg).hexdigest(),
                "bytes": len(jpeg),
                "file": file_id,
            }
            private = {"by": by.person, "display": by.display, "key": key.hex(), "identity": dict(identity)}
            return self._take(self._acts.perform(act_id, TAKEN, clear, private).entry)

    def look(self, entry: Entry) -> bytes:
        """The JPEG of the picture that ``entry``, a look that is durable, names. Raises as :meth:`open`."""
        with self._lock:
            number = self._take(entry).number
        return self.open(number)

    def confirm(self, act_id: str, person: str, display: str, number: str, words: str = "") -> Reference:
        """Somebody else than who took it, who had it open since, says that this is the view. What it replaces is
        destroyed, and ``words`` say why. Raises NotFound, Refused, NotAllowed with what is missing, Damaged for one
        that does not open, NotWritable, UsageError."""
        with self._lock:
            if self._acts.repeated(act_id, CONFIRMED, {"reference": number}):
                return self.get(number)
            found = self.get(number)
            if found.ended_ns or found.confirmed_ns:
                raise Refused.of("reference-done", number=number)
            if person == found.taken_by or not found.taken_by:
                raise Refused.of("reference-own", number=number)
            lacks = [] if self.looked_at(number, person) else ["picture_unseen"]
            lacks += ["replaces_why"] if self._replaced(found) and not words.strip() else []
            if lacks:
                raise NotAllowed(
                    coded("reference-unseen", number=number),
                    {"why": "guard", "missing": lacks},
                )
            self.open(number)
            return self._count(act_id, found, {"by": person, "display": display, "words": words.strip()})

    def refuse(self, act_id: str, by: Seat, number: str, words: str) -> Reference:
        """Whoever confirms them refuses one that waits, or withdraws one that counts: it is destroyed, and the
        self-tests judge without it. Raises NotFound, Refused, NotAllowed, NotWritable, UsageError."""
        with self._lock:
            return self._end_by(act_id, by, number, words, _WITHDRAWN if self.get(number).confirmed_ns else _REFUSED)

    def withdraw(self, act_id: str, by: Seat, number: str, words: str) -> Reference:
        """Whoever takes them withdraws one that nobody confirmed. Raises as :meth:`refuse`."""
        with self._lock:
            if self.get(number).confirmed_ns:
                raise Refused.of("reference-confirmed", number=number)
            return self._end_by(act_id, by, number, words, _WITHDRAWN)

    def _end_by(self, act_id: str, by: Seat, number: str, words: str, why: str) -> Reference:
        if self._acts.repeated(act_id, RECORD_ERASED, {"reference": number}, {"ended_by": by.person}):
            return self.get(number)
        found = self.get(number)
        if found.ended_ns:
            raise Refused.of("scan-destroyed-2", number=number)
        if not words.strip():
            raise NotAllowed(coded("reference-why", number=number), {"why": "guard", "missing": ["note"]})
        private = {"ended_by": by.person, "ended_display": by.display, "words": words.strip()}
        return self._end(found, why, act_id, private)

    def settle(self, fleet: Fleet, name_of: Callable[[str], str], *, trusted: bool) -> None:
        """What follows without anybody: pictures that the second signature of a version's own act confirmed count, and
        what is over is destroyed. ``name_of`` tells how an account is called. Raises NotWritable."""
        with self._lock:
            for version in fleet.in_force():
                self._confirm_signed(version, name_of)
            now_ns = self._clock.wall_ns()
            standing = {each.key: each for each in fleet.all() if each.state not in ENDS}
            for each in list(self._all.values()):
                why = why_over(each, standing.get(f"{each.camera_no}/{each.version}"), now_ns, trusted=trusted)
                if not each.ended_ns and why:
                    self._end(each, why)

    def _confirm_signed(self, version: CameraVersion, name_of: Callable[[str], str]) -> None:
        """K6 and K12 name a picture and are signed by two people: the second signature is its confirmation."""
        for each in self.of(version.camera_no):
            signed = version.picture_confirmed_by(each.sha256, each.taken_ns)
            waits = each.version == version.version and not each.confirmed_ns and not each.ended_ns
            if signed is not None and waits and each.taken_by not in ("", signed.account):
                act_id = hashlib.sha256(f"reference {each.number} by {signed.cell}".encode()).hexdigest()
                self._count(act_id, each, {"by": signed.account, "display": name_of(signed.account)})

    # --- inside ---

    def _count(self, act_id: str, found: Reference, private: Mapping[str, str]) -> Reference:
        """It counts from here on, and what it replaces is destroyed."""
        entry = self._acts.perform(act_id, CONFIRMED, {"reference": found.number}, private).entry
        counts: Reference = self._take(entry)
        for each in self._replaced(found):
            self._end(each, "replaced")
        return counts

    def _replaced(self, found: Reference) -> list[Reference]:
        """What counts for the version in the same light."""
        same = (found.version, found.light)
        mine = (each for each in self.of(found.camera_no) if (each.version, each.light) == same)
        return [each for each in mine if each.in_use and each.number != found.number]

    def _end(
        self, found: Reference, why: str, act_id: str = "", by: Mapping[str, str] = MappingProxyType({})
    ) -> Reference:
        """Destroys it: its key goes with its sealed record, then the file. The entry stays, another says why."""
        clear = {"reference": found.number, "why": why}
        private = {"by": found.taken_by, "display": found.taken_display, **by}
        erased = self._acts.erase(act_id or self._random(16).hex(), found.index, clear, private)
        ended: Reference = self._take(erased.entry)
        with contextlib.suppress(OSError):  # without its key it is noise, and the next start removes it
            self._fs.unlink(self._path(found.file_id))
            self._fs.sync_dir(self._folder)
        return ended

    def _next_number(self, camera_no: str) -> str:
        return f"{camera_no}-R{1 + sum(each.camera_no == camera_no for each in self._all.values())}"

    def _path(self, file_id: str) -> str:
        return os.path.join(self._folder, file_id + _SUFFIX)

    def _settle(self) -> None:
        """Removes what no entry names, an interruption's, and what was destroyed."""
        there = {each.file_id + _SUFFIX for each in self._all.values() if not each.ended_ns}
        for name in self._fs.list_dir(self._folder):
            if name not in there:
                self._fs.unlink(os.path.join(self._folder, name))

    def _take(self, entry: Entry) -> Reference | Any:
        if "reference" not in entry.fields:
            return None
        number = str(entry.fields["reference"])
        self._entries.setdefault(number, []).append(entry.index)
        if entry.kind != RELEASED:
            self._all[number] = after(entry, self._sealed(entry), self._all.get(number))
        return self._all[number]

    def _sealed(self, entry: Entry) -> Mapping[str, Any]:
        try:
            return self._acts.sealed_of(entry) or {}
        except Damaged:
            self.damaged.add(str(entry.fields["reference"]))
            return {}
