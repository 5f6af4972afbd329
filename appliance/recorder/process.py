"""The recorder's process from start to stop: what ``appliance process recorder`` runs."""

from __future__ import annotations

import glob
import os
import signal
import sys
from collections.abc import Callable, Iterable
from functools import partial

from appliance.api import SourceKind
from appliance.api.registry import load_plugins
from appliance.core.clock import SystemClock
from appliance.core.errors import Unavailable
from appliance.core.model import Camera
from appliance.core.settings import Layout, Settings
from appliance.formats.segment_files import segment_name
from appliance.process.confinement import hide_memory, name_process
from appliance.process.heartbeat import Heart
from appliance.protocol.callers import own_token, server_uids
from appliance.protocol.transport import Client
from appliance.recorder.camera.child import camera_process
from appliance.recorder.supervisor.clock import KeeperClock
from appliance.recorder.supervisor.discovery import Searcher
from appliance.recorder.supervisor.disk_guard import Guard
from appliance.recorder.supervisor.forkserver import ForkServer, start_fork_server
from appliance.recorder.supervisor.in_force import InForce
from appliance.recorder.supervisor.inquiry import Inquirer
from appliance.recorder.supervisor.keeper_client import KeeperLink
from appliance.recorder.supervisor.keeper_orders import Listeners
from appliance.recorder.supervisor.key_allocator import AllocatedKeys, KeyAllocator
from appliance.recorder.supervisor.keyring import Keyring
from appliance.recorder.supervisor.recording import Place
from appliance.recorder.supervisor.selftests import Inspector, SandboxPool
from appliance.recorder.supervisor.supervisor import Supervisor
from appliance.recorder.supervisor.syncer import Synced, Syncer
from appliance.rules.cameras.wiring import Declared, Found
from appliance.rules.pressure import Relief, records_reserve
from appliance.selftest.reports import PictureWanted
from appliance.selftest.wording import words_of
from appliance.storage.boot_files import read_recorder_boot
from appliance.storage.files import Fs, RealFs
from appliance.storage.footage_disk import FootageDisk, read_footage_disk

__all__ = ["run_recorder"]

_DEVICES = "/dev/"

_STOP_NS = 3_000_000_000
_KEEPER_SECONDS = 5.0
_HELLO_SECONDS = 300.0


def _say(text: str) -> None:
    print(f"recorder: {text}", file=sys.stderr, flush=True)


def run_recorder(settings: Settings, *, fs: Fs | None = None, log: Callable[[str], None] = _say) -> None:
    """Records until SIGTERM or SIGINT, then closes every bucket and returns. SIGHUP reads the registry again.

    Call it in a process with one thread. Raises NotFound or Damaged when ``boot/`` is not in order, VaultMismatch when
    the vault key in it is not the office's, Unavailable when the fork server ended: whoever started this process starts
    it again.
    """
    clock = SystemClock(assume_trusted=settings.assume_trusted_clock)
    forks = start_fork_server(partial(camera_process, settings.plugins, clock))
    try:
        _record(settings, clock, fs or RealFs(), forks, log)
    finally:
        forks.close()


