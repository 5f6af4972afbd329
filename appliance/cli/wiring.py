"""Puts the parts together: which function is which process, and what the command line asks of a running recorder.

Processes import only what they need, so each entry point is imported when it is started.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from appliance.api.registry import load_plugins
from appliance.core.clock import SystemClock, local_time
from appliance.core.errors import Broken, Damaged, Unavailable, UsageError
from appliance.core.messages import from_map
from appliance.core.settings import Settings
from appliance.process.confinement import die_with_parent
from appliance.process.heartbeat import Listener
from appliance.process.lock import only_one
from appliance.protocol.asking import ask
from appliance.protocol.callers import drop_token, installed_users
from appliance.protocol.status import PLAN, STATUS, AskPlan, StatusRequest
from appliance.protocol.transport import Client, listen
from appliance.protocol.verify import VERIFY
from appliance.storage.files import RealFs

__all__ = [
    "adopt_disk",
    "check_pack",
    "default_settings_path",
    "is_set_up",
    "keeper_answers",
    "launcher_place",
    "make_run_dir",
    "move_footage",
    "new_plugin",
    "only_recorder",
    "open_client",
    "plan",
    "plugins",
    "run_process",
    "settings_in_force",
    "status",
    "test_plugin",
    "verify",
]

_PROCESSES = {
    "keeper": "appliance.keeper.process",
    "darkroom": "appliance.sandbox.service",
    "medium": "appliance.medium.service",
    "recorder": "appliance.recorder.process",
    "web": "appliance.web.site.app",
}

_MOST_MBPS = 1000
Progress = Callable[[int, int, str], None]

_ANSWER_SECONDS = 5.0
_VERIFY_SECONDS = 60.0
"""Of a keeper that answers, how long one step of its checking may take: reading a large ledger is one."""


def default_settings_path(office_path: str) -> str | None:
    """The installed office's settings file, where there is one."""
    return office_path if os.path.exists(office_path) else None


def is_set_up(settings: Settings) -> bool:
    return os.path.isdir(settings.layout.office)


def run_process(name: str, settings: Settings, launcher: int | None = None) -> None:
    """Runs one process until it is told to stop, or until the ``launcher`` that started it is gone."""
    if launcher is not None:
        die_with_parent(launcher, signal.SIGTERM)
    module = importlib.import_module(_PROCESSES[name])
    os.umask(0o027)
    if name == "medium":
        _run_medium(module, settings)
        return
    make_run_dir(settings)
    if name == "darkroom":
        from appliance.sandbox.selftest_forkserver import SelfTestServer

        looks = SelfTestServer(
            settings.layout.socket("looks"),
            lambda: tuple(load_plugins(settings.plugins).checks.values()),
            settings.checks,
        )
        drop_token()  # it asks the keeper nothing
        users = installed_users()
        here = os.geteuid() == users.get("darkroom")
        module.run_darkroom(
            settings.layout.socket("darkroom"),
            uids=[users["keeper"]] if here else None,
            look_uids=[users["recorder"]] if here else None,
            looks=looks,
            hidden=(settings.layout.office,),
        )
    elif name == "recorder":
        with only_recorder(settings):
            module.run_recorder(settings)
    else:
        getattr(module, f"run_{name}")(settings)


def _run_medium(module: Any, settings: Settings) -> None:
    """On the socket that systemd holds for it, for the keeper's user, until nobody has asked for a minute; else on one
    of its own, for the user it runs as."""
    from appliance.medium.sticks import UsbSticks

    drop_token()  # it asks the keeper nothing
    listening = module.activated()
    if listening is not None:
        module.run_medium(listening, UsbSticks(), uids=[installed_users()["keeper"]], idle_seconds=60.0)
        return
    make_run_dir(settings)
    with listen(settings.layout.socket("medium")) as listening:
        module.run_medium(listening, UsbSticks(), uids=[os.geteuid()])


