"""The medium's service and its client: making and verifying a copy, what may not be touched, and every end."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core.errors import Broken, Damaged, NotFound, Refused, Unavailable, UsageError
from appliance.medium.client import MediumClient, MediumSession, check_contents
from appliance.protocol.medium import BLOCK_LENGTH, MediumContents, MediumFile, Prepared
from appliance.protocol.transport import Client, Connection
from appliance.rules.amounts import bytes_text
from tests.box import until
from tests.medium.bad_sticks import bad_stick
from tests.medium.foreign import check_sound, sums_by_mounting
from tests.medium.loop_service import ROOT, children, medium_service
from tests.medium.loops import loop_device, opened, sh
from tests.medium.test_volume import AT_NS, FILES, MIB, SUMS

pytestmark = pytest.mark.root


def prepared(session: MediumSession, *, whole: bool = False) -> Prepared:
    return session.prepare(whole=whole, label="CCTV", random=os.urandom)


def make(client: MediumClient, serial: str = "S1") -> None:
    with client.open(serial, write=True) as session:
        prepared(session)
        for name, data in FILES.items():
            session.write(name, [data[:1], data[1:]], at_ns=AT_NS)
        session.finish()
        session.release()


def free(device: str) -> bool:
    """Whether nobody holds the device."""
    try:
        opened(device).close()
    except Refused:
        return False
    return True


def test_a_copy_is_made_given_back_and_verified_by_another(tmp_path: Path) -> None:
    image, mounts = tmp_path / "stick", Path("/proc/self/mountinfo").read_text().count("exfat")
    with loop_device(image, size=64 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        client = MediumClient(path, server=[os.geteuid()])
        (stick,) = client.sticks()
        assert (stick.serial, stick.bytes, stick.refused, stick.protected) == ("S1", 64 * MIB, None, False)
        steps = list[tuple[int, int]]()
        with client.open("S1", write=True) as session:
            assert session.stick == stick
            found = session.prepare(
                whole=True, label="CCTV", random=os.urandom, progress=lambda *step: steps.append(step)
            )
            assert found.wiped_bytes == 64 * MIB
            assert "spare blocks" in found.wiped.text("en")
            assert "備用區塊" in found.wiped.text("zh")
            assert 60 * MIB < found.free_bytes < 63 * MIB
            for name, data in FILES.items():
                total = len(data)
                size = session.write(name, [data], at_ns=AT_NS, total=total, progress=lambda *step: steps.append(step))
                assert size == total
            session.finish()
            assert Path("/proc/self/mountinfo").read_text().count("exfat") == mounts
            session.release()
            assert free(device)
        assert (64 * MIB - 4 * MIB, 64 * MIB) in steps
        assert (5_000_000, 5_000_000) in steps
        with client.open("S1", write=False) as session:
            contents = session.read()
            session.release()
        check_contents(SUMS, contents)
    check_sound(image)
    assert sums_by_mounting(image, tmp_path / "mounted") == SUMS
    assert "confined:" not in (tmp_path / "medium.log").read_text()


def test_both_ends_are_told_as_what_they_are(tmp_path: Path) -> None:
    with loop_device(tmp_path / "s", size=128 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        with MediumClient(path).open("S1", write=True) as session:
            found = prepared(session)
        assert found.wiped_bytes == 32 * MIB
        assert "still there" in found.wiped.text("en")
        assert "仍在媒體內" in found.wiped.text("zh")


def test_its_child_holds_the_stick_and_nothing_else(tmp_path: Path) -> None:
    with (
        loop_device(tmp_path / "s", size=16 * MIB) as device,
        medium_service(tmp_path, {"S1": device}) as (path, process),
    ):
        with MediumClient(path).open("S1", write=True) as session:
            prepared(session)
            (child,) = children(process)
            limits = Path(f"/proc/{child}/limits").read_text()
            held = {os.readlink(f"/proc/{child}/fd/{fd}") for fd in os.listdir(f"/proc/{child}/fd")}
            status = dict(
                line.split(":\t", 1) for line in Path(f"/proc/{child}/status").read_text().splitlines() if ":\t" in line
            )
        assert status["CapEff"] == status["CapPrm"] == "0" * 16
        assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")
        assert re.search(r"^Max file size +0 +0 ", limits, re.MULTILINE), "INV-20: it writes no file"
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)
        assert {name for name in held - inherited(process) if name.startswith("/")} == {device}
        until(lambda: not children(process), what="the end of the child")


def inherited(process: subprocess.Popen[bytes]) -> set[str]:
    """What the service was started with: its standard streams."""
    return {os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in (0, 1, 2)}


# --- what may not be touched ---


def refused(path: str, *, write: bool = True) -> str:
    with pytest.raises(Refused) as caught:
        MediumClient(path).open("S1", write=write)
    assert caught.value.message is not None
    return caught.value.message.code


def test_a_mounted_disk_is_refused_and_untouched(tmp_path: Path) -> None:
    image, below = tmp_path / "disk", tmp_path / "mounted"
    below.mkdir()
    with loop_device(image, size=64 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        sh("mkfs.ext4", "-q", device)
        sh("mount", device, below)
        try:
            assert refused(path) == refused(path, write=False) == "medium-in-use"
        finally:
            sh("umount", below)
        assert "clean" in sh("e2fsck", "-n", device)


_BLKPG, _ADD, _REMOVE = 0x1269, 1, 2


def partitions(device: str, act: int, length: int = 0) -> None:
    """Tells the kernel of a first partition, or that there is none: it need not read a table (addpart(8))."""
    part = ctypes.create_string_buffer(struct.pack("qqi64s64s", MIB, length, 1, b"", b""))
    with open(device, "rb") as disk:
        fcntl.ioctl(disk, _BLKPG, struct.pack("iiiP", act, 0, len(part), ctypes.addressof(part)))


def test_a_disk_with_a_mounted_partition_is_refused(tmp_path: Path) -> None:
    image, below = tmp_path / "disk", tmp_path / "mounted"
    below.mkdir()
    with loop_device(image, size=64 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        partitions(device, _ADD, length=48 * MIB)
        part = until(lambda: next(iter(Path("/dev").glob(f"{Path(device).name}p1")), None), what="the partition")
        try:
            sh("mkfs.ext4", "-q", part)
            sh("mount", part, below)
            try:
                assert refused(path) == "medium-in-use"
            finally:
                sh("umount", below)
            MediumClient(path).open("S1", write=True).close()
        finally:
            partitions(device, _REMOVE)


def test_swap_is_refused(tmp_path: Path) -> None:
    with loop_device(tmp_path / "disk", size=16 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        sh("mkswap", device)
        sh("swapon", device)
        try:
            assert refused(path) == "medium-in-use"
        finally:
            sh("swapoff", device)


def test_while_a_session_has_it_nobody_else_can_mount_it_or_open_it(tmp_path: Path) -> None:
    (tmp_path / "mounted").mkdir()
    with loop_device(tmp_path / "disk", size=64 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        sh("mkfs.ext4", "-q", device)
        with MediumClient(path).open("S1", write=True):
            assert refused(path) == "medium-in-use"
            assert subprocess.run(["mount", device, tmp_path / "mounted"], capture_output=True, check=False).returncode
        until(lambda: free(device), what="the disk")
        sh("mount", device, tmp_path / "mounted")
        sh("umount", tmp_path / "mounted")


def test_a_write_protected_stick_is_refused_for_writing_and_read_for_verifying(tmp_path: Path) -> None:
    image = tmp_path / "stick"
    with loop_device(image, size=32 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        make(MediumClient(path))
    (tmp_path / "medium.sock").unlink(missing_ok=True)
    with loop_device(image, "--read-only") as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        assert MediumClient(path).sticks()[0].protected
        assert refused(path) == "medium-protected"
        with MediumClient(path).open("S1", write=False) as session:
            check_contents(SUMS, session.read())


def test_one_that_is_not_plugged_in_is_not_found(tmp_path: Path) -> None:
    with (
        loop_device(tmp_path / "disk", size=16 * MIB) as device,
        medium_service(tmp_path, {"S1": device}) as (path, _),
        pytest.raises(NotFound),
    ):
        MediumClient(path).open("S2", write=True)


def test_a_session_that_reads_cannot_write(tmp_path: Path) -> None:
    image = tmp_path / "stick"
    with loop_device(image, size=32 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        make(MediumClient(path))
        before = hashlib.sha256(image.read_bytes()).digest()
        with MediumClient(path).open("S1", write=False) as session, pytest.raises((Refused, Unavailable)):
            prepared(session)
        assert hashlib.sha256(image.read_bytes()).digest() == before


# --- sticks that fail ---


def test_a_stick_that_is_pulled_out_while_it_is_written_is_told_and_left_alone(tmp_path: Path) -> None:
    with bad_stick(tmp_path, 64 * MIB) as stick, medium_service(tmp_path, {"S1": stick.device}) as (path, process):

        def blocks() -> Iterator[bytes]:
            for number in range(40):
                if number == 10:
                    stick.switch(pulled=True)
                yield bytes(MIB)

        with MediumClient(path).open("S1", write=True) as session:
            prepared(session)
            with pytest.raises(Unavailable) as caught:
                session.write("a.zip", blocks(), at_ns=AT_NS)
        assert caught.value.message is not None
        assert caught.value.message.code == "medium-lost"
        until(lambda: not children(process), what="the end of the child")


@pytest.mark.parametrize("moment", ["prepare", "finish", "read"])
def test_at_any_moment(tmp_path: Path, moment: str) -> None:
    with bad_stick(tmp_path, 64 * MIB) as stick, medium_service(tmp_path, {"S1": stick.device}) as (path, process):
        with MediumClient(path).open("S1", write=True) as session:
            if moment != "prepare":
                prepared(session)
                session.write("a.zip", [bytes(MIB)], at_ns=AT_NS)
            if moment == "read":
                session.finish()
            stick.switch(pulled=True)
            with pytest.raises(Unavailable) as caught:
                {"prepare": lambda: prepared(session), "finish": session.finish, "read": session.read}[moment]()
        assert caught.value.message is not None
        assert caught.value.message.code == "medium-lost"
        until(lambda: not children(process), what="the end of the child")


def test_a_stick_that_claims_more_than_it_holds_is_found_by_reading_it_back(tmp_path: Path) -> None:
    data = {"a.zip": os.urandom(40 * MIB)}
    sums = {name: hashlib.sha256(each).hexdigest() for name, each in data.items()}
    with bad_stick(tmp_path, 64 * MIB) as stick, medium_service(tmp_path, {"S1": stick.device}) as (path, _):
        stick.switch(holds=24 * MIB)
        with MediumClient(path).open("S1", write=True) as session:
            prepared(session)
            session.write("a.zip", [data["a.zip"]], at_ns=AT_NS)
            session.finish()  # it took everything and said nothing
            session.release()
        with MediumClient(path).open("S1", write=False) as session, pytest.raises(Damaged):
            check_contents(sums, session.read())


def test_one_flipped_bit_is_found_and_its_file_named(tmp_path: Path) -> None:
    image = tmp_path / "stick"
    with loop_device(image, size=64 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        make(MediumClient(path))
        at = image.read_bytes().index(FILES["verify.html"])
        with image.open("r+b") as file:
            file.seek(at + 777)
            byte = file.read(1)[0]
            file.seek(at + 777)
            file.write(bytes([byte ^ 1]))
        with MediumClient(path).open("S1", write=False) as session, pytest.raises(Damaged) as caught:
            check_contents(SUMS, session.read())
        assert caught.value.message is not None
        assert caught.value.message.values["names"] == ["verify.html"]


def test_a_full_stick_is_told_with_what_it_has_room_for(tmp_path: Path) -> None:
    with loop_device(tmp_path / "s", size=16 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        with MediumClient(path).open("S1", write=True) as session:
            room = prepared(session).free_bytes
            with pytest.raises(Refused) as caught:
                session.write("a.zip", (bytes(MIB) for _ in range(1000)), at_ns=AT_NS)
        assert caught.value.message is not None
        assert (caught.value.message.code, caught.value.message.values["free"]) == ("medium-full", bytes_text(room))


def test_a_name_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with loop_device(tmp_path / "s", size=16 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        session = MediumClient(path).open("S1", write=True)
        prepared(session)
        with pytest.raises(UsageError, match="Windows"):
            session.write("a/b", [b"x"] * 1000, at_ns=AT_NS)


# --- somebody ends ---


def test_a_cancel_ends_it_at_once_and_leaves_a_stick_without_a_file(tmp_path: Path) -> None:
    image = tmp_path / "stick"
    with loop_device(image, size=64 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        with MediumClient(path).open("S1", write=True) as session:
            prepared(session)

            def cancel(done: int, of: int) -> None:
                if done == 8 * MIB:
                    thread = threading.Thread(target=session.cancel)
                    thread.start()
                    thread.join()

            with pytest.raises(Unavailable) as caught:
                session.write("a.zip", (bytes(MIB) for _ in range(60)), at_ns=AT_NS, progress=cancel)
        assert caught.value.message is not None
        assert caught.value.message.code == "medium-cancelled"
        until(lambda: free(device), what="the stick")
    check_sound(image)
    assert sums_by_mounting(image, tmp_path / "mounted") == {}


@pytest.mark.parametrize("moment", ["prepare", "read"])
def test_what_progress_raises_ends_the_session(tmp_path: Path, moment: str) -> None:
    def stop(done: int, of: int) -> None:
        raise KeyError("stopped")

    with loop_device(tmp_path / "s", size=64 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        make(MediumClient(path))
        session = MediumClient(path).open("S1", write=moment == "prepare")
        acts = {
            "prepare": lambda: session.prepare(whole=True, label="", random=os.urandom, progress=stop),
            "read": lambda: session.read(stop),
        }
        with pytest.raises(KeyError):
            acts[moment]()
        until(lambda: free(device), what="the stick")


def test_what_makes_the_package_may_fail_and_nothing_is_left(tmp_path: Path) -> None:
    image = tmp_path / "stick"

    def blocks() -> Iterator[bytes]:
        yield bytes(5 * MIB)
        raise Damaged("footage: cut short")

    with loop_device(image, size=64 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        session = MediumClient(path).open("S1", write=True)
        prepared(session)
        with pytest.raises(Damaged, match="cut short"):
            session.write("a.zip", blocks(), at_ns=AT_NS)
        until(lambda: free(device), what="the stick")
    assert sums_by_mounting(image, tmp_path / "mounted") == {}


_KEEPER = """
import os, sys, time
from appliance.medium.client import MediumClient
session = MediumClient(sys.argv[1]).open("S1", write=True)
session.prepare(whole=False, label="CCTV", random=os.urandom)
def blocks():
    for number in range(40):
        yield bytes(1 << 20)
        if number == 10:
            print("half", flush=True)
            time.sleep(600)
