"""The supervisor: one loop over all cameras, with helpers for what may wait (sync, keeper, keys).

It alone appends to ``open/``, and it is the only process of the recorder that holds keys ahead of their slot. Cameras
come from the registry in force and from nowhere else (INV-10). Threads hand results in through :meth:`Supervisor.post`;
everything else runs in the loop's thread.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import socket
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from appliance.core.clock import SLOT_NS, slot_start_ns
from appliance.core.errors import VaultMismatch
from appliance.core.model import Camera, CameraState, Registry
from appliance.formats.sealing import wipe
from appliance.recorder.camera.channel import CLOCK_STEP, Start
from appliance.recorder.camera.limits import Limits
from appliance.recorder.supervisor.camera import CameraSupervisor
from appliance.recorder.supervisor.disk_guard import Guard
from appliance.recorder.supervisor.disk_trouble import DiskTrouble
from appliance.recorder.supervisor.forkserver import ForkServer
from appliance.recorder.supervisor.key_allocator import AllocatedKeys, Order
from appliance.recorder.supervisor.keyring import slots_ahead
from appliance.recorder.supervisor.loop import Launcher
from appliance.recorder.supervisor.preview import PreviewSupervisor
from appliance.recorder.supervisor.recording import Place
from appliance.recorder.supervisor.syncer import Synced
from appliance.rules.pressure import STOPPED, Relief, first_to_stop
from appliance.selftest.reports import PictureWanted
from appliance.selftest.schedule import Due

__all__ = ["Supervisor"]

_TICK_NS = 500_000_000
_STATES_NS = 1_000_000_000
_REST_SECONDS = 0.05
"""How long what cameras send may lie in their sockets; part of what a power cut can cost."""

_STEP_NS = 1_000_000_000
_BORDER_NEAR_NS = 15_000_000_000
_ORDER_AGAIN_NS = 5_000_000_000


class Supervisor:
    """All cameras. ``order`` passes work to the keysmith, whose answer comes back through :meth:`forged`; ``states``,
    ``faults`` of the disk and ``durable`` go to the keeper; ``looks`` says which of the live cameras are looked at now.
    The caller drives :meth:`turn`."""

    def __init__(
        self,
        place: Place,
        launcher: Launcher,
        *,
        order: Callable[[Order], None],
        states: Callable[[list[CameraState]], None],
        durable: Callable[[dict[str, int]], None],
        faults: Callable[[Mapping[str, str]], None] = lambda faults: None,
        random: Callable[[int], bytes] = os.urandom,
        limits: Limits | None = None,
        guard: Guard | None = None,
        looks: Callable[[list[str]], Iterable[Due]] = lambda live: (),
    ) -> None:
        self._trouble = DiskTrouble()
        place = place._replace(on_write_failure=lambda why: self._trouble.write_failed(place.clock.boot_ns(), why))
        self._place, self._launcher, self._clock = place, launcher, place.clock
        self._order, self._states, self._durable, self._faults = order, states, durable, faults
        self._random, self._limits = random, limits or Limits()
        self._looks = looks
        self._guard, self._guarded = guard or Guard(0), frozenset[str]()
        self._relief = Relief()
        self._pictured = frozenset[str]()
        self._seers = PreviewSupervisor(launcher, self, self._clock, self._to_see, place.on_picture)
        self.desks: dict[str, CameraSupervisor] = {}
        self._leaving: list[CameraSupervisor] = []
        self._tokens = 0
        self._selector = selectors.DefaultSelector()
        self._posted: deque[Callable[[], None]] = deque()
        woken, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._woken = woken
        self._selector.register(woken, selectors.EVENT_READ, self._drain)
        self._tick_due_ns = self._states_due_ns = 0
        self._ordered = self._stopping = False
        self._told: set[str] = set()
        self._order_due_ns = 0
        self._offset_ns = self._clock.wall_ns() - self._clock.boot_ns()
        self._trusted = self._clock.trusted()

    def put_in_force(self, registry: Registry) -> None:
        """Records exactly these cameras from now on. A camera whose settings changed is connected anew."""
        wanted = {camera.camera_no: camera for camera in registry.cameras}
        for camera_no, desk in list(self.desks.items()):
            camera = wanted.get(camera_no)
            if camera != desk.camera and not (camera and desk.goes_on_as(camera)):
                self._leave(desk)
        for camera_no, camera in wanted.items():
            if camera_no not in self.desks:
                self.desks[camera_no] = self._desk(camera)
        self._obey()
        self._order_due_ns = 0

    def turn(self, seconds: float = 0.5) -> None:
        """Waits at most ``seconds`` for something to do, and does it.

        What cameras send is left for a moment, so that one waking up serves many of them.
        """
        if seconds > _REST_SECONDS:
            select.select([self._woken], [], [], _REST_SECONDS)
            seconds -= _REST_SECONDS
        for key, _ in self._selector.select(seconds):
            key.data()
        while self._posted:
            self._posted.popleft()()
        now = self._clock.boot_ns()
        if now >= self._tick_due_ns:
            self._tick_due_ns = now + _TICK_NS
            self._tick(now)

    def post(self, work: Callable[[], None]) -> None:
        """From any thread: ``work`` is done in the loop's, soon."""
        self._posted.append(work)
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b"x")

    def wake_fd(self) -> int:
        """For ``signal.set_wakeup_fd``."""
        return self._wake

    def synced(self, synced: Synced) -> None:
        """A sync is over."""
        self._trouble.synced(self._clock.boot_ns(), synced)
        for desk in [*self.desks.values(), *self._leaving]:
            if desk.recording.synced(synced):
                desk.again()
        if synced.free_bytes is not None:
            self._look_at_room(synced.free_bytes)
        self._leaving = [desk for desk in self._leaving if desk.running or desk.recording.waiting]
        lengths = {name: size for name, size in synced.lengths.items() if name in self._place.written}
        if lengths and not synced.error:
            self._durable(lengths)

    def forged(self, forged: AllocatedKeys) -> None:
        """Keys came from the keysmith. Raises VaultMismatch when they would be sealed to a planted key: what was
        recorded under it ends here, and the next run reads the key that the keeper put back."""
        self._ordered = False
        if forged.planted:
            raise VaultMismatch(forged.planted)
        for allocation, keys in forged.allocations:
            self._place.keyring.add(allocation, keys, emergency=forged.emergency)
        if forged.emergency:
            self._place.log(f"keys: the keeper did not store them ({forged.why}); emergency keys for one slot are used")
            self._order_due_ns = self._clock.boot_ns() + _ORDER_AGAIN_NS
        for desk in self.desks.values():
            desk.tick()

    def exited(self, token: int, how: str) -> None:
        """The fork server saw a process end; its socket says so, too, and that is what is acted upon."""
        for desk in self.desks.values():
            desk.exited(token, how)

    def stop(self) -> None:
        """Asks every camera to finish; turn on until :attr:`idle`, or call :meth:`finish` when time is up."""
        self._stopping = True
        self._trouble.stopping()
        for desk in self.desks.values():
            desk.stop("stopped")

    @property
    def idle(self) -> bool:
        return not any(desk.running for desk in [*self.desks.values(), *self._leaving])

    def finish(self) -> None:
        """Ends every camera and bucket. A last :meth:`synced` then sends the manifests. Wipes all keys."""
        for desk in [*self.desks.values(), *self._leaving]:
            desk.finish("stopped")
        self._seers.close()
        self._place.keyring.wipe_all()
        self._tell_faults(self._clock.boot_ns())
        self._states([desk.state() for desk in self.desks.values()])

    def close(self) -> None:
        self._selector.close()
        os.close(self._woken)
        os.close(self._wake)

    def watch(self, sock: socket.socket | ForkServer, readable: Callable[[], None]) -> None:
        self._selector.register(sock, selectors.EVENT_READ, readable)

    def unwatch(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)

    def next_token(self) -> int:
        self._tokens += 1
        return self._tokens

    def watched(self, cameras: list[str]) -> None:
        """At these cameras, and no others, somebody looks live now."""
        for camera_no, desk in self.desks.items():
            desk.live.watch(camera_no in cameras)

    def picture(self, wanted: Iterable[PictureWanted]) -> None:
        """Pictures that people asked the keeper for; one that was asked for before is on its way."""
        orders = {each.order: each for each in wanted}
        for order in orders.keys() - self._pictured:
            each = orders[order]
            desk = self.desks.get(each.camera_no)
            if each.see is not None and (desk is None or not desk.running or not _same_way(desk.camera, each.see)):
                self._seers.see(each)
            elif desk is not None:
                desk.picture(order, brief=not each.sound)
            else:
                self._place.on_picture(order, b"", f"camera {each.camera_no} is not recorded")
        self._pictured = frozenset(orders)

    def _to_see(self, wanted: PictureWanted) -> Start:
        camera = wanted.see or Camera(camera_no=wanted.camera_no, location="", source="")
        return Start(camera=camera, suite=self._place.boot.suite, appliance_id=self._place.boot.appliance_id)

    def relieve(self, relief: Relief) -> None:
        """What the keeper says is to be done about the disk; it holds until the keeper says otherwise."""
        if relief != self._relief:
            self._place.log(
                f"disk pressure: {'key frames only' if relief.reduced else 'all is recorded'}; "
                f"stopped: {', '.join(relief.stopped) or 'none'}"
            )
            self._relief = relief
            self._obey()

    def _look_at_room(self, free_bytes: int) -> None:
        cameras = [desk.camera for no, desk in self.desks.items() if no not in self._relief.stopped]
        guarded = self._guard.look(free_bytes, first_to_stop(cameras), self._clock.boot_ns())
        if guarded != self._guarded:
            self._place.log(f"open/: {free_bytes} bytes free; stopped to leave room: {', '.join(sorted(guarded))}")
            self._guarded = guarded
            self._obey()

    def _obey(self) -> None:
        for camera_no, desk in self.desks.items():
            desk.reduce(self._relief.reduced)
            desk.rest(STOPPED if camera_no in self._guarded or camera_no in self._relief.stopped else "")

    def _desk(self, camera: Camera) -> CameraSupervisor:
        def jitter() -> float:
            return self._random(1)[0] / 256

        return CameraSupervisor(camera, self._place, self._launcher, self, self._limits, jitter)

    def _leave(self, desk: CameraSupervisor) -> None:
        del self.desks[desk.camera.camera_no]
        self._place.keyring.retire(desk.camera.camera_no)
        desk.finish("registry")
        self._leaving.append(desk)

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 4096)

    def _tick(self, now: int) -> None:
        self._watch_clock(now)
        for desk in self.desks.values():
            desk.tick()
        self._seers.tick()
        self._place.keyring.wipe_past(self._clock.wall_ns())
        self._plan_keys(now)
        if now >= self._states_due_ns:
            self._states_due_ns = now + _STATES_NS
            self._tell_faults(now)
            self._states([desk.state() for desk in self.desks.values()])
            self._look_at_cameras()

    def _look_at_cameras(self) -> None:
        """Not while less is recorded: a lesser picture would be told as a fault."""
        if self._stopping or self._relief.reduced:
            return
        for due in self._looks([no for no, desk in self.desks.items() if desk.state().state == "live"]):
            self.desks[due.camera_no].look(whole=due.whole)

    def _tell_faults(self, now: int) -> None:
        self._trouble.away(now, str(self._place.wrong()))
        faults = {**self._trouble.faults(now), **self._confinement()}
        stand = {key for key, text in faults.items() if text}
        for key in stand - self._told:
            self._place.log(f"{key}: {faults[key]}")
        for key in self._told - stand:
            self._place.log(f"{key}: over")
        self._told = stand
        self._faults(faults)

    def _confinement(self) -> dict[str, str]:
        """What the kernel lacks to confine cameras' processes, as their processes say; nothing until one did."""
        told = {desk.lacking for desk in self.desks.values() if desk.lacking is not None}
        if not told:
            return {}
        lacking = "; ".join(sorted(filter(None, told)))
        text = f"confinement: {lacking}; recording goes on; a newer kernel closes it" if lacking else ""
        return {"confinement": text}

    def _watch_clock(self, now: int) -> None:
        offset, trusted = self._clock.wall_ns() - now, self._clock.trusted()
        stepped, changed = offset - self._offset_ns, trusted != self._trusted
        self._offset_ns, self._trusted = offset, trusted
        if abs(stepped) > _STEP_NS:
            self._place.log(f"clock: stepped by {stepped / 1e9:+.1f} s; every camera begins a new bucket")
        elif not changed:
            return
        for desk in self.desks.values():
            if abs(stepped) > _STEP_NS:
                desk.recording.clock_stepped(stepped)
            desk.cut(CLOCK_STEP if abs(stepped) > _STEP_NS else "trust")
        self._order_due_ns = 0

    def _plan_keys(self, now: int) -> None:
        if self._ordered or self._stopping or now < self._order_due_ns:
            return
        wall = self._clock.wall_ns()
        slot = slot_start_ns(wall)
        wanted = self._place.keyring.wanted(self.desks, slots_ahead(wall))
        if not wanted:
            return
        near = {slot} | ({slot + SLOT_NS} if slot + SLOT_NS - wall < _BORDER_NEAR_NS else set())
        self._ordered = True
        self._order(Order(wanted, [one for one in wanted if one[1] in near]))


def _same_way(one: Camera, other: Camera) -> bool:
    """Whether the same process reaches both, so that no second connection is made to a camera that is recorded."""
    return (one.source, one.settings) == (other.source, other.settings)


def discard(forged: AllocatedKeys) -> None:
    """Wipes keys that came too late to be used."""
    for _, keys in forged.allocations:
        for key in keys.values():
            wipe(key)