def _record(settings: Settings, clock: SystemClock, fs: Fs, forks: ForkServer, log: Callable[[str], None]) -> None:
    layout = settings.layout
    hide_memory()
    name_process("recorder")
    boot, in_force = read_recorder_boot(fs, layout.boot), InForce(fs, layout.boot, clock, log)
    disk = read_footage_disk(fs, layout.boot, layout.footage)
    token = own_token()  # after the fork server was made, whose children must not have it
    keyring, written, told = Keyring(), dict[str, int](), KeeperClock(clock)
    plugins = load_plugins(settings.plugins)
    link = KeeperLink(
        Client(layout.socket("keeper"), timeout_seconds=_KEEPER_SECONDS, caller=token, server=server_uids("keeper")),
        Client(layout.socket("keeper"), timeout_seconds=_HELLO_SECONDS, caller=token, server=server_uids("keeper")),
        clock,
        os.urandom(8).hex(),
        _left(fs, layout, disk),
        log,
        expected=lambda: [segment_name(bucket_id, 0) for bucket_id in keyring.ids()],
        sources=plugins.sources,
        declared={name: _declared(kind) for name, kind in plugins.sources.items()},
        words=words_of(plugins.checks.values()),
        found=lambda: found_devices(plugins.sources.values(), in_force.registry.cameras),
        registry=lambda: in_force.digest,
        listeners=Listeners(
            watched=lambda cameras: post_watched(cameras),
            relief=lambda relief: post_relief(relief),
            trust=told.tell,
            self_test=lambda wanted: inspector.asked(wanted),
            box=lambda box: inspector.told(box),
            registry=in_force.tell,
            pictures=lambda wanted: post_pictures(wanted),
            search=lambda number: searcher.asked(number),
            inquiries=lambda wanted: inquirer.asked(wanted),
            reference=lambda camera_no, pictures: darkrooms.refer(camera_no, pictures),
        ),
    )
    searcher, inquirer = Searcher(settings.plugins, link.searched), Inquirer(link.inquired)
    darkrooms = SandboxPool(layout.socket("looks"), server=server_uids("darkroom"))
    inspector = Inspector(
        plugins.checks,
        darkrooms.look,
        darkrooms.look_box,
        clock,
        link.looked,
        trial=in_force.registry.trial,
    )
    place = Place(
        fs,
        layout.open,
        told,
        boot,
        keyring,
        link,
        log,
        written,
        disk.wrong,
        on_taken=inspector.taken,
        on_picture=link.picture,
        on_watched=link.watched,
    )
    smith = KeyAllocator(link, boot.vault_public, clock, os.urandom, lambda forged: post_forged(forged))
    guard = Guard(records_reserve(fs.total_bytes(layout.open), settings.disk.records_mib << 20))
    supervisor = Supervisor(
        place,
        forks,
        order=smith.order,
        states=link.states,
        durable=link.durable,
        faults=link.faults,
        guard=guard,
        looks=inspector.due,
    )
    syncer = Syncer(fs, layout.open, clock, written.copy, lambda synced: post_synced(synced), disk.wrong)

    def post_watched(cameras: list[str]) -> None:
        supervisor.post(partial(supervisor.watched, cameras))

    def post_pictures(wanted: list[PictureWanted]) -> None:
        if wanted:
            supervisor.post(partial(supervisor.picture, wanted))

    def post_relief(relief: Relief) -> None:
        supervisor.post(partial(supervisor.relieve, relief))

    def post_forged(forged: AllocatedKeys) -> None:
        supervisor.post(partial(supervisor.forged, forged))

    def post_synced(synced: Synced) -> None:
        supervisor.post(partial(supervisor.synced, synced))

    signals, heart = _Signals(supervisor.wake_fd()), Heart(clock)
    supervisor.watch(forks, partial(_exit, forks, supervisor))
    supervisor.put_in_force(in_force.registry)
    link.start()
    smith.start()
    inspector.start()
    syncer.start()
    log(f"cameras in force: {len(in_force.registry.cameras)}")
    try:
        while not signals.stopping:
            if signals.reload or in_force.due:
                signals.reload = False
                supervisor.put_in_force(in_force.read())
            supervisor.turn()
            heart.beat()
        supervisor.stop()
        end = clock.boot_ns() + _STOP_NS
        while not supervisor.idle and clock.boot_ns() < end:
            supervisor.turn(0.05)
    finally:
        smith.close()
        inspector.close()
        darkrooms.close()
        syncer.close()
        supervisor.finish()
        supervisor.synced(syncer.sync())
        link.close()
        supervisor.close()
        signals.restore()


def _declared(kind: SourceKind) -> tuple[Declared, ...]:
    """Its settings, for a keeper that loads no plugin: names and types, no value and no default."""
    return tuple(Declared(name=each.name, type=each.type.__name__, required=each.required) for each in kind.settings)


def found_devices(kinds: Iterable[SourceKind], cameras: Iterable[Camera] = ()) -> tuple[Found, ...]:
    """The devices of this machine that a kind of camera takes as an address (``AT-03``), each once: by the name that
    one of ``cameras`` has it under, else by a link to it, which stays when the device is plugged in again. What is on
    the network is looked for only when a person asks for it (``discovery``)."""
    used = {(camera.source, str(value)) for camera in cameras for value in camera.settings.values()}
    found = []
    for kind in kinds:
        names: dict[str, list[str]] = {}
        for pattern in kind.paths:
            for path in sorted(glob.glob(pattern)) if pattern.startswith(_DEVICES) else ():
                if not os.path.isdir(path):
                    names.setdefault(os.path.realpath(path), []).append(path)
        for device, paths in names.items():
            if kind.takes(device):
                links = [path for path in paths if path != device]
                path = next((path for path in paths if (kind.name, path) in used), [*links, *paths][0])
                found.append(Found(source=kind.name, setting=kind.address_setting, value=path))
    return tuple(found)


def _left(fs: Fs, layout: Layout, disk: FootageDisk) -> list[str]:
    """What an earlier run left in ``open/``. Raises Unavailable while the office's disk is not there: without this list
    nobody could tell later what was left, and there is nothing to write to."""
    if why := disk.wrong():
        raise Unavailable(why)
    return fs.list_dir(layout.open)


class _Signals:
    """SIGTERM and SIGINT stop, SIGHUP reloads; each wakes the loop."""

    def __init__(self, wake_fd: int) -> None:
        self.stopping = self.reload = False
        self._old_wake = signal.set_wakeup_fd(wake_fd, warn_on_full_buffer=False)
        self._old = {
            number: signal.signal(number, self._note) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        }

    def _note(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            self.reload = True
        else:
            self.stopping = True

    def restore(self) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_wake)


def _exit(forks: ForkServer, supervisor: Supervisor) -> None:
    report = forks.exits()
    if report is None:
        raise Unavailable("fork server: it ended; the recorder closes its buckets and must be started again")
    supervisor.exited(report.token, report.how)