session.write("a.zip", blocks(), at_ns=0)
"""


@pytest.mark.parametrize("who", ["keeper", "service", "child"])
def test_whoever_is_killed_the_stick_is_free_and_holds_no_file(tmp_path: Path, who: str) -> None:
    image = tmp_path / "stick"
    with loop_device(image, size=64 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, process):
        words = [sys.executable, "-P", "-c", _KEEPER, path]
        with subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE) as keeper:
            assert keeper.stdout is not None
            try:
                assert keeper.stdout.readline() == b"half\n"
                assert not free(device)
                (child,) = children(process)
                os.kill({"keeper": keeper.pid, "service": process.pid, "child": child}[who], signal.SIGKILL)
                until(lambda: free(device), what="the stick")
            finally:
                keeper.kill()
        assert device not in Path("/proc/self/mounts").read_text()
    check_sound(image)
    assert sums_by_mounting(image, tmp_path / "mounted") == {}


def test_a_killed_child_is_told_and_the_service_serves_on(tmp_path: Path) -> None:
    with (
        loop_device(tmp_path / "s", size=64 * MIB) as device,
        medium_service(tmp_path, {"S1": device}) as (path, process),
    ):
        with MediumClient(path).open("S1", write=True) as session:
            prepared(session)
            os.kill(children(process)[0], signal.SIGKILL)
            with pytest.raises(Unavailable) as caught:
                session.write("a.zip", [bytes(MIB)] * 20, at_ns=AT_NS)
        assert caught.value.message is not None
        assert caught.value.message.code == "medium-service-lost"
        until(lambda: free(device), what="the stick")
        make(MediumClient(path))


# --- who asks, and what ---


_STRANGER = """
import socket, sys
asks = socket.socket(socket.AF_UNIX)
asks.connect(sys.argv[1])
asks.settimeout(120)
head = bytes([0x81, 0xA4]) + b"verb" + bytes([0xA4]) + b"list"
try:
    asks.sendall(len(head).to_bytes(4, "big") + bytes(4) + head)
    print(asks.recv(100))
