"""A trial office (訓練): made by the code that makes an office, with drawn answers, in a folder of its own.

It never becomes an office: its registry says trial, and so does a banner on every page.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Sequence

from appliance.cli_text import trial_card
from appliance.clock import SystemClock
from appliance.custody.passwords import draw_password
from appliance.custody.setup import NewPerson, create_installation
from appliance.errors import UsageError
from appliance.files import RealFs, write_atomic
from appliance.model import Camera
from appliance.registry import Plugins, checked_settings, load_plugins
from appliance.settings import Layout, Settings, read_settings

__all__ = ["ensure_trial"]

_PEOPLE = (
    ("officer", "專責人員 officer", ("officer", "manager")),
    ("unit_head", "單位主管 unit head", ("unit_head", "director")),
)


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

    Raises UsageError when cameras are named for a trial that exists, or the port is taken.
    """
    path = os.path.join(os.path.abspath(directory), "appliance.toml")
    if os.path.isdir(Layout(directory).office):
        if cameras:
            raise UsageError(
                f"{directory}: this trial has its cameras already; remove the folder to start another with --camera"
            )
        if host or port or more_plugins:
            raise UsageError(f"{directory}: this trial has its address and plugins already, in {path}; edit them there")
        return path
    names = (*Settings().plugins, *more_plugins)
    registered = _cameras(cameras, load_plugins(names))
    fs = RealFs()
    fs.make_dir(directory, mode=0o755)
    host = host or "127.0.0.1"
    name = "localhost" if host in ("127.0.0.1", "::1") else socket.gethostname()
    port = _free_port(host, port)
    text = (
        "# The trial office's settings; deploy/appliance.toml explains every key.\n"
        f'state = "{os.path.abspath(directory)}"\nassume_trusted_clock = true\n'
        f"plugins = {json.dumps(names)}\n\n"
        f'[web]\nhost = "{host}"\nport = {port}\nname = "{name}"\n\n[storage]\nanchor = "file"\n'
    )
    write_atomic(fs, path, text.encode(), mode=0o644)
    settings = read_settings(path)
    people = [
        NewPerson(account, display.split()[0], roles, draw_password(os.urandom)) for account, display, roles in _PEOPLE
    ]
    say("making a trial office: keys, certificate, two people; a few seconds")
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
        [(display, person.name, person.password) for (_, display, _), person in zip(_PEOPLE, people, strict=True)],
        os.path.abspath(directory),
        installed.envelope_shares,
    )
    print(card, flush=True)
    return path


def _free_port(host: str, wanted: int | None) -> int:
    for port in [wanted] if wanted else [*range(8443, 8463), 0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if wanted:
                    raise UsageError(f"--port {port}: cannot be used on {host} ({error.strerror})") from error
                continue
            return int(probe.getsockname()[1])
    raise UsageError(f"--host {host}: no free port was found there")


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
    kind, settings = plugins.camera_at(address)
    checked_settings(plugins.source(kind), settings)
    return Camera(camera_no=camera_no, location=f"攝影機 {camera_no}", source=kind, settings=settings, sound=True)
