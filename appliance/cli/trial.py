"""A trial office (訓練): made by the code that makes an office, with drawn answers, in a folder of its own.

It never becomes an office: its registry says trial, and so does a banner on every page.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from appliance.api.addresses import camera_at
from appliance.api.registry import Plugins, checked_settings, load_plugins
from appliance.cli.first_disk import first_forecast
from appliance.cli.text import trial_card
from appliance.core.clock import SystemClock
from appliance.core.errors import UsageError
from appliance.core.model import Camera
from appliance.core.settings import Layout, Settings, WebSettings, check_settings, read_settings
from appliance.installation.setup import NewPerson, create_installation
from appliance.keeper.machine.space_text import forecast_text
from appliance.storage.boot_files import read_registry
from appliance.storage.files import RealFs, write_atomic
from appliance.vault.keys.passwords import draw_password

__all__ = ["ensure_trial"]

_MANAGING, _SECTION = "行政庶務課", "戶籍登記課"


class _Role(NamedTuple):
    """Somebody of a trial: ``title`` is what the card says in Chinese and English, its first word the person's name."""

    account: str
    title: str
    roles: tuple[str, ...]
    unit: str
    post: str

    def drawn(self) -> NewPerson:
        """The person with a password of this trial. Who runs the office opens the vault, as in an office."""
        return NewPerson(
            self.account,
            self.title.split()[0],
            self.roles,
            draw_password(os.urandom),
            unit=self.unit,
            post=self.post,
            keyholder=self.unit == _MANAGING,
        )


_PEOPLE = (
    _Role("officer", "專責人員 officer", ("officer", "manager"), _MANAGING, "課員"),
    _Role("unit_head", "單位主管 unit head", ("unit_head", "secretary", "director"), _MANAGING, "課長"),
    _Role("colleague", "同仁 colleague", ("staff",), _SECTION, "課員"),
    _Role("section_head", "課室主管 section head", ("section_head",), _SECTION, "課長"),
)
"""Enough for the three kinds of request: two who run the office, and a colleague who asks with the head who signs."""


def ensure_trial(
    directory: str,
    cameras: Sequence[str],
    host: str | None,
    port: int | None,
    *,
    more_plugins: Sequence[str] = (),
    say: Callable[[str], None],
) -> str:
    """The settings file of the trial in ``directory``, which is made when it is not there yet.

    Raises UsageError when what is asked for is not what the trial that exists has, when that is another user's, when an
    address names no camera, when the port is taken, and when the folder cannot be made.
    """
    path = os.path.join(os.path.abspath(directory), "appliance.toml")
    if os.path.isdir(office := Layout(directory).office):
        if os.stat(office).st_uid != os.getuid():
            raise UsageError(
                f"{directory}: this trial belongs to another user; run it as that user,"
                " or begin another with --or-trial and another folder"
            )
        _same(path, directory, cameras, host, port, more_plugins)
        return path
    names = (*Settings().plugins, *more_plugins)
    registered = _cameras(cameras, load_plugins(names))
    fs = RealFs()
    host = host or "127.0.0.1"
    name = "localhost" if host in ("127.0.0.1", "::1") else socket.gethostname()
    state = os.path.abspath(directory)
    check_settings(
        Settings(state=state, plugins=names, web=WebSettings(host=host, port=port or 1, station_port=0, name=name)),
        "run",
    )
    port = _free_port(host, port)
    text = (
        "# The trial office's settings; deploy/appliance.toml explains every key.\n"
        f"state = {json.dumps(state, ensure_ascii=False)}\nassume_trusted_clock = true\n"
        f"plugins = {json.dumps(names)}\n\n"
        f'[web]\nhost = "{host}"\nport = {port}\nstation_port = 0\nname = "{name}"\n\n[storage]\nanchor = "file"\n'
    )
    try:
        fs.make_dir(directory, mode=0o755)
        write_atomic(fs, path, text.encode(), mode=0o644)
    except (OSError, UnicodeEncodeError) as error:
        raise UsageError(
            f"{directory}: cannot be the folder of a trial ({error}); name one that can be made and written"
        ) from error
    settings = read_settings(path)
    if text := forecast_text(first_forecast(fs, settings, registered, SystemClock(assume_trusted=True).wall_ns())):
        say(f"{text}; a trial is only told so")
    people = [each.drawn() for each in _PEOPLE]
    say("making a trial office: keys, certificate, four people; a few seconds")
    installed = create_installation(
        fs,
        settings.layout,
        SystemClock(assume_trusted=True),
        office_name="訓練用辦公室",
        people=people,
        cameras=registered,
        host_names=(name,),
        trial=True,
    )
    card = trial_card(
        f"https://{name}:{port}/",
        installed.ca_path,
        installed.ca_fingerprint,
        [(each.title, person.name, person.password) for each, person in zip(_PEOPLE, people, strict=True)],
        os.path.abspath(directory),
        installed.envelope_shares,
    )
    print(card, flush=True)
    return path