except OSError:
    print(b"")
"""


def test_a_user_that_may_not_ask_gets_nothing_and_another_user_s_service_is_not_asked(tmp_path: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        loop_device(tmp_path / "s", size=16 * MIB) as device,
        medium_service(Path(folder), {"S1": device}) as (path, _),
    ):
        os.chmod(folder, 0o755)
        os.chmod(path, 0o666)
        answers = {}
        for user in (0, 65534):
            words = ["setpriv", f"--reuid={user}", "--clear-groups", "/usr/bin/python3", "-I", "-c", _STRANGER, path]
            answers[user] = subprocess.run(words, capture_output=True, text=True, check=True, cwd="/").stdout.strip()
        assert "sticks" in answers[0]
        assert answers[65534] == "b''"
        with pytest.raises(Unavailable):
            MediumClient(path, server=[12345]).sticks()


@pytest.mark.parametrize(
    "verb",
    ["prepare", "write", "finish", "read", "release", "format", "block", ""],
)
def test_out_of_order_and_unknown_words_end_the_connection_and_are_said(tmp_path: Path, verb: str) -> None:
    with (
        loop_device(tmp_path / "s", size=16 * MIB) as device,
        medium_service(tmp_path, {"S1": device}) as (path, process),
    ):
        with pytest.raises(Broken):
            Client(path).call(verb)
        until(lambda: not children(process), what="the end of the child")


def test_nobody_serves_and_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        MediumClient(str(tmp_path / "none")).sticks()
    assert caught.value.message is not None
    assert caught.value.message.code == "medium-service"


def test_what_is_missing_wrong_or_more_than_expected_is_named() -> None:
    found = MediumContents((MediumFile("a", 1, "aa"), MediumFile("b", 1, "bb")), ("Folder",))
    check_contents({"a": "aa"}, MediumContents((MediumFile("a", 1, "aa"),), ("System Volume Information",)))
    for expected, contents, names in (
        ({"a": "aa", "c": "cc"}, found, ["c"]),
        ({"a": "AA", "b": "bb"}, found, ["a"]),
        ({"a": "aa"}, found, ["b", "Folder"]),
    ):
        with pytest.raises(Damaged) as caught:
            check_contents(expected, contents)
        assert caught.value.message is not None
        assert caught.value.message.values["names"] == names


def test_a_connection_is_no_stream_of_anything_else(tmp_path: Path) -> None:
    with loop_device(tmp_path / "s", size=16 * MIB) as device, medium_service(tmp_path, {"S1": device}) as (path, _):
        session = MediumClient(path).open("S1", write=True)
        prepared(session)
        session._connection.send({"verb": "write", "name": "a", "at_ns": 0})
        session._connection.sock.sendall(BLOCK_LENGTH.pack(2 * MIB) + bytes(2 * MIB))
        with pytest.raises(Broken, match="block of"):
            session.finish()
        with MediumClient(path).open("S1", write=True) as session:
            session._connection.send({"verb": "prepare"}, b"body")
            with pytest.raises(Broken, match="prepare"):
                session.finish()
        assert MediumClient(path).sticks()


@contextlib.contextmanager
def answered_with(size: int, *, least_descriptor: int = 0) -> Iterator[MediumSession]:
    """A session with a service that takes whatever file comes and says that it has this size."""
    ours, theirs = socket.socketpair()
    if least_descriptor:
        with ours:
            ours = socket.socket(fileno=fcntl.fcntl(ours, fcntl.F_DUPFD_CLOEXEC, least_descriptor))

    def serve() -> None:
        other = Connection(theirs)
        while other.receive() is not None:
            while length := BLOCK_LENGTH.unpack(theirs.recv(4, socket.MSG_WAITALL))[0]:
                theirs.recv(length, socket.MSG_WAITALL)
            other.send({"ok": True, "size": size})

    thread = threading.Thread(target=serve)
    thread.start()
    with theirs, MediumSession(Connection(ours)) as session:
        yield session
        session.close()
        thread.join(120)


def test_a_service_that_wrote_less_than_was_sent_is_not_believed() -> None:
    with answered_with(2) as session, pytest.raises(Broken, match="3 bytes were sent and 2 written"):
        session.write("a", [b"123"], at_ns=AT_NS)


def test_a_keeper_with_many_descriptors_writes_as_any_other() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    try:
        with answered_with(3, least_descriptor=2000) as session:
            assert session.write("a", [b"1", b"", memoryview(b"23")], at_ns=AT_NS) == 3
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
