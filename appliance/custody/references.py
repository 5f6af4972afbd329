"""Reference pictures: how each camera's view looked when two people said that this is what was approved (``T-65``).

Rebuilt at start from the ledger and the sealed records. A picture lies in one small file under a key of its own, which
stands in the sealed record of its entry and nowhere else, and so under the box key: with that record it is gone. An
officer takes it, somebody else confirms it; only then the self-tests judge against it. One of each light counts for a
version; what it replaces, what nobody confirms and what belongs to no version that stands is destroyed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.clock import Clock
from appliance.custody.login import Seat
from appliance.errors import Damaged, NotFound, NotWritable, Refused
from appliance.files import Fs, write_atomic
from appliance.ledger.entry import Entry
from appliance.ledger.kinds import RECORD_ERASED
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.model import to_wire
from appliance.rules.cameras.fleet import Fleet
from appliance.rules.cameras.states import ENDS, State
from appliance.rules.cameras.version import CameraVersion

__all__ = ["CONFIRMERS", "TAKERS", "Reference", "ReferenceBook"]

TAKERS = frozenset({"officer", "manager"})
CONFIRMERS = frozenset({"unit_head"})

_TAKEN, _CONFIRMED = "reference.taken", "reference.confirmed"
_KINDS = (_TAKEN, _CONFIRMED, RECORD_ERASED)
_MAGIC, _SUFFIX = b"ORREF001", ".picture"
_KEY_BYTES, _NONCE_BYTES = 32, 12
_DAY_NS = 86_400 * 1_000_000_000
_UNCONFIRMED_NS = 14 * _DAY_NS
_LONGEST_NS = 364 * _DAY_NS
"""A picture of the view may show people, so it has the ceiling of footage (``INV-02``)."""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """One picture. ``number`` is the camera's and a count, ``light`` day or night, ``sha256`` of the JPEG. ``ended``:
    why it was destroyed, "" while it is there; times are 0 until they are. Names are "" where the record is gone.
    ``identity``: what the device told of itself when it was taken (``T-66``)."""

    number: str
    camera_no: str
    version: int
    light: str
    sha256: str
    file_id: str
    index: int
    taken_ns: int
    taken_by: str = ""
    taken_display: str = ""
    identity: dict[str, str] = {}
    confirmed_ns: int = 0
    confirmed_display: str = ""
    ended_ns: int = 0
    ended: str = ""

    @property
    def in_use(self) -> bool:
        return bool(self.confirmed_ns and not self.ended_ns)


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
        self.damaged: set[str] = set()
        for entry in ledger.acts(*_KINDS):
            self._take(entry)
        try:
            fs.make_dir(folder)
            fs.sync_dir(os.path.dirname(folder))
            self._settle()
        except OSError as error:
            raise NotWritable(f"{folder}: cannot be opened ({error.strerror})") from error

    # --- asking ---

    def get(self, number: str) -> Reference:
        """Raises NotFound."""
        with self._lock:
            found = self._all.get(number)
        if found is None:
            raise NotFound(f"reference picture {number[:20]}: there is none; open the camera's page again")
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
        since_ns = version.drifts[-1].start_ns if version.state is State.DRIFT and version.drifts else 0
        return any(
            each.version == version.version and each.sha256 == sha256 and each.taken_ns >= since_ns
            for each in self.of(version.camera_no)
            if not each.ended_ns
        )

    def identity(self, version: CameraVersion, sha256: str) -> dict[str, str]:
        """What the device told when this picture of the version was taken; nothing for another."""
        mine = (each for each in self.of(version.camera_no) if each.version == version.version)
        return next((dict(each.identity) for each in mine if each.sha256 == sha256 and not each.ended_ns), {})

    def open(self, number: str) -> bytes:
        """The JPEG. Raises NotFound for one that was destroyed, Damaged for one that does not open."""
        found = self.get(number)
        sealed = self._acts.sealed(found.index)
        if found.ended_ns or sealed is None:
            raise NotFound(f"reference picture {number}: it was destroyed ({found.ended}); its entry stays")
        aad = _MAGIC + found.file_id.encode()
        try:
            data = self._fs.read(self._path(found.file_id)).removeprefix(_MAGIC)
            key = bytes.fromhex(str(sealed["key"]))
            return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], aad)
        except (OSError, InvalidTag, ValueError, KeyError) as error:
            self.damaged.add(number)
            raise Damaged(f"reference picture {number}: its file does not open; take another one") from error

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
            repeated = self._acts.repeated(act_id, _TAKEN, clear, {"by": by.person})
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
            return self._take(self._acts.perform(act_id, _TAKEN, clear, private).entry)

    def confirm(self, act_id: str, person: str, display: str, number: str) -> Reference:
        """Somebody else than who took it says that this is the view. What it replaces is destroyed. Raises NotFound,
        Refused, NotWritable, UsageError."""
        with self._lock:
            if self._acts.repeated(act_id, _CONFIRMED, {"reference": number}):
                return self.get(number)
            found = self.get(number)
            if found.ended_ns or found.confirmed_ns:
                raise Refused(f"reference picture {number}: it is confirmed or destroyed already; open the page again")
            if person == found.taken_by or not found.taken_by:
                raise Refused(f"reference picture {number}: whoever took it does not confirm it; let another person")
            private = {"by": person, "display": display}
            found = self._take(self._acts.perform(act_id, _CONFIRMED, {"reference": number}, private).entry)
            self._end_replaced(found)
            return found

    def settle(self, fleet: Fleet, name_of: Callable[[str], str], *, trusted: bool) -> None:
        """What follows without anybody: pictures that the second signature of a version's own act confirmed count, and
        what is over is destroyed. ``name_of`` tells how an account is called. Raises NotWritable."""
        with self._lock:
            for version in fleet.in_force():
                self._confirm_signed(version, name_of)
            now_ns = self._clock.wall_ns()
            standing = {each.key: each for each in fleet.all() if each.state not in ENDS}
            for each in list(self._all.values()):
                why = _why_over(each, standing.get(f"{each.camera_no}/{each.version}"), now_ns, trusted=trusted)
                if not each.ended_ns and why:
                    self._end(each, why)

    def _confirm_signed(self, version: CameraVersion, name_of: Callable[[str], str]) -> None:
        """K6 and K12 name a picture and are signed by two people: the second signature is its confirmation."""
        for each in self.of(version.camera_no):
            signed = version.picture_confirmed_by(each.sha256, each.taken_ns)
            waits = each.version == version.version and not each.confirmed_ns and not each.ended_ns
            if signed is not None and waits and each.taken_by not in ("", signed.account):
                act_id = hashlib.sha256(f"reference {each.number} by {signed.cell}".encode()).hexdigest()
                self.confirm(act_id, signed.account, name_of(signed.account), each.number)

    # --- inside ---

    def _end_replaced(self, found: Reference) -> None:
        for each in self.of(found.camera_no):
            same = (each.version, each.light) == (found.version, found.light)
            if same and each.in_use and each.number != found.number:
                self._end(each, "replaced")

    def _end(self, found: Reference, why: str) -> None:
        """Destroys it: its key goes with its sealed record, then the file. The entry stays, another says why."""
        clear = {"reference": found.number, "why": why}
        private = {"by": found.taken_by, "display": found.taken_display}
        self._take(self._acts.erase(self._random(16).hex(), found.index, clear, private).entry)
        with contextlib.suppress(OSError):  # without its key it is noise, and the next start removes it
            self._fs.unlink(self._path(found.file_id))
            self._fs.sync_dir(self._folder)

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
        self._all[number] = _after(entry, self._sealed(entry), self._all.get(number))
        return self._all[number]

    def _sealed(self, entry: Entry) -> Mapping[str, Any]:
        try:
            return self._acts.sealed_of(entry) or {}
        except Damaged:
            self.damaged.add(str(entry.fields["reference"]))
            return {}


def _after(entry: Entry, sealed: Mapping[str, Any], before: Reference | None) -> Reference:
    fields = entry.fields
    if before is None:
        return Reference(
            number=str(fields["reference"]),
            camera_no=str(fields["camera"]),
            version=int(fields["version"]),
            light=str(fields["light"]),
            sha256=str(fields["sha256"]),
            file_id=str(fields["file"]),
            index=entry.index,
            taken_ns=entry.at_ns,
            taken_by=str(sealed.get("by", "")),
            taken_display=str(sealed.get("display", "")),
            identity={str(name): str(text) for name, text in sealed.get("identity", {}).items()},
        )
    if entry.kind == _CONFIRMED:
        display = str(sealed.get("display", ""))
        return msgspec.structs.replace(before, confirmed_ns=entry.at_ns, confirmed_display=display)
    return msgspec.structs.replace(
        before,
        ended_ns=entry.at_ns,
        ended=str(fields.get("why", "")),
        taken_by=str(sealed.get("by", "")),
        taken_display=str(sealed.get("display", "")),
        identity={},
    )


def _why_over(each: Reference, version: CameraVersion | None, now_ns: int, *, trusted: bool) -> str:
    """Why a picture is to be destroyed: its version is over, it is as old as footage may be, nobody confirmed it."""
    if version is None:
        return "version"
    if not trusted:
        return ""
    if now_ns - each.taken_ns > _LONGEST_NS:
        return "age"
    named = version.acceptance.picture == each.sha256
    return "unconfirmed" if not each.confirmed_ns and not named and now_ns - each.taken_ns > _UNCONFIRMED_NS else ""