@contextlib.contextmanager
def launcher_place(settings: Settings) -> Iterator[Listener]:
    """The one launcher's place in ``run/``, where its processes give signs of life. Raises Unavailable when another
    launcher has it, UsageError when it cannot be made."""
    make_run_dir(settings)
    lock, sock = (os.path.join(settings.layout.run, name) for name in ("launcher.lock", "launcher.sock"))
    with only_one(lock, f"run: the recorder in {settings.state}", place=settings.layout.state), Listener(sock) as signs:
        yield signs


def only_recorder(settings: Settings) -> contextlib.AbstractContextManager[None]:
    """The lock that the recorder holds, and each command that changes what must not change under it. Raises
    Unavailable."""
    layout = settings.layout
    return only_one(os.path.join(layout.run, "recorder.lock"), f"the cameras of {settings.state}", place=layout.open)


def make_run_dir(settings: Settings) -> None:
    """The folder of the sockets exists on return. Raises UsageError."""
    try:
        RealFs().make_dir(settings.layout.run, mode=0o755)
    except OSError as error:
        raise UsageError(f"{settings.layout.run}: cannot be made ({error.strerror}); mend `run` or `state`") from error


def open_client(settings: Settings, timeout_seconds: float = _ANSWER_SECONDS) -> Client:
    """A client of the running keeper. Raises UsageError before set-up."""
    if not is_set_up(settings):
        raise UsageError(f"{settings.state}: no office is set up here; run `appliance setup`")
    return Client(settings.layout.socket("keeper"), timeout_seconds=timeout_seconds)


def status(settings: Settings) -> dict[str, Any]:
    """Cameras, ring and ledger as the keeper sees them now. Raises Unavailable when it does not run."""
    client = open_client(settings)
    try:
        found = ask(client, STATUS, StatusRequest()).answer
    finally:
        client.close()
    return {
        "cameras": [
            {
                "camera_no": camera.camera_no,
                "state": camera.state,
                "detail": camera.detail,
                "last_written_age_s": _age_seconds(found.now_ns, camera.last_written_ns),
                "earliest_playable": _local(camera.earliest_ns),
                "days_held": camera.days_held,
                "bitrate_bps": camera.bitrate_bps,
                "gaps_24h": len(camera.gaps_24h),
            }
            for camera in found.cameras
        ],
        "ring": {
            "segments": found.disk.segments,
            "bytes": found.disk.ring_bytes,
            "free_bytes": found.disk.free_bytes,
        },
        "ledger": {"size": found.ledger.size, "root": found.ledger.root},
        "clock_trusted": found.trusted,
        "findings": [each | {"text": str(from_map(each["text"]) or each["text"])} for each in found.findings],
    }


def plan(settings: Settings, add_mbps: float, cameras: int) -> dict[str, Any]:
    """How many days the disk will hold, and with ``cameras`` more of ``add_mbps`` Mbit/s each. Raises UsageError,
    Unavailable when the keeper does not run."""
    if not 0 <= add_mbps <= _MOST_MBPS:
        raise UsageError(f"plan: {add_mbps} Mbit/s is no bit rate of a camera; up to {_MOST_MBPS} is possible")
    client = open_client(settings)
    try:
        asked = AskPlan(add_bps=int(add_mbps * 1_000_000), cameras=cameras)
        found: dict[str, Any] = msgspec.to_builtins(ask(client, PLAN, asked).answer)
        return found
    finally:
        client.close()


def _age_seconds(now_ns: int, then_ns: int) -> float | None:
    return round((now_ns - then_ns) / 1e9, 1) if then_ns else None


def _local(at_ns: int) -> str | None:
    return local_time(at_ns).isoformat(timespec="seconds") if at_ns else None


