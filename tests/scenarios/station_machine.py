"""A viewing station on a whole machine: Debian 13 under QEMU, made a station by ``deploy/station/install`` as its
manual says, registered in a real office, tried at its keyboard, its mouse and its USB sockets, and searched.

    python -m tests.scenarios.station_machine FOLDER

Needs root and Debian's qemu-system-x86, mmdebstrap, fdisk, e2fsprogs, mtools and some 12 GB in FOLDER. Nothing is
timed: an emulated processor takes an hour. Each step prints what was seen; pictures of the screen are in
``FOLDER/pictures``, where a person looks at them, too. Ends with status 1 where anything was not as it should be.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, sync_playwright

from tests.box import OFFICER
from tests.rules.test_at_47 import BOTH, Office, RealOffice, real_office
from tests.stationpc import STATION
from tests.stationvm.escapes import ATTEMPTS, Attempt
from tests.stationvm.image import MIB, apt_options, make_image, sources
from tests.stationvm.looking import brightness, difference, pieces_in, pieces_of
from tests.stationvm.machine import MEMORY_BYTES, Machine, seen
from tests.web.site import free_port

NAME = "recorder.office.example"
"""The recorder as the station knows it: this machine's loopback, behind QEMU's network."""
_ETC = "/etc/office-recorder-station"
_HOME = "/run/office-recorder-station"
_SAME = 0.004
"""Up to here a picture of the screen is the same: a caret blinks, a pointer stands elsewhere."""
_EMPTY = (0.5, 0.035)
"""Between the links of the page's head: a click there takes the focus, and its ring, off everything."""
MARKER = b"what lies on a stick of somebody's\n"
PLANTED = b"planted by hand: 7c1d0e5b9f42a638"
_FETCHED = """async (url) => {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  let text = "";
  for (const each of bytes) text += String.fromCharCode(each);
  return btoa(text);
}"""
_PICTURE = "[...document.querySelectorAll('video')].some((video) => video.readyState >= 2)"
_KIOSK = "pgrep -u or-station -f 'chromium.*--kiosk'"

_BOUND = """for each in /sys/bus/usb/devices/*:*; do
  case $(cat $each/bInterfaceClass) in 03|09) ;; *) [ ! -e $each/driver ] || echo $each ;; esac; done"""
"""USB interfaces with a driver which are neither keyboard, pointer nor hub."""


class NamedOffice(RealOffice):
    host_name = NAME