def _free_port(host: str, wanted: int | None) -> int:
    why = ""
    for port in [wanted] if wanted else [*range(8443, 8463), 0]:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if wanted:
                    raise UsageError(f"--port {port}: cannot be used on {host} ({error.strerror})") from error
                why = error.strerror or str(error)
                continue
            return int(probe.getsockname()[1])
    raise UsageError(f"--host {host}: no free port was found there ({why}); name an address of this machine")


def _same(
    path: str,
    directory: str,
    cameras: Sequence[str],
    host: str | None,
    port: int | None,
    more_plugins: Sequence[str],
) -> None:
    """Repeating the command that made a trial runs it again; another one must not be taken for it."""
    settings = read_settings(path)
    web = settings.web
    if (host or web.host, port or web.port) != (web.host, web.port) or not set(more_plugins) <= set(settings.plugins):
        raise UsageError(f"{directory}: this trial has its address and plugins already, in {path}; edit them there")
    if not cameras:
        return
    plugins = load_plugins(settings.plugins)
    has = read_registry(RealFs(), settings.layout.boot).cameras
    if [(each.source, each.settings) for each in _cameras(cameras, plugins)] != [
        (each.source, each.settings) for each in has
    ]:
        told = ", ".join(f"{each.camera_no} {_described(each, plugins)}" for each in has)
        raise UsageError(
            f"{directory}: this trial has its cameras already: {told}; run it without --camera,"
            " or begin another with --or-trial and another folder"
        )


def _described(camera: Camera, plugins: Plugins) -> str:
    kind = plugins.source(camera.source)
    return kind.describe(checked_settings(kind, camera.settings))


def _cameras(addresses: Sequence[str], plugins: Plugins) -> list[Camera]:
    """What ``--camera`` named, numbered from 01; the test card where nothing was named."""
    if not addresses:
        return [_testcard("01")]
    return [_camera(f"{number:02d}", address, plugins) for number, address in enumerate(addresses, 1)]


def _testcard(camera_no: str) -> Camera:
    return Camera(
        camera_no=camera_no, location="訓練用測試畫面", source="testcard", settings={"label": camera_no}, sound=True
    )


def _camera(camera_no: str, address: str, plugins: Plugins) -> Camera:
    if address == "testcard":
        return _testcard(camera_no)
    try:
        found = camera_at(plugins, address)
    except UsageError as error:
        raise UsageError(f"--camera, number {int(camera_no)}: {error}") from error
    settings = found.settings | _looped(found.settings) if found.kind == "file" else found.settings
    return Camera(camera_no=camera_no, location=f"監視器 {camera_no}", source=found.kind, settings=settings, sound=True)


def _looped(settings: dict[str, Any]) -> dict[str, Any]:
    """A film begins again at its end, so that a trial goes on recording; a pipe cannot."""
    return {"loop": True} if os.path.isfile(settings["path"]) else {}
