"""What must be known before start: one TOML file, read once, checked strictly, and the places on disk it implies.

What the office decides is in the policy in force, which cameras exist in the registry in force; neither is here.
``deploy/appliance.toml`` is the commented reference; a test holds it and this module together.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from typing import Literal

import msgspec

from appliance.core.errors import UsageError

__all__ = [
    "FILE_ANCHOR",
    "DiskSettings",
    "Layout",
    "Settings",
    "StorageSettings",
    "WebSettings",
    "check_settings",
    "read_settings",
]

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_USB = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}")
_MAX_NAME = 253
_MAX_PORT = 65535
_MOST_MIB = 1 << 20
_MOST_MBPS = 1000
_SCRUB_BYTES = range(64 << 10, (1 << 30) + 1)


class WebSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the web UI listens. ``name`` is the host name in the certificate and in the address people type.
    ``station_port``: where it listens for viewing stations, 0: it does not."""

    host: str = "127.0.0.1"
    port: int = 8443
    station_port: int = 8444
    name: str = "localhost"

    @property
    def origin(self) -> str:
        """The address that people type, without a path."""
        return self._at(self.port)

    @property
    def station_origin(self) -> str:
        """The address that viewing stations open, without a path; "" where there is none."""
        return self._at(self.station_port) if self.station_port else ""

    @property
    def origins(self) -> tuple[str, ...]:
        """Every address of the site."""
        return (self.origin, self.station_origin) if self.station_origin else (self.origin,)

    def _at(self, port: int) -> str:
        return f"https://{self.name}" if port == 443 else f"https://{self.name}:{port}"


class StorageSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the key store's anchor is made of: asked for at set-up and by ``appliance anchor new``, never afterwards.
    ``tpm`` is the way to the TPM as tpm2-tools name it (a TCTI)."""

    anchor: Literal["auto", "tpm", "file"] = "auto"
    tpm: str = "device:/dev/tpmrm0"


FILE_ANCHOR = StorageSettings(anchor="file")
"""For what never uses a TPM: trials and tests."""


class DiskSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of the disk and the cameras before anything is measured. ``records_mib``: kept from footage for the
    ledger and the other records. ``camera_mbps``: what a camera is taken to write until it has written an hour."""

    records_mib: int = 256
    camera_mbps: float = 4.0

    def __post_init__(self) -> None:
        if not 1 <= self.records_mib <= _MOST_MIB:
            raise ValueError(f"[disk] records_mib = {self.records_mib}; 1 to {_MOST_MIB} are possible")
        if not 0 < self.camera_mbps <= _MOST_MBPS:
            raise ValueError(f"[disk] camera_mbps = {self.camera_mbps}; above 0 and up to {_MOST_MBPS} is possible")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole settings file. ``state`` holds everything the recorder writes; ``plugins`` names what may be loaded:
    built-in ones by their module name (``source_av``), others by entry-point name. ``footage`` holds ``open`` and
    ``ring`` where they have a disk of their own; ``scrub_bytes_per_second``: how fast closed footage is read again;
    ``checks``: what the office sets of each check, by its name; ``usb_known``: the USB devices that belong to the box,
    as ``vendor:product`` in hexadecimal; ``notices``: the file that names who is told of findings, "" for nobody."""

    state: str = "/var/lib/office-recorder"
    run: str = ""
    footage: str = ""
    scrub_bytes_per_second: int = 4 << 20
    web: WebSettings = WebSettings()
    storage: StorageSettings = StorageSettings()
    disk: DiskSettings = DiskSettings()
    plugins: tuple[str, ...] = (
        "source_av",
        "source_testcard",
        "source_picamera",
        "check_picture",
        "check_sound",
        "check_storage",
        "check_machine",
    )
    checks: dict[str, dict[str, float]] = {}
    usb_known: tuple[str, ...] = ()
    notices: str = ""
    assume_trusted_clock: bool = False

    @property
    def layout(self) -> Layout:
        return Layout(self.state, self.run, self.footage)


class Layout:
    """Every place on disk, from the state directory down. The office's set-up commits by one rename to ``office``."""

    def __init__(self, state: str, run: str = "", footage: str = "") -> None:
        self.state = os.path.abspath(state)
        self.run = os.path.abspath(run) if run else os.path.join(self.state, "run")
        self._footage = os.path.abspath(footage) if footage else ""

    @property
    def office(self) -> str:
        return os.path.join(self.state, "office")

    @property
    def boot(self) -> str:
        """The keeper's, read by the recorder: boot key, sealed registry and policy in force, public keys."""
        return os.path.join(self.office, "boot")

    @property
    def keeper(self) -> str:
        """The keeper's alone: box key, anchor, key store, ledger, records, catalogue, accounts, index."""
        return os.path.join(self.office, "keeper")

    @property
    def footage(self) -> str:
        """Where ``open`` and ``ring`` are, on one file system: the office, or a disk of their own."""
        return self._footage or self.office

    @property
    def has_own_disk(self) -> bool:
        return bool(self._footage)

    @property
    def open(self) -> str:
        """Open buckets: the recorder appends here, the keeper takes closed files away."""
        return os.path.join(self.footage, "open")

    @property
    def ring(self) -> str:
        """Closed buckets: the keeper's alone. On the same file system as ``open``: closing is a rename."""
        return os.path.join(self.footage, "ring")

    @property
    def copies(self) -> str:
        """The viewing copies of the keeper that runs, which no other keeper can open: the keeper's alone."""
        return os.path.join(self.footage, "copies")

    @property
    def web(self) -> str:
        """The web process's: TLS leaf, CA certificate, drafts."""
        return os.path.join(self.office, "web")

    @property
    def heads(self) -> str:
        """Ledger checkpoints as text files, for people to carry off the box."""
        return os.path.join(self.office, "heads")

    def socket(self, process: str) -> str:
        return os.path.join(self.run, f"{process}.sock")


