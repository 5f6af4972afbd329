"""An office that gives agencies copies on sticks: that of :mod:`tests.services.copies`, with a register of media."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
from pathlib import Path
from typing import Any

from appliance.core.errors import Refused
from appliance.formats.copy_package.manifest import CopyCamera, Recorder
from appliance.formats.copy_package.signing import fingerprint
from appliance.formats.copy_package.verifiers import verifiers
from appliance.medium.client import MediumClient
from appliance.rules.registers.media import MediumState
from appliance.rules.registers.shape import Item
from appliance.services.cases.acting import ActingUser
from appliance.services.copies.agency.jobs import MediumJobs
from appliance.services.copies.agency.maker import AgencyCopyMaker
from appliance.services.copies.agency.making import AgencyMaking, CopyOrder
from appliance.services.copies.agency.media import CopyMedia
from appliance.services.copies.agency.reader import AgencyCopyReader, AgencyReading
from appliance.services.copies.agency.sources import PackagePorts
from appliance.services.copies.agency.store import AgencyCopyStore
from appliance.services.viewing.maskbook import MaskBook
from tests.medium.loops import opened, partition, sh
from tests.services.casetrack import NAMES
from tests.services.copies import OFFICER, CopyOffice
from tests.services.packages import unpack
from tests.services.viewing import PASSWORD, LocalViewer
from tests.vault.ringcases import SIGNING

__all__ = ["HEAD", "AgencyOffice", "delivered", "is_free"]

HEAD = ActingUser(*NAMES[2], proved=True, roles_here=("officer", "manager", "unit_head"), beside=True)


class AgencyOffice(CopyOffice):
    """``medium``: the socket of a service; ``register``: the media, by number."""

    def __init__(self, socket: str, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.register: dict[str, Item] = {}
        self.medium = MediumClient(socket)
        self.agency_anew()

    def agency_anew(self) -> None:
        """What is known of copies on media, as a start of the keeper finds it."""
        jobs, media = MediumJobs(), CopyMedia(lambda: self.register)
        self.masks = MaskBook(self.acts, self.ledger)
        self.agency = AgencyCopyStore(
            self.acts, self.ledger, media, pseudonym=self.cases.pseudonym, remains=lambda case: self.remains(case)
        )
        self.agency_maker = AgencyCopyMaker(
            self.agency, self.grants, self.cases, self.ring, self.ledger, self.clock, self.medium, jobs, self.random,
            self.ports(),
        )  # fmt: skip
        self.reader = AgencyCopyReader(self.agency, self.cases, self.medium, jobs)
        self.cases.world = dataclasses.replace(
            self.cases.world, gives_copies=lambda: True, handed_of=self.agency.work, masks=self.masks.of
        )

    def remains(self, case: str) -> bool:
        making = self.agency.making(case) or self.agency_maker.phrases.waits(case)
        return making or case in self.grants.cases_open()

    def ports(self) -> PackagePorts:
        (key, *_) = self.ledger.verifier_keys
        recorder = Recorder(
            appliance_id="a1" * 16,
            version="0.1.0",
            office="臺北市某區戶政事務所",
            ledger=key.split("+")[0],
            key=key,
            fingerprint=fingerprint(SIGNING.public_key()),
        )
        return PackagePorts(
            recorder=lambda: recorder,
            camera=lambda camera_no, stretches: CopyCamera(
                camera_no=camera_no, name="大門", clock_ahead_ns=None, clock_measured=None
            ),
            manifest_of=lambda bucket_id: "",
            key=SIGNING,
            beside=lambda file: verifiers(),
            masks=lambda case: self.masks.drawn(case),
            viewers=lambda: LocalViewer([]),
            on_damage=self.damage.append,
        )

    def enter_medium(self, number: str, serial: str, *, state: str = MediumState.IN_USE, holds: str = "copy") -> None:
        values = {"medium_kind": "stick", "serial": serial, "holds": holds, "encrypted": "yes"}
        self.register[number] = Item(register="media", number=number, state=state, values=values)

    def set_medium(self, number: str, state: str) -> None:
        item = self.register[number]
        self.register[number] = Item(register="media", number=number, state=state, values=item.values)

    def order(self, key: str, serial: str = "S1", *, act: str = "", who: ActingUser = OFFICER) -> CopyOrder:
        self.token = self.two()
        session = self.logins.session(self.token)
        act = act or hashlib.sha256(f"make {key} {self.ledger.size}".encode()).hexdigest()[:32]
        return CopyOrder(act, self.token, session.session_id, key, 1, PASSWORD, who, serial)

    def hand(self, key: str, serial: str = "S1") -> AgencyMaking:
        """Makes the copy of a case, to its end."""
        making = self.agency_maker.start(self.order(key, serial))
        self.agency_maker._jobs.wait()
        return making

    def read_back(self, key: str, who: ActingUser = HEAD) -> AgencyReading:
        self._acts_made += 1
        act = hashlib.sha256(f"read {key} {self._acts_made}".encode()).hexdigest()[:32]
        reading = self.reader.start(act, key, who)
        self.agency_maker._jobs.wait()
        return reading

    def kinds(self, since: int = 0) -> list[str]:
        return [entry.kind for entry in self.ledger.entries(since)]


def delivered(image: Path, passphrase: str, below: Path, *, key: str) -> Path:
    """What a reader has: the medium mounted by a driver that is not ours, its archive opened by 7-Zip. The folder of
    the package; the files beside it lie in ``beside``."""
    mounted, beside, folder = below / "mounted", below / "beside", below / "package"
    for each in (mounted, beside):
        each.mkdir(parents=True)
    with partition(image) as device:
        sh("mount.exfat-fuse", "-o", "ro", device, mounted)
        try:
            subprocess.run(["cp", "-a", *map(str, mounted.iterdir()), str(beside)], check=True)
        finally:
            sh("umount", mounted)
    unpack(beside / f"copy-{key}.zip", passphrase, folder)
    return folder


def is_free(device: str) -> bool:
    """Whether nobody holds the stick any more: a child that lost its client lets go in moments."""
    try:
        opened(device).close()
    except Refused:
        return False
    return True
