"""The disk of a fresh Debian 13 PC without a desktop: a boot loader's gap, a root file system, a swap partition.

Made by ``mmdebstrap``, ``mke2fs`` and ``sfdisk`` without a mount; as root. The packages that ``deploy/station/install``
asks for lie in it already, because unpacking them in an emulated machine takes long: its ``apt-get`` finds them there.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.stationpc import STATION

__all__ = ["Image", "make_image"]

MIB = 1 << 20
_ROOT_MIB, _SWAP_MIB = 5000, 256
_PACKAGES = (
    "apparmor ca-certificates console-setup dbus e2fsprogs fdisk grub-pc-bin grub2-common ifupdown "
    "initramfs-tools iproute2 kmod less libpam-systemd linux-image-amd64 login procps qemu-guest-agent "
    "systemd systemd-resolved systemd-sysv systemd-timesyncd udev usbutils util-linux zstd "
)
_BEFORE = """mkdir -p "$1/etc/initramfs-tools/conf.d"
printf 'MODULES=most\\nCOMPRESS=zstd\\n' > "$1/etc/initramfs-tools/conf.d/machine" """
_AFTER = r"""#!/bin/sh
set -eu
cd "$1"
echo station > etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 station\n' > etc/hosts
printf '/dev/vda1 / ext4 errors=remount-ro 0 1\n/dev/vda2 none swap sw 0 0\n' > etc/fstab
printf '[Match]\nName=en*\n[Network]\nDHCP=yes\n' > etc/systemd/network/lan.network
chroot . systemctl enable systemd-networkd systemd-resolved >/dev/null 2>&1
ln -sf ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf
echo root:an-administrator | chroot . chpasswd
: > etc/machine-id
"""


class Image:
    """``disk``: machines take a copy; ``kernel`` and ``initrd``: for a start before there is a boot loader."""

    def __init__(self, folder: Path) -> None:
        self.disk, self.kernel, self.initrd = folder / "disk.raw", folder / "kernel", folder / "initrd"


def make_image(folder: Path) -> Image:
    """The image in ``folder``, made when it is not there; minutes. Raises CalledProcessError."""
    image = Image(folder)
    if image.disk.exists():
        return image
    folder.mkdir(parents=True, exist_ok=True)
    tree, after, new = folder / "tree", folder / "after", folder / "disk.new"
    shutil.rmtree(tree, ignore_errors=True)
    after.write_text(_AFTER, encoding="ascii")
    after.chmod(0o755)
    include = f"--include={','.join([*_PACKAGES.split(), *_asked_for()])}"
    _run("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", include,
         f"--setup-hook={_BEFORE}", f"--customize-hook={after}", *(f"--aptopt={each}" for each in apt_options()),
         "trixie", tree, *(f"deb {where}" for where in sources()))  # fmt: skip
    for name, to in (("vmlinuz-*", image.kernel), ("initrd.img-*", image.initrd)):
        shutil.copy(max((tree / "boot").glob(name)), to)
    with new.open("wb") as file:
        file.truncate((1 + _ROOT_MIB + _SWAP_MIB) * MIB)
    table = f"label: dos\nstart=1MiB, size={_ROOT_MIB}MiB, type=83, bootable\nsize={_SWAP_MIB - 1}MiB, type=82\n"
    _run("sfdisk", "--quiet", new, text=table)
    _run("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, "-E", f"offset={MIB}", new, f"{_ROOT_MIB}M")
    swap = folder / "swap"
    with swap.open("wb") as file:
        file.truncate((_SWAP_MIB - 1) * MIB)
    _run("mkswap", "--quiet", swap)
    _run("dd", f"if={swap}", f"of={new}", "bs=1M", f"seek={1 + _ROOT_MIB}", "conv=notrunc,sparse", "status=none")
    swap.unlink()
    shutil.rmtree(tree)
    new.rename(image.disk)
    return image


def sources() -> list[str]:
    """Where packages of Debian 13 come from: what this machine's apt, which is a Debian 13 too, is set to."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found = sorted({each for each in told if each.startswith("http") and "trixie" in each})
    assert found, "apt is set to no source of Debian 13's packages"
    return found


def apt_options() -> list[str]:
    """How this machine's apt fetches (proxy, certificates, dates)."""
    dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    return [each.rstrip(";") for each in dumped.splitlines() if re.match(r"Acquire::(Check-|https?::|Retries)", each)]


def _asked_for() -> list[str]:
    """The packages that the station's ``install`` has apt install."""
    text = (STATION / "install").read_text(encoding="utf-8")
    found = re.search(r"apt-get install .*\\\n((?:.*\\\n)*.*)\n", text)
    assert found, "deploy/station/install names its packages in one command"
    return found[1].replace("\\\n", " ").split()


def _run(*command: object, text: str | None = None) -> None:
    subprocess.run([str(each) for each in command], input=text, text=True, check=True)
