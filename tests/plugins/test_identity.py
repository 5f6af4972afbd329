"""T-66: what sources tell of the device, by which another on the same cable is known."""

from __future__ import annotations

import errno
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.plugins.sources.neighbours import card_at, card_of
from appliance.plugins.sources.video_device import device_identity
from appliance.recorder.camera.preview import identity_of
from appliance.rules.devices import NAMES, another
from tests.peers.own_network import two_machines
from tests.peers.rtsp import RtspServer
from tests.plugins.conftest import Open

KNOWN = {b"\xc0\x00\x02\x07": (2, "accc8e012345"), b"\xc0\x00\x02\x09": (0, "000000000000")}


def kernel(request: int, said: bytes) -> bytes:
    """One with a loopback and a network card, which knows one neighbour and waits for another."""
    if request == 0x8910:
        index = struct.unpack_from("=i", said, 16)[0]
        if index > 2:
            raise OSError(errno.ENODEV, "no such device")
        return (b"lo", b"eth0")[index - 1].ljust(16, b"\0") + said[16:]
    assert len(said) == 68, "struct arpreq"
    if not said[52:].startswith(b"eth0") or said[4:8] not in KNOWN:
        raise OSError(errno.ENXIO, "no such neighbour")
    flags, card = KNOWN[said[4:8]]
    return said[:18] + bytes.fromhex(card) + said[24:32] + struct.pack("=i", flags) + said[36:]


def test_a_network_card_is_told_while_it_is_on_this_network() -> None:
    assert card_of("192.0.2.7", kernel) == "ac:cc:8e:01:23:45"
    assert card_of("192.0.2.9", kernel) == "", "not known yet"
    assert card_of("192.0.2.70", kernel) == "", "behind a router"
    assert card_of("no address", kernel) == ""
    assert card_at("no such host.") == ""
    assert card_at("127.0.0.1") == ""


CONFINED = """
import socket
from appliance.plugins.sources.neighbours import card_of
from appliance.process.confinement import Allowed, confine
confine(Allowed(network=True)).check_floor()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.sendto(b"x", ("192.0.2.7", 9))
for _ in range(600):
    if found := card_of("192.0.2.7"):
        break
    sock = socket.socket()
    sock.settimeout(0.1)
    sock.connect_ex(("192.0.2.7", 9))
    sock.close()
print(found)
"""


@pytest.mark.root
def test_T_66_a_confined_process_learns_the_network_card_of_its_camera() -> None:
    with two_machines("192.0.2.1", "192.0.2.7") as (here, there):
        link = subprocess.run(there.command(["ip", "link", "show", "eth0"]), capture_output=True, text=True)
        told = subprocess.run(here.command([sys.executable, "-c", CONFINED]), capture_output=True, text=True)
    assert f"link/ether {told.stdout.strip()} " in link.stdout, told.stderr


def test_a_usb_camera_tells_its_serial_number_and_what_is_none_tells_nothing(tmp_path: Path) -> None:
    usb = tmp_path / "devices/usb1/1-1"
    (usb / "1-1:1.0").mkdir(parents=True)
    (usb / "serial").write_text("SN0042\n")
    (tmp_path / "class/video0").mkdir(parents=True)
    (tmp_path / "class/video0/device").symlink_to(usb / "1-1:1.0")
    assert device_identity(str(tmp_path / "video0"), str(tmp_path / "class")) == {"serial": "SN0042"}
    assert device_identity("/dev/null") == {}


@pytest.mark.rtsp
def test_a_network_camera_tells_the_same_at_each_connection_and_no_secret(open_source: Open) -> None:
    with RtspServer({"cam": "h264"}, account="recorder:planted") as server:
        told = []
        for _ in range(2):
            source = open_source("rtsp", url=server.url("cam"), user="recorder", password="planted")
            told.append(identity_of(source))
            source.close()
    assert told[0] == told[1]
    assert told[0]["server"].startswith("GStreamer")
    assert told[0]["realm"]
    assert set(told[0]) <= set(NAMES)
    assert "planted" not in str(told)
    with RtspServer({"cam": "h264"}) as other:
        source = open_source("rtsp", url=other.url("cam"))
        assert another(told[0], identity_of(source)), "one that asks for no password is not the one that did"
        source.close()
    assert identity_of(object()) == {}