def verify(settings: Settings, progress: Progress) -> dict[str, Any]:
    """Every byte against its manifest, every manifest against the ledger, the ledger from its first entry.

    Asks the running keeper, or opens the stores itself when none runs.
    """
    with contextlib.closing(open_client(settings, _VERIFY_SECONDS)) as client:
        steps = _keepers_steps(client) if keeper_answers(settings) else _own_steps(settings)
        found: dict[str, Any] | None = None
        for step in steps:
            found = step.get("found", found)
            if "done" in step:
                progress(step["done"], step["whole"], step["what"])
    if found is None:
        raise Broken("verify: the keeper ended its answer without a result; look at its log and run it again")
    return found


def _keepers_steps(client: Client) -> Iterator[dict[str, Any]]:
    _, blocks = client.stream(VERIFY.name)
    for block in blocks:
        yield msgspec.json.decode(block, type=dict[str, Any])


def _own_steps(settings: Settings) -> Iterator[dict[str, Any]]:
    """Where no keeper answers. Raises Unavailable where one has the stores open all the same."""
    from appliance.keeper.stores import open_stores
    from appliance.keeper.verifying import verification

    clock = SystemClock(assume_trusted=settings.assume_trusted_clock)
    try:
        with open_stores(settings, RealFs(), clock) as stores:
            yield from verification(stores)
    except Damaged as error:
        yield {"found": _unopened(error)}


def adopt_disk(settings: Settings) -> tuple[str, str, int]:
    """Takes the disk that is mounted at the footage's place into use: (place, ring, files that are missing now).

    Raises UsageError where nothing is mounted or the place is no disk of its own, Unavailable while the recorder runs.
    """
    layout = settings.layout
    if not layout.has_own_disk:
        raise UsageError(
            "adopt-disk: `footage` is not set, so footage has no disk of its own; restore the backup instead"
        )
    if not os.path.ismount(layout.footage):
        raise UsageError(f"{layout.footage}: nothing is mounted there; mount the new footage disk first")
    from appliance.keeper.stores import open_stores
    from appliance.vault.ring.adoption import adopt

    clock = SystemClock(assume_trusted=settings.assume_trusted_clock)
    with open_stores(settings, RealFs(), clock) as stores:
        label = adopt(RealFs(), layout, stores.disk, stores.ring, stores.ledger, os.urandom)
        return layout.footage, label.ring, len(stores.ring.index.missing)


def move_footage(settings: Settings, target: str, keep_old: bool, progress: Progress) -> dict[str, Any]:
    """Moves all footage to ``target``, or goes on where that was interrupted; what is in force then. Raises as
    :meth:`appliance.vault.ring.moving.Move.to`, Unavailable while the recorder runs."""
    from appliance.keeper.stores import open_stores
    from appliance.keeper.tasks.hold import living_holds
    from appliance.vault.ring.moving import Move

    clock, fs = SystemClock(assume_trusted=settings.assume_trusted_clock), RealFs()
    make_run_dir(settings)
    with (
        only_recorder(settings),
        open_stores(settings, fs, clock) as stores,
    ):
        move = Move(
            fs,
            settings.layout,
            stores.disk,
            stores.ring,
            stores.ledger,
            living_holds(stores, clock),
            os.urandom,
            progress,
        )
        moved = move.to(target, keep_old=keep_old)
    told: dict[str, Any] = msgspec.to_builtins(moved._asdict())
    return told | {
        "cleared": moved.cleared._asdict(),
        "settings_line": f'footage = "{moved.new}"',
        "settings_fit": moved.new == settings.layout.footage,
    }


def _unopened(error: Damaged) -> dict[str, Any]:
    """The result when a store does not even open: what it is, and that nothing else could be checked."""
    bad = {"bucket_id": "", "number": -1, "camera_no": "", "what": "unopened", "detail": str(error)}
    ledger = {"entries": 0, "ok": False, "what": "not checked, because the office's stores do not open"}
    return {"ok": False, "ring": {"segments": 0, "open": 0, "bad": [bad]}, "ledger": ledger}


