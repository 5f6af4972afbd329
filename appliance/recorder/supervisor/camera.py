"""One camera as the supervisor sees it: its process, what that process says, how long to wait before the next one.

Everything a process says is checked against what could be due; anything else ends that process and no other. A camera
without *video* for some seconds is stalled, whatever else its connection carries.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from functools import partial

import msgspec

from appliance.core.clock import SLOT_NS, slot_start_ns
from appliance.core.errors import Broken, Unavailable
from appliance.core.model import MOST_NS, MOST_TEXT, Camera, CameraNote, CameraState
from appliance.formats.sealing import wipe
from appliance.protocol.recorder import NOT_STORED, OTHER_DEVICE, UNCONFINED, UNPLAYABLE
from appliance.recorder.camera import channel
from appliance.recorder.camera.channel import BucketKey, Inbox, Start
from appliance.recorder.camera.limits import Cadence, Limits, Rate
from appliance.recorder.camera.signatures import SCHEMES
from appliance.recorder.supervisor.keyring import HeldKey
from appliance.recorder.supervisor.loop import Launcher, Switchboard
from appliance.recorder.supervisor.recording import Place, Recording
from appliance.recorder.supervisor.taps import LiveTap, Taps
from appliance.rules.devices import another
from appliance.rules.pressure import KEY_FRAMES_ONLY, LESSER_PROFILE

__all__ = ["CameraSupervisor"]

_READS_A_TURN = 8


class CameraSupervisor:
    """States: connecting, live, lost, stopped. All methods are the loop's, in its thread."""

    def __init__(
        self,
        camera: Camera,
        place: Place,
        launcher: Launcher,
        board: Switchboard,
        limits: Limits,
        jitter: Callable[[], float],
    ) -> None:
        self.camera, self._place, self._launcher, self._board = camera, place, launcher, board
        self._limits, self._jitter, self._clock = limits, jitter, place.clock
        self.recording = Recording(camera.camera_no, place)
        self._sock: socket.socket | None = None
        self._inbox: Inbox | None = None
        self._token = 0
        self._killed = False
        self._given: set[str] = set()
        self._cutting = ""
        self._stopping = False
        self._reduced = self._told = self._changing = False
        self._taps = Taps(lambda how, number: self._tell(channel.TAP, channel.pack_tap(how, number)))
        self.live = LiveTap(partial(self._tell, channel.WATCH), partial(place.on_watched, camera.camera_no))
        self._less = KEY_FRAMES_ONLY
        self._identified, self._answered = True, dict[str, str]()
        self.lacking: str | None = None
        """What the kernel lacks of the confinement, above its floor; None = not told yet."""
        self._notes: tuple[CameraNote, ...] = ()
        self._had_key = False
        self._rest = ""
        self._rest_due_ns = 0
        self._lost_reason = ""
        self._failures = self._restarts = 0
        self._due_ns = self._spawned_ns = self._video_ns = self._keyless_ns = 0
        self._rate, self._cadence = Rate(), Cadence()
        self._camera_off_ns: int | None = None
        self._signature = ""
        self._state, self._detail, self._since_ns = "connecting", "", self._clock.wall_ns()

    @property
    def running(self) -> bool:
        return self._sock is not None

    def state(self) -> CameraState:
        return CameraState(
            camera_no=self.camera.camera_no,
            state=self._state,
            detail=self._detail,
            since_ns=self._since_ns,
            last_written_ns=self.recording.last_written_ns,
            bitrate_bps=self._rate.bps(self._clock.boot_ns()),
            restarts=self._restarts,
            camera_off_ns=self._camera_off_ns,
            signature=self._signature,
            identity=self._answered,
            notes=self._notes,
        )

    def goes_on_as(self, camera: Camera) -> bool:
        """Whether the camera may stay connected under the new registration ``camera``: nothing but the device's
        identity differs from the present one, and the device that answers has the new identity. Takes the new one if
        so."""
        same = msgspec.structs.replace(camera, identity=self.camera.identity) == self.camera
        if not (same and self._identified and not another(camera.identity, self._answered)):
            return False
        self.camera = camera
        return True

    def tick(self) -> None:
        """Starts what is due, ends what is overdue, hands out keys. Some times a second."""
        now = self._clock.boot_ns()
        recording = self.recording
        if self._sock is None and not self._stopping and not self._rest and now >= self._due_ns:
            self._connect(now)
        elif self._sock is not None and self._rest:
            if now > self._rest_due_ns:
                self._end(self._rest, kill=True)
        elif self._sock is not None and now > (self._video_ns or self._spawned_ns) + self._patience_ns():
            self._end(self._lost_reason or ("stalled" if self._video_ns else "lost: no video came"), kill=True)
        if recording.overdue:
            if self._sock is not None and recording.live and not self._cutting:
                fed = self._place.keyring.for_slot(self.camera.camera_no, slot_start_ns(self._clock.wall_ns()))
                self._end("died: it went on past the end of its slot" if fed else "keys", kill=True)
            recording.end_bucket("lost")
        recording.report_gap()
        if self._sock is not None:
            if recording.wants_segment:
                self._tell(channel.AGAIN)
            self._give_keys()

    def _patience_ns(self) -> int:
        """How long the camera may be without video now. Until it has shown how often it sends, as long as it may take
        to its first picture."""
        limits = self._limits
        silence_ns = limits.silence_ns(self.camera.settings)
        if not self._video_ns or not self._cadence.known:
            return max(limits.first_video_ns, silence_ns)
        thin = self._reduced and self._less == KEY_FRAMES_ONLY
        slow_ns = min(self._cadence.slow_ns * 3, limits.most_video_ns)
        return max(limits.thin_video_ns if thin else 0, silence_ns, slow_ns)

    def cut(self, reason: str) -> None:
        """The bucket must end as soon as there is a key for another; the process forgets its other keys at once."""
        self._place.keyring.retire(self.camera.camera_no)
        self._cutting = reason if self.recording.bucket is not None else ""
        self._tell(channel.CUT, reason.encode())

    def look(self, *, whole: bool) -> None:
        """Asks the process for a look's worth of what it records; it goes to ``place.on_taken``."""
        if self._sock is not None:
            self._taps.look(whole=whole)

    def picture(self, order: str, *, brief: bool) -> None:
        """Asks for a picture for a person, which goes to ``place.on_picture``, as does the reason where there is
        none."""
        if self._sock is None:
            self._place.on_picture(order, b"", self._detail or self._state)
        else:
            self._taps.picture(order, brief=brief)

    def again(self) -> None:
        """The last segment is lost; the process begins another."""
        self._tell(channel.AGAIN)

    def reduce(self, reduced: bool) -> None:
        """Has the camera record less, or all again: its lesser profile or, where it has none, key frames only, from the
        next one on."""
        if reduced != self._reduced:
            self._reduced, self._less = reduced, KEY_FRAMES_ONLY
            self._say_less()
            self._told = self._sock is not None
            self._tell(channel.REDUCE, bytes([reduced]))

    def _say_less(self) -> None:
        self.recording.reduce(self._less if self._reduced else "")
        if self._state == "live":
            self._detail = self._less if self._reduced else ""

    def rest(self, cause: str) -> None:
        """The camera stops for the reason ``cause``, until this is called with ""; what it has recorded is closed in
        order, and the time from here on is a gap of that cause. Its process has some seconds to finish."""
        if cause == self._rest or self._stopping:
            return
        self._rest = cause
        if not cause:
            self._due_ns, self._failures = 0, 0
            self._set_state("connecting", "")
            return
        self._rest_due_ns = self._clock.boot_ns() + self._limits.finish_ns
        self._set_state("stopped", cause)
        if not self.recording.live:
            self.recording.go_on_missing(cause)
        self._tell(channel.STOP)

    def stop(self, cause: str) -> None:
        """Asks the process to finish; :meth:`finish` when it has or does not. No other is started."""
        self._stopping = True
        self._set_state("stopped", cause)
        self._tell(channel.STOP)

    def finish(self, cause: str) -> None:
        """Ends what :meth:`stop` left, and the bucket with it."""
        if self._sock is not None:
            self._end(cause, kill=True)
        self._set_state("stopped", cause)
        self.recording.break_off(cause)
        self.recording.end_bucket(cause)
        self.recording.report_gap(final=True)

    def exited(self, token: int, how: str) -> None:
        """A process ended. The log gets a line unless we ended it or it ended in order."""
        if token == self._token and how != "status 0" and not self._killed:
            self._place.log(f"camera {self.camera.camera_no}: its process ended with {how}")

    def _connect(self, now: int) -> None:
        self._token, self._killed = self._board.next_token(), False
        try:
            sock = self._launcher.spawn(self._token, f"cam {self.camera.camera_no}")
        except (Unavailable, OSError) as error:
            self._back_off(now, f"lost: {error}")
            return
        sock.setblocking(False)
        self._sock, self._inbox = sock, Inbox(sock, channel.FROM_CAMERA)
        self._spawned_ns, self._video_ns, self._lost_reason = now, 0, ""
        self._cadence.clear()
        self._notes, self._had_key = (), False
        self._given.clear()
        self._cutting, self._told, self._camera_off_ns, self._signature = "", False, None, ""
        self._identified = not self.camera.identity
        self._board.watch(sock, self.readable)
        start = Start(
            camera=self.camera,
            suite=self._place.boot.suite,
            appliance_id=self._place.boot.appliance_id,
            watched=self.live.watched,
            reduced=self._reduced,
        )
        self._tell(channel.START, channel.pack_start(start))
        self._give_keys()

    def _give_keys(self) -> None:
        """This slot's key and the next one's, as soon as they are there."""
        now = self._clock.wall_ns()
        for slot in (slot_start_ns(now), slot_start_ns(now) + SLOT_NS):
            held = self._place.keyring.for_slot(self.camera.camera_no, slot)
            if held is not None and held.bucket_id not in self._given:
                self._give(held)

    def _give(self, held: HeldKey) -> None:
        bucket = self.recording.bucket
        same = bucket is not None and bucket.bucket_id == held.bucket_id
        if held.opened and not same:
            return
        start_ns = bucket.opening.start_ns if bucket is not None and same else 0
        number = bucket.next_number if bucket is not None and same else 0
        payload = channel.pack_key(
            BucketKey(bytes.fromhex(held.bucket_id), held.slot_start_ns, start_ns, number, held.key)
        )
        self._given.add(held.bucket_id)
        self._tell(channel.KEY, payload)
        wipe(payload)

    def readable(self) -> None:
        """Takes what came, a few messages a turn so that no camera starves another."""
        for _ in range(_READS_A_TURN):
            if self._inbox is None:
                return
            try:
                message = self._inbox.next()
                if message is None:
                    return
                self._take(*message)
            except Broken as error:
                self._place.log(f"camera {self.camera.camera_no}: its process broke the protocol ({error})")
                self._end("died: it broke the protocol", kill=True)
            except (EOFError, OSError):
                self._end(self._lost_reason or "died", kill=False)
            except Exception as error:  # a defect of ours that one camera found must not end the others (INV-25)
                self._place.log(f"camera {self.camera.camera_no}: a defect in the supervisor ({error!r})")
                self._end("died: a defect in the recorder", kill=True)

    def _take(self, kind: int, payload: bytearray) -> None:
        view = memoryview(payload)
        recording = self.recording
        if kind in (channel.SEGMENT, channel.FRAME, channel.WATCHED) and not self._identified:
            raise Broken("it recorded before it said what device it is")
        if kind == channel.FRAME:
            self._check_rate(self._rate, len(payload))
            if self._inbox is None:
                return
            times, frame = channel.unpack_frame_times(view)
            stored = recording.frame(frame, times)
            if times.has_video:
                self._saw_video(stored=stored, key=times.has_key)
        elif kind == channel.SEGMENT:
            start_ns, header = channel.unpack_ns(view)
            before = recording.bucket
            recording.begin_segment(bytes(header), start_ns, self._cutting or "slot")
            if recording.bucket is not before:
                self._cutting = ""
        elif kind == channel.FOOTER:
            recording.end_segment(view)
        elif kind == channel.BUCKET_END:
            self._end_bucket(channel.words_of(view))
        elif kind == channel.WANT:
            recording.break_off("keys")
        elif kind == channel.PROFILE:
            self._changing = payload == channel.OTHER and self._told
            if payload == channel.LESSER and self._reduced:
                self._less = LESSER_PROFILE
                self._say_less()
        elif kind == channel.CAMERA_CLOCK:
            off_ns, _ = channel.unpack_ns(view)
            if abs(off_ns) > MOST_NS:
                raise Broken("it told a time that no clock can have")
            self._camera_off_ns = off_ns
            if recording.bucket is not None:
                recording.bucket.hear_clock(self._camera_off_ns)
        elif kind == channel.SIGNED:
            if (scheme := channel.words_of(view)) not in SCHEMES:
                raise Broken("it named a signature scheme that is not known")
            self._signature = scheme
        elif kind == channel.IDENTITY:
            self._identify(channel.unpack_identity(payload))
        elif kind == channel.NOTES:
            self._notes = channel.unpack_notes(payload)
        elif kind == channel.TAKEN:
            number, taken = channel.unpack_taken(payload)
            came = self._taps.came(number)
            if came.checks:
                self._place.on_taken(self.camera, taken)
            for order in came.orders:
                self._place.on_picture(order, taken, "")
        elif kind == channel.WATCHED:
            self.live.came(bytes(payload))
            self._check_rate(self.live.rate, len(payload))
        elif kind == channel.LOST:
            self._lost_reason = f"lost: {channel.unpack_reason(view).text}"
        elif kind == channel.FAILED and not self._lost_reason:
            self._lost_reason = f"lost: no picture comes any more; {channel.words_of(view)}"  # should that happen
            self._place.log(f"camera {self.camera.camera_no}: {channel.words_of(view)}")
        elif kind == channel.CONFINED:
            self.lacking = channel.words_of(view) if payload else ""
        elif kind == channel.UNCONFINED:
            self._end(f"{UNCONFINED}: {channel.words_of(view)}", kill=True)
            self._due_ns = self._clock.boot_ns() + self._limits.most_back_off_ns

    def _identify(self, told: dict[str, str]) -> None:
        """Notes whether the device that answers is the one that was accepted. Of another nothing is stored; the
        connection ends and is tried again later."""
        why, self._answered = another(self.camera.identity, told), told
        if why:
            self._end(f"{OTHER_DEVICE}: {why}", kill=True)
            self._due_ns = self._clock.boot_ns() + self._limits.most_back_off_ns
        self._identified = not why

    def _end_bucket(self, ended_by: str) -> None:
        bucket = self.recording.bucket
        if bucket is None:
            return
        early = self._clock.wall_ns() < bucket.opening.slot_start_ns + SLOT_NS
        if early and not self._cutting and not self._stopping and not self._rest:
            raise Broken("it ended its bucket before the slot was over")
        self._cutting = ""
        self.recording.end_bucket(ended_by)

    def _check_rate(self, rate: Rate, count: int) -> None:
        if rate.add(self._clock.boot_ns(), count) > self._limits.expected_bps // 8 * 10 * 3:
            rate.clear()
            self._end("flood", kill=True)
            self._due_ns = self._clock.boot_ns() + self._limits.most_back_off_ns

    def _saw_video(self, *, stored: bool, key: bool) -> None:
        before_ns, self._video_ns = self._video_ns, self._clock.boot_ns()
        self._cadence.saw(self._video_ns)
        if key:
            self._keyless_ns, self._had_key = 0, True
        elif before_ns:  # summed over connections, so that a camera lost more often than once a minute is noticed, too
            self._keyless_ns += self._video_ns - before_ns
        if self.recording.disk_failing and not self._stopping and not self._rest:
            self._set_state("lost", NOT_STORED)
        if not stored or self.recording.disk_failing:
            return
        if self._keyless_ns > (self._limits.next_key_ns if self._had_key else self._limits.key_ns):
            if not self._stopping and not self._rest:
                self._set_state("lost", UNPLAYABLE)
        elif self._state == "live":
            if self._failures and self._video_ns - self._spawned_ns > self._limits.steady_ns:
                self._failures = 0
        elif not self._stopping and not self._rest:
            self._set_state("live", self._less if self._reduced else "")

    def _end(self, cause: str, *, kill: bool) -> None:
        """The process is over, or is now."""
        sock, self._sock, self._inbox = self._sock, None, None
        if sock is not None:
            self._board.unwatch(sock)
            sock.close()
        if kill and not self._killed:
            self._killed = True
            self._launcher.kill(self._token)
        for order in self._taps.lost().orders:
            self._place.on_picture(order, b"", cause)
        changing, self._changing = self._changing, False
        self.recording.break_off("stopped" if self._stopping else self._rest or (LESSER_PROFILE if changing else cause))
        if changing:
            self._due_ns = self._clock.boot_ns()
        elif not self._stopping and not self._rest:
            self._back_off(self._clock.boot_ns(), cause)

    def _back_off(self, now: int, cause: str) -> None:
        wait = min(self._limits.least_back_off_ns << min(self._failures, 16), self._limits.most_back_off_ns)
        self._due_ns = now + int(wait * (0.75 + self._jitter() / 2))
        if self._state != "lost":
            self._place.log(f"camera {self.camera.camera_no}: {cause}; connecting again until it is back")
        self._failures += 1
        self._restarts += 1
        self._set_state("lost", cause)

    def _set_state(self, state: str, detail: str) -> None:
        if state != self._state:
            if state == "live" or detail == UNPLAYABLE:
                self._place.log(f"camera {self.camera.camera_no}: {detail or state}")
            self._state, self._since_ns = state, self._clock.wall_ns()
        self._detail = detail[:MOST_TEXT]  # it may be what a device told

    def _tell(self, kind: int, payload: bytes | bytearray = b"") -> None:
        """A process that does not even read its few small messages is ended."""
        if self._sock is None:
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            try:
                channel.send(self._sock, kind, payload)
            except BlockingIOError:
                self._end("died: it does not read", kill=True)