class Trial:
    """One run: the office, the machine, and what was seen."""

    def __init__(self, folder: Path, office: Office) -> None:
        self.folder, self.office = folder, office
        self.pictures = folder / "pictures"
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.image = make_image(folder / "image")
        disk = folder / "disk.raw"
        subprocess.run(["cp", "--sparse=always", self.image.disk, disk], check=True)
        self.machine = Machine(folder / "machine", disk)
        self.password, self.number, self.failed = "", 0, list[str]()
        self.pieces: list[bytes] = []
        """Of what was shown in the viewing."""

    def say(self, what: str, seen_: bool, more: str = "") -> None:
        print(f"{'seen' if seen_ else 'NOT SEEN'}: {what}{f' ({more})' if more else ''}", flush=True)
        if not seen_:
            self.failed.append(what)

    def picture(self, name: str) -> Path:
        return self.machine.picture(self.pictures / f"{name}.png")

    def usb_told(self) -> list[str]:
        """Devices that the ledger says this station refused."""
        return [each["device"] for each in self.office.entries("station.usb") if each["station"] == self.number]

    # --- the steps, in order ---

    def install(self) -> None:
        """As the manual tells an administrator, with the paper of two people in between."""
        machine = self.machine
        machine.start(self.image.kernel, self.image.initrd)
        machine.booted()
        machine.must("grub-install /dev/vda && update-grub")
        machine.must(f"echo 10.0.2.2 {NAME} >> /etc/hosts")
        machine.must("cat > /etc/apt/apt.conf.d/90test", "".join(f"{each};\n" for each in apt_options()).encode())
        machine.must("cat > /etc/apt/sources.list", "".join(f"deb {each}\n" for each in sources()).encode())
        machine.put(STATION, "/root/station")
        machine.must("cat > /root/ca.crt", Path(self.office.site.authority).read_bytes())
        port = self.office.box.station_port
        printed = machine.must(f"/root/station/install --recorder {NAME}:{port} --ca /root/ca.crt", seconds=5400)
        self.password = printed.partition("user office, password ")[2].split()[0]
        request = machine.must("office-recorder-station request 2>/root/shown")
        shown = "".join(machine.must("cat /root/shown").split()[-16:])
        key = self.office.ask("stations.read", request=request)["key"]
        self.say("the key that the recorder read is the one that the station shows", key == shown, key[:16])
        asked = {"request": request, "key": key, "place": "一樓閱覽室"}
        told = self.office.ask("stations.enrol", act=os.urandom(16).hex(), passwords=BOTH, **asked)
        self.number = int(told["number"])
        row = next(each for each in self.office.ask("stations")["stations"] if each["number"] == self.number)
        machine.must("cat > /root/station.crt", row["certificate"].encode())
        machine.must("office-recorder-station accept /root/station.crt && rm /root/station.crt")
        machine.power_off()

    def come_up(self) -> None:
        self.machine.start()
        self.machine.booted()
        seen(lambda: self.machine.run(_KIOSK).status == 0, "the browser")
        seen(lambda: self._bright(), "its page", seconds=1800, every=10)

    def _bright(self) -> bool:
        """The recorder's pages are light; a console and an empty compositor are dark."""
        first = self.picture("kiosk")
        if brightness(first) < 100:
            return False
        time.sleep(20)
        return difference(first, self.picture("kiosk")) < _SAME

    def kiosk(self) -> None:
        self.come_up()
        machine = self.machine
        self.say("the kiosk came up by itself", True, "pictures/kiosk.png")
        found = machine.run("office-recorder-station check")
        self.say("the self-check finds nothing", found.status == 0, found.text.strip())
        self.say("swap is off", machine.must("wc -l < /proc/swaps").strip() == "1")
        port = self.office.box.station_port
        lines = machine.must(f"ss -Htn state established dport = :{port} | wc -l").strip()
        self.say("the browser holds a connection to the station's port", lines != "0", lines)
        seen(lambda: self.office.ask("stations")["reports"].get(self.number), "the station's report")
        report = self.office.ask("stations")["reports"][self.number]
        self.say("閱覽站就緒 at the recorder", bool(report["ready"]), str(report["wrong"]))

    def escapes(self) -> None:
        """The kiosk as it is stands as the picture that each later one is held against."""
        self.machine.click(*_EMPTY)
        time.sleep(5)
        reference, boot = self.picture("kiosk"), self._boot()
        for number, attempt in enumerate(ATTEMPTS, 1):
            self._attempt(number, attempt, reference, boot)

    def _attempt(self, number: int, attempt: Attempt, reference: Path, boot: str) -> None:
        machine, name = self.machine, f"{number:02d}-{attempt.name.replace(' ', '-')}"
        attempt.do(machine)
        time.sleep(8)
        during = difference(reference, self.picture(f"{name}-during"))
        machine.keys(*attempt.undo)
        machine.click(*_EMPTY)
        machine.keys("home")  # what scrolled the page is no window
        machine.click(*_EMPTY)
        try:
            seen(lambda: difference(reference, self.picture(f"{name}-after")) < _SAME, attempt.name, every=4,
                 seconds=900 if attempt.ends else 90)  # fmt: skip
            same = True
        except AssertionError:
            same = False
        still = machine.must("cat /sys/class/tty/tty0/active").strip() == "tty1" and self._boot() == boot
        self.say(
            f"{attempt.name}: the kiosk as before, and nothing else",
            same and still,
            f"meanwhile {during:.1%} of the screen differed",
        )
        if not same:
            machine.must("systemctl restart office-recorder-station")
            seen(lambda: difference(reference, self.picture(f"{name}-after-a-restart")) < _SAME, "the kiosk", every=10)

    def _boot(self) -> str:
        return self.machine.must("cat /proc/sys/kernel/random/boot_id")

    # --- USB ---

    def stick(self) -> None:
        """Put in while it runs, and there when it starts: no driver binds it, no block device comes, and it is told."""
        made, machine = self.folder / "stick.raw", self.machine
        with made.open("wb") as file:
            file.truncate(64 << 20)
        subprocess.run(["mformat", "-i", made, "-F", "::"], check=True)
        subprocess.run(["mcopy", "-i", made, "-", "::MARKER.TXT"], input=MARKER * 64, check=True)
        before, heard = self._blocks(), len(self.usb_told())
        self.other_devices()
        with machine.stick(made):
            seen(lambda: "Mass Storage" in machine.run("lsusb -v 2>/dev/null").text, "the stick on the bus", every=5)
            seen(lambda: len(self.usb_told()) > heard, "the stick in the ledger", every=5)
            self.say("a stick is told to the keeper", True, ", ".join(self.usb_told()))
            self._nothing_bound("a stick that was put in", before)
            self.picture("stick")
        machine.power_off()
        heard = len(self.usb_told())
        machine.start(
            more=["-drive", f"if=none,id=cold,format=raw,file={made}", "-device", "usb-storage,bus=usb.0,drive=cold"]
        )
        machine.booted()
        self._nothing_bound("a stick that was there at the start", before)
        seen(lambda: len(self.usb_told()) > heard, "that stick in the ledger", every=5)
        self.say("a stick that was there at the start is told to the keeper", True)
        machine.power_off()

    def other_devices(self) -> None:
        """A phone (MTP) and a network card are told and get no driver; a serial line gets none; a keyboard that types
        by itself opens nothing."""
        machine, shared = self.machine, self.folder / "shared"
        shared.mkdir(exist_ok=True)
        (shared / "MARKER.TXT").write_bytes(MARKER)
        reference = self.picture("before-devices")
        machine.monitor("netdev_add", type="user", id="more")
        machine.monitor("chardev-add", id="line", backend={"type": "null", "data": {}})
        for driver, told, properties in (
            ("usb-mtp", True, {"rootdir": str(shared.resolve())}),
            ("usb-net", True, {"netdev": "more"}),
            ("usb-serial", False, {"chardev": "line"}),
        ):
            try:
                self._device(driver, told=told, **properties)
            except (AssertionError, OSError) as error:
                self.say(f"{driver} is refused", False, str(error))
        with machine.plugged("usb-kbd"):
            time.sleep(20)
            machine.keys("ctrl-n", "ctrl-t", "alt-f4", "ctrl-alt-f2", "alt-sysrq-b", "f12", "esc")
            time.sleep(8)
            machine.click(*_EMPTY)
            after = difference(reference, self.picture("a-second-keyboard"))
        self.say("a second keyboard, which types by itself: the kiosk as before", after < _SAME, f"{after:.2%}")

    def _device(self, driver: str, *, told: bool = True, **properties: str) -> None:
        machine, before, heard = self.machine, self._lines(), len(self.usb_told())
        there = machine.must("lsusb | wc -l")
        with machine.plugged(driver, **properties):
            seen(lambda: machine.must("lsusb | wc -l") != there, f"{driver} on the bus", every=5)
            if told:
                seen(lambda: len(self.usb_told()) > heard, f"{driver} in the ledger", every=5)
            time.sleep(20)
            bound = machine.must(_BOUND).strip()
            told_now = ", ".join(self.usb_told()[heard:])
            self.say(f"{driver}: no driver has it, and no network or line comes", not bound and self._lines() == before,
                     f"{bound} told: {told_now}")  # fmt: skip

    def _lines(self) -> str:
        return self.machine.must("ls /sys/class/net /sys/class/tty /sys/class/bluetooth 2>/dev/null || true")

    def _blocks(self) -> str:
        return self.machine.must("ls /sys/block; grep -c . /proc/mounts")

    def _nothing_bound(self, what: str, before: str) -> None:
        machine = self.machine
        drivers = machine.must("for each in /sys/bus/usb/devices/*:*; do [ $(cat $each/bInterfaceClass) != 08 ] || "
                               "{ echo $each; [ ! -e $each/driver ] || echo BOUND; }; done")  # fmt: skip
        self.say(f"{what} is there, and no driver has it", ":" in drivers and "BOUND" not in drivers, drivers.strip())
        self.say(f"{what} is no block device and no mount", self._blocks() == before, before.replace("\n", " "))
        modules = machine.run("grep -E '^(usb_storage|uas) ' /proc/modules").text
        self.say(f"with {what} no driver for storage is loaded", not modules, modules.strip())

    # --- a viewing, and what is left of it ---

    def viewing(self) -> None:
        """Driven from outside by the two policies that forbid it, which are taken away here and nowhere else."""
        machine, case = self.machine, self.office.viewing()
        machine.must(
            "sed -i '/RemoteDebuggingAllowed/d; /DeveloperToolsAvailability/d' /etc/chromium/policies/managed/*.json"
        )
        machine.must("echo 'CHROMIUM_FLAGS=\"$CHROMIUM_FLAGS --remote-debugging-port=9222\"' > /etc/chromium.d/test")
        proxy = "/usr/lib/systemd/systemd-socket-proxyd 127.0.0.1:9222"
        machine.must(f"systemd-run --quiet --socket-property=ListenStream=9223 {proxy}")
        machine.must("systemctl restart office-recorder-station")
        port = free_port()
        machine.monitor("human-monitor-command", **{"command-line": f"hostfwd_add lan tcp:127.0.0.1:{port}-:9223"})
        origin = f"https://{NAME}:{self.office.box.station_port}"
        with sync_playwright() as playwright:
            browser = seen(lambda: _connected(playwright, port), "the driven browser", every=10)
            context = browser.contexts[0]
            context.set_default_timeout(900_000)
            context.add_cookies([{"name": "__Host-sid", "value": self.office.session, "url": origin, "secure": True}])
            page = context.pages[0]
            page.goto(f"{origin}/cases/{case}")
            page.locator('form[action$="/view"] input[type=password]').fill(OFFICER.password)
            page.locator('form[action$="/view"] button').click()
            page.wait_for_url(re.compile(r"/viewing/[0-9a-f]{32}$"))
            seen(lambda: page.evaluate(_PICTURE), "a picture", seconds=300)
            self.picture("viewing")
            start_ns, _ = self.office.span()
            for way in (f"media?camera=01&start_ns={start_ns}&seconds=4", f"key?camera=01&at_ns={start_ns}"):
                got = page.evaluate(_FETCHED, f"{page.url}/{way}")
                self.pieces += pieces_of(base64.b64decode(got))
            machine.must(f"cat > {_HOME}/profile/planted", PLANTED)
            found = self._memory("during")
            self.say(
                "during the viewing its pictures are in memory, and the search finds them",
                bool(found & set(self.pieces)),
            )
            self.say("what was planted in the profile is in memory, too", PLANTED in found)
            page.goto(f"{origin}/cases/{case}")
            self.office.at().post(f"{page.url}", {})
        machine.must("rm /etc/chromium.d/test")

    def _memory(self, name: str) -> set[bytes]:
        """Which pieces the machine's memory holds now."""
        made = self.folder / f"memory-{name}"
        self.machine.monitor("pmemsave", val=0, size=MEMORY_BYTES, filename=str(made.resolve()))
        wanted = [*self.pieces, PLANTED]
        found = {wanted[number] for number, _ in pieces_in(made, wanted)}
        made.unlink()
        return found

    def traces(self) -> None:
        """The whole disk, swap and all that was deleted on it, after the power went off."""
        self.machine.power_off()
        wanted = [*self.pieces, PLANTED]
        found = pieces_in(self.machine.disk, wanted)
        self.say(
            "nothing of what was shown, and nothing of the profile, is on the disk or in swap", found == [], str(found)
        )
        made = self.folder / "planted"
        made.write_bytes(b"".join(wanted))
        place = f"{self.machine.disk}?offset={MIB}"
        subprocess.run(
            ["debugfs", "-w", "-R", f"write {made} /var/tmp/planted", place], check=True, capture_output=True
        )
        found = pieces_in(self.machine.disk, wanted)
        self.say(
            "the same search finds what is planted on the disk by hand", len(found) == len(wanted), str(len(found))
        )

    # --- before the system ---

    def boot_menu(self) -> None:
        """Its pictures are for a person: whether the menu, its editor or its console came without the password."""
        self.machine.start()
        for number in range(40):
            self.machine.keys("esc", "e", "c")
            if number % 5 == 0:
                self.picture(f"boot-menu-{number:02d}")
        self.machine.booted()
        self.say("it started as ever, whatever was pressed", True, "look at pictures/boot-menu-*.png")


def _connected(playwright: Any, port: int) -> Any:
    try:
        return playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}", timeout=300_000)
    except Error:
        return None


def main(folder: Path) -> int:
    with (
        tempfile.TemporaryDirectory() as place,
        tempfile.TemporaryDirectory() as darkroom,
        real_office(Path(place), Path(darkroom), NamedOffice) as office,
    ):
        trial = Trial(folder, office)
        try:
            trial.install()
            trial.kiosk()
            trial.escapes()
            trial.stick()
            trial.come_up()
            trial.viewing()
            trial.traces()
            trial.boot_menu()
        finally:
            trial.machine.close()
    print("\n".join(["", *(f"NOT SEEN: {each}" for each in trial.failed)]))
    return 1 if trial.failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