def keeper_answers(settings: Settings) -> bool:
    """Whether a keeper serves this office now."""
    client = Client(settings.layout.socket("keeper"), timeout_seconds=_ANSWER_SECONDS)
    try:
        client.call("office")
    except Unavailable:
        return False
    finally:
        client.close()
    return True


def settings_in_force(settings: Settings) -> dict[str, Any]:
    """The settings, the places they come to, and what their plugins offer. Raises UsageError as the start would."""
    loaded = load_plugins(settings.plugins)
    return {
        "settings": msgspec.to_builtins(settings),
        "places": {"state": settings.layout.state, "run": settings.layout.run, "office": settings.layout.office},
        "sources": dict(loaded.origins),
        "checks": dict(loaded.checks_from),
        "office": is_set_up(settings),
    }


def check_pack(path: str) -> dict[str, Any]:
    """What a pack's file is, or everything that is wrong with it. Raises UsageError where there is no file to read."""
    from appliance.rules.packs.reading import MAX_BYTES, check_pack

    try:
        with open(path, "rb") as file:
            pack, problems = check_pack(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name the pack's file") from error
    wrong = [{"key": each.key, "code": each.code, "says": str(each)} for each in problems]
    if pack is None:
        return {"ok": False, "wrong": wrong}
    about = {"version": pack.version, "effective": pack.effective.isoformat(), "office": pack.office.name}
    missing = [each.number for each in pack.rules.articles if each.missing]
    return {"ok": True, "wrong": wrong, "missing": missing, "articles": len(pack.rules.articles), **about}


def plugins(settings: Settings) -> list[dict[str, Any]]:
    """What loads, from where, with which settings. Raises UsageError as the start would."""
    loaded = load_plugins(settings.plugins)
    return [
        {
            "hook": "source",
            "name": kind.name,
            "origin": loaded.origins[kind.name],
            "summary": kind.summary,
            "settings": [
                {
                    "name": setting.name,
                    "summary": setting.summary,
                    "type": setting.type.__name__,
                    "default": setting.default,
                    "required": setting.required,
                    "secret": setting.secret,
                }
                for setting in kind.settings
            ],
        }
        for kind in loaded.sources.values()
    ] + [
        {
            "hook": "check",
            "name": check.name,
            "origin": loaded.checks_from[check.name],
            "summary": check.summary,
            "settings": [
                {
                    "name": setting.name,
                    "summary": setting.summary,
                    "type": "number",
                    "default": setting.default,
                    "required": False,
                    "secret": False,
                }
                for setting in check.settings
            ],
        }
        for check in loaded.checks.values()
    ]


def new_plugin(kind: str, name: str, directory: str) -> list[str]:
    from appliance.testing import skeleton

    return skeleton.new_plugin(kind, name, directory)


def test_plugin(name: str, pairs: Sequence[str]) -> dict[str, Any]:
    """The plugin's contract suite. ``pairs`` are ``kind.name=value``, of cameras that work here; UsageError if not."""
    from appliance.testing import skeleton

    settings: dict[str, dict[str, Any]] = {}
    loaded = load_plugins([name])
    for pair in pairs:
        where, equals, value = pair.partition("=")
        kind, dot, setting = where.partition(".")
        if not (equals and dot):
            raise UsageError(f"--setting {where}: write KIND.NAME=VALUE")
        declared = {each.name: each for each in loaded.source(kind).settings}
        if setting not in declared:
            raise UsageError(f"--setting {where}: source {kind} has no such setting; it has: {', '.join(declared)}")
        settings.setdefault(kind, {})[setting] = _typed(declared[setting].type, value, where)
    return skeleton.test_plugin(name, settings)


def _typed(kind: type, value: str, where: str) -> Any:
    try:
        return value.lower() in ("1", "true", "yes") if kind is bool else kind(value)
    except ValueError as error:
        raise UsageError(f"--setting {where}: must be {kind.__name__}") from error