def read_settings(path: str | None) -> Settings:
    """The settings in ``path``, or the defaults for None. Raises UsageError naming the file, the key and the remedy."""
    if path is None:
        return Settings()
    try:
        with open(path, "rb") as file:
            found = tomllib.load(file)
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such settings file; copy deploy/appliance.toml and edit it") from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as TOML in UTF-8 ({error})") from error
    try:
        settings = msgspec.convert(found, Settings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: {error}; deploy/appliance.toml explains every key") from error
    check_settings(settings, path)
    return settings


def check_settings(settings: Settings, where: str) -> None:
    """Raises UsageError, beginning with ``where``, for a value of the right type that cannot work. Looks at no disk."""
    web = settings.web
    for name, place in (("state", settings.state), ("run", settings.run), ("footage", settings.footage)):
        if "\0" in place or not (os.path.isabs(place) or (name != "state" and not place)):
            raise UsageError(
                f"{where}: {name} = {place!r} is no absolute path; each process would take it from a folder of its own"
            )
    if settings.scrub_bytes_per_second not in _SCRUB_BYTES:
        raise UsageError(
            f"{where}: scrub_bytes_per_second = {settings.scrub_bytes_per_second}; "
            f"{_SCRUB_BYTES[0]} to {_SCRUB_BYTES[-1]} are possible"
        )
    if not 1 <= web.port <= _MAX_PORT:
        raise UsageError(f"{where}: web.port = {web.port} is no port; give 1 to {_MAX_PORT}")
    if not 0 <= web.station_port <= _MAX_PORT or web.station_port == web.port:
        raise UsageError(
            f"{where}: web.station_port = {web.station_port}; give 1 to {_MAX_PORT}, another than web.port, "
            "or 0 for no stations"
        )
    for name, host in (("host", web.host), ("name", web.name)):
        if not _is_host(host):
            raise UsageError(
                f"{where}: web.{name} = {host!r} is no host name and no address;"
                " letters, digits and hyphens between dots, or an address such as 192.168.1.5"
            )
    for device in settings.usb_known:
        if not _USB.fullmatch(device):
            raise UsageError(
                f"{where}: usb_known has {device!r}; write vendor:product as lsusb does, such as 046d:c31c"
            )
    for number, plugin in enumerate(settings.plugins):
        if not plugin or plugin in settings.plugins[:number]:
            raise UsageError(f"{where}: plugins has {plugin!r} empty or twice; name each plugin once")


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        name = text.removesuffix(".")
        return len(name) <= _MAX_NAME and all(_LABEL.fullmatch(label) for label in name.split("."))
    return True
