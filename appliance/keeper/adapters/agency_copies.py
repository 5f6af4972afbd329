"""Copies on media, over the keeper's parts: what of each they are made of and told."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from appliance import __version__
from appliance.core.errors import NotFound, Unavailable
from appliance.formats.copy_package.manifest import CopyCamera, Recorder, time_at
from appliance.formats.copy_package.signing import fingerprint
from appliance.formats.copy_package.verifiers import NOTE, PAGE, SCRIPT, verifiers
from appliance.keeper.context import Keeper
from appliance.keeper.tasks.damage import tell_unreadable
from appliance.medium.client import MediumClient
from appliance.papers.sheets.copy_note import CopyNote, copy_note
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.printer import Printer
from appliance.papers.sheets.templates import read_templates
from appliance.papers.sheets.words import day
from appliance.protocol.callers import server_uids
from appliance.rules.cases.views import OnMedium
from appliance.rules.packs.pack import Pack
from appliance.sandbox.client import SandboxClient
from appliance.services.cases.casefile import CaseFile
from appliance.services.copies.agency.handlers import AgencyCopies
from appliance.services.copies.agency.jobs import MediumJobs
from appliance.services.copies.agency.maker import AgencyCopyMaker
from appliance.services.copies.agency.media import CopyMedia
from appliance.services.copies.agency.reader import AgencyCopyReader
from appliance.services.copies.agency.sources import PackagePorts, archive_name
from appliance.services.copies.agency.store import AgencyCopy, AgencyCopyStore
from appliance.services.copies.package.maker import recorder_of
from appliance.storage.boot_files import read_mark
from appliance.vault.index.projection import manifest_hash
from appliance.vault.ring.ring import Stretch

__all__ = ["agency_copies"]


def agency_copies(keeper: Keeper, random: Callable[[int], bytes]) -> AgencyCopies:
    """After the registers are there: which medium may hold a copy is theirs to say."""
    medium = MediumClient(keeper.settings.layout.socket("medium"), server=server_uids("medium"))
    media, jobs = CopyMedia(lambda: keeper.registers.items("media")), MediumJobs()

    def remains(case: str) -> bool:
        """Nothing of a copy on a medium is ever on a disk of ours; what could be left is in memory."""
        making = store.making(case) or maker.phrases.waits(case)
        return making or keeper.copies.any_of(case) is not None or case in keeper.grants.cases_open()

    store = AgencyCopyStore(keeper.stores.acts, keeper.ledger, media, pseudonym=keeper.cases.pseudonym, remains=remains)
    maker = AgencyCopyMaker(
        store,
        keeper.grants,
        keeper.cases,
        keeper.ring,
        keeper.ledger,
        keeper.clock,
        medium,
        jobs,
        random,
        package_ports(keeper),
    )
    keeper.cases.world = replace(
        keeper.cases.world,
        handed_of=store.work,
        medium_of=lambda case: _on_medium(keeper, store.newest(case)),
        gives_copies=lambda: os.path.exists(keeper.settings.layout.socket("medium")),
    )
    return AgencyCopies(store, maker, AgencyCopyReader(store, keeper.cases, medium, jobs), medium)


def _on_medium(keeper: Keeper, copy: AgencyCopy | None) -> OnMedium | None:
    if copy is None:
        return None
    archive = archive_name(keeper.cases.file(copy.case))
    return OnMedium(
        copy=copy.copy_id,
        medium=copy.medium,
        serial=copy.serial,
        made_ns=copy.made_ns,
        written_ns=copy.written_ns,
        archive=archive,
        sha256=copy.files.get(archive, ""),
        bytes=copy.bytes,
        fingerprint=fingerprint(keeper.stores.office.ledger_key.public_key()),
    )


def package_ports(keeper: Keeper) -> PackagePorts:
    key = keeper.stores.office.ledger_key
    return PackagePorts(
        recorder=lambda: _recorder(keeper),
        camera=lambda camera_no, stretches: _camera(keeper, camera_no, stretches),
        manifest_of=lambda bucket_id: _manifest_of(keeper, bucket_id),
        key=key,
        beside=lambda file: (*verifiers(), (NOTE, _note(keeper, file))),
        masks=keeper.masks.drawn,
        viewers=SandboxClient(keeper.settings.layout.socket("darkroom"), server=server_uids("darkroom")).connect,
        on_damage=lambda text: tell_unreadable(keeper.findings, text),
    )


def _note(keeper: Keeper, file: CaseFile) -> bytes:
    """The page for its reader, in the words of the case's pack. A process of its own prints it and ends, so that no
    typesetter is ever in this one."""
    issue = Issue(
        pack=_pack_of(keeper, file.case.policy),
        printed_ns=keeper.clock.wall_ns(),
        head=keeper.ledger.root.hex(),
        trial=keeper.registry.trial,
    )
    letter = file.letter
    note = CopyNote(
        case=file.case.number or file.key,
        agency=letter.agency,
        letter_no=letter.number,
        letter_day=day(letter.day) if letter.day else "",
        fingerprint=fingerprint(keeper.stores.office.ledger_key.public_key()),
        archive=archive_name(file),
        page=PAGE,
        script=SCRIPT,
    )
    with Printer(read_templates()) as printer:
        return printer.print(copy_note(note, issue)).pdf


def _pack_of(keeper: Keeper, version: str) -> Pack:
    """The pack that a case stands under, else the one in force."""
    found = (each.pack for each in reversed(keeper.packs.all()) if each.pack.version == version)
    return next(found, None) or keeper.packs.in_force().pack


def _recorder(keeper: Keeper) -> Recorder:
    appliance_id, _ = read_mark(keeper.fs, keeper.settings.layout.boot)
    office = keeper.stores.office
    name = keeper.packs.in_force().pack.office.name
    return recorder_of(appliance_id.hex(), __version__, name, office.ledger_origin, office.ledger_key)


def _camera(keeper: Keeper, camera_no: str, stretches: Sequence[Stretch]) -> CopyCamera:
    """With what its own clock said last while the approved minutes were recorded (``T-17``)."""
    ahead_ns, measured = None, None
    for stretch in sorted(stretches, key=lambda each: each.start_ns):
        if not stretch.is_open and (said := keeper.ring.proofs.manifest(stretch.bucket_id)).camera_clock:
            ahead_ns, measured = said.camera_clock.last_off_ns, time_at(said.end_ns)
    return CopyCamera(
        camera_no=camera_no,
        name=keeper.cameras.locations().get(camera_no, ""),
        clock_ahead_ns=ahead_ns,
        clock_measured=measured,
    )


def _manifest_of(keeper: Keeper, bucket_id: str) -> str:
    """Empty for a bucket that is not closed yet, and where its manifest is not to be had any more."""
    try:
        if keeper.ring.index.closed(bucket_id) is None:
            return ""
        return manifest_hash(keeper.ring.proofs.manifest(bucket_id)).hex()
    except (NotFound, Unavailable):
        return ""
