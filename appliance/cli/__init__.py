"""The command line: ``appliance run | setup | status | plan | verify | check | settings | anchor new | owners |
adopt-disk | move-footage | plugins | copy verify | pack check | plugin new | plugin test``.

Each command is a few lines over :mod:`appliance.cli.wiring`; what it prints for people and for programs is in
``text.py``. An error of the recorder's own becomes its sentence on standard error and its exit status.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from appliance import __version__
from appliance.cli import check as cli_check
from appliance.cli import move_footage as cli_move
from appliance.cli import notices as cli_notices
from appliance.cli import text, wiring
from appliance.cli import verify as cli_verify
from appliance.cli.launcher import Launcher, process_command, with_launcher
from appliance.cli.trial import ensure_trial
from appliance.cli.typed_cameras import camera_addresses, off_the_command_line
from appliance.core.clock import SystemClock
from appliance.core.errors import RecorderError, Unavailable, UsageError
from appliance.core.settings import Settings, read_settings
from appliance.process.owners import give_office
from appliance.protocol.callers import Tokens, take_tokens

__all__ = ["main"]

OFFICE_SETTINGS = "/etc/office-recorder/appliance.toml"
_F = TypeVar("_F", bound=Callable[..., Any])


def _plain_errors(command: _F) -> _F:
    """An error the recorder raised on purpose is a sentence and an exit status, never a traceback."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except RecorderError as error:
            click.echo(f"appliance: {error}", err=True)
            sys.exit(error.exit_status)

    return wrapped  # type: ignore[return-value]


_as_json = click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document on standard output.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="appliance")
@click.option("--settings", "settings_path", type=click.Path(), envvar="APPLIANCE_SETTINGS", help="The settings file.")
@click.pass_context
def main(context: click.Context, settings_path: str | None) -> None:
    """The office recorder."""
    context.obj = settings_path


def _settings(path: str | None) -> Settings:
    return read_settings(path or wiring.default_settings_path(OFFICE_SETTINGS))


@main.command()
@click.option("--or-trial", "trial", type=click.Path(), help="Without an office, run a trial in this folder.")
@click.option(
    "--camera",
    "cameras",
    multiple=True,
    metavar="ADDRESS",
    help="A camera of the trial; repeatable. '-' reads addresses from standard input, one a line: passwords typed here"
    " stay in the shell's history.",
)
@click.option(
    "--plugin", "more_plugins", multiple=True, metavar="NAME", help="A further plugin of the trial; repeatable."
)
@click.option("--host", help="The trial's listening address (127.0.0.1).")
@click.option("--port", type=click.IntRange(1, 65535), help="The trial's HTTPS port (8443, or the next free one).")
@click.pass_obj
@_plain_errors
def run(
    path: str | None,
    trial: str | None,
    cameras: tuple[str, ...],
    more_plugins: tuple[str, ...],
    host: str | None,
    port: int | None,
) -> None:
    """Start the recorder and keep it running until it is told to stop."""
    addresses = camera_addresses(cameras, sys.stdin, text.say)
    off_the_command_line(cameras, addresses, _run_arguments(path, trial, more_plugins, host, port))
    office = path or wiring.default_settings_path(OFFICE_SETTINGS)
    if office and wiring.is_set_up(read_settings(office)):
        if addresses or more_plugins or host or port:
            raise UsageError(
                f"--camera, --plugin, --host and --port are for making a trial; {office} has an office already"
            )
        settings_path = office
    elif trial:
        settings_path = ensure_trial(trial, addresses, host, port, more_plugins=more_plugins, say=text.say)
    else:
        raise UsageError("run: no office is set up here; run `appliance setup`, or --or-trial FOLDER for a trial")
    settings = read_settings(settings_path)
    if wiring.keeper_answers(settings):
        raise Unavailable(f"run: the recorder in {settings.state} runs already; stop it first")
    with wiring.launcher_place(settings) as signs:
        text.say_address(settings)
        Launcher(
            lambda name: process_command(settings_path, name, with_launcher()),
            SystemClock(),
            text.say,
            first_is_up=lambda: wiring.keeper_answers(settings),
            signs=signs,
            tokens=Tokens(os.urandom, take_tokens()),
        ).run()


def _run_arguments(
    path: str | None, trial: str | None, more_plugins: tuple[str, ...], host: str | None, port: int | None
) -> list[str]:
    """What was typed after ``appliance``, but for the cameras."""
    given = [("--or-trial", trial), *(("--plugin", name) for name in more_plugins), ("--host", host), ("--port", port)]
    options = [word for option, value in given if value is not None for word in (option, str(value))]
    return [*(("--settings", path) if path else ()), "run", *options]


@main.command()
@click.pass_obj
@_plain_errors
def setup(path: str | None) -> None:
    """Set up the office on this box: people, keys, envelope. Asks on the console."""
    from appliance.cli.setup import ask_and_create

    ask_and_create(_settings(path))


@main.command()
@_as_json
@click.pass_obj
@_plain_errors
def status(path: str | None, as_json: bool) -> None:
    """What each camera, the ring and the ledger do now."""
    found = wiring.status(_settings(path))
    click.echo(text.as_json(found) if as_json else text.status(found))


@main.command()
@click.option("--add-mbps", type=float, default=0.0, metavar="MBIT/S", help="What if: cameras of this bit rate more.")
@click.option("--cameras", type=int, help="How many such cameras (1).")
@_as_json
@click.pass_obj
@_plain_errors
def plan(path: str | None, add_mbps: float, cameras: int | None, as_json: bool) -> None:
    """How many days of footage the disk will hold, and what more cameras would make of it."""
    found = wiring.plan(_settings(path), add_mbps, (1 if add_mbps else 0) if cameras is None else cameras)
    click.echo(text.as_json(found) if as_json else text.plan(found))


@main.command()
@_as_json
@click.pass_obj
@_plain_errors
def verify(path: str | None, as_json: bool) -> None:
    """Check every byte of the ring against its manifest and the ledger from its first entry. Needs no password.

    Says how many of each kind are wrong. Which they are stands on the status page, and here when the recorder is off.
    """
    found = wiring.verify(_settings(path), text.progress())
    click.echo(text.as_json(found) if as_json else cli_verify.verification(found))
    if not found["ok"]:
        sys.exit(6)


@main.command()
@click.option(
    "--prove", is_flag=True, help="Put each fault into the pictures just taken, in memory: do the checks fire?"
)
@click.option("--forget", is_flag=True, help="The cameras are right as they are: give up what was usual, learn anew.")
@_as_json
@click.pass_obj
@_plain_errors
def check(path: str | None, prove: bool, forget: bool, as_json: bool) -> None:
    """Look at every camera now, and say what the self-tests found. Shows no picture."""
    found = cli_check.look_now(_settings(path), prove=prove, forget=forget)
    click.echo(text.as_json(found) if as_json else cli_check.table(found, proofs=prove))
    if cli_check.broken(found, proofs=prove):
        sys.exit(1)


@main.command()
@click.option("--test", is_flag=True, help="Send each of them a notice now, and say whether it was taken.")
@click.pass_obj
@_plain_errors
def notices(path: str | None, test: bool) -> None:
    """Who is told of findings by mail, message or webhook."""
    lines, well = cli_notices.told(_settings(path), test=test)
    click.echo("\n".join(lines))
    if not well:
        sys.exit(1)


@main.command()
@click.pass_obj
@_plain_errors
def owners(path: str | None) -> None:
    """Give each place on disk to the user that it belongs to. For root; the keeper's unit runs it first."""
    changed = give_office(_settings(path).layout)
    click.echo(f"{changed} files and folders changed their owner or mode")


@main.command("adopt-disk")
@click.pass_obj
@_plain_errors
def adopt_disk(path: str | None) -> None:
    """Take the disk that is mounted now into use for footage: an empty one after the old one died, or an older copy.

    With the recorder stopped. What the old disk held is then missing, and the ledger says when and by which disk.
    """
    click.echo(text.adopted(*wiring.adopt_disk(_settings(path))))


@main.command("move-footage")
@click.argument("to", type=click.Path())
@click.option("--keep-old", is_flag=True, help="Leave the old place's files; the same command without it removes them.")
@_as_json
@click.pass_obj
@_plain_errors
def move_footage(path: str | None, to: str, keep_old: bool, as_json: bool) -> None:
    """Move all footage to another disk or folder TO, every file verified. With the recorder stopped.

    Interrupted, the old place is whole and in force: run the same command again, it goes on. At the end it says which
    line of the settings to change.
    """
    if not to.strip():
        raise UsageError("move-footage: TO is empty; name the folder or mount point that footage is to lie in")
    found = wiring.move_footage(_settings(path), os.path.abspath(to), keep_old, text.progress())
    click.echo(text.as_json(found) if as_json else cli_move.moved(found))


@main.command()
@_as_json
@click.pass_obj
@_plain_errors
def settings(path: str | None, as_json: bool) -> None:
    """The settings in force, checked."""
    found = {"file": path or wiring.default_settings_path(OFFICE_SETTINGS), **wiring.settings_in_force(_settings(path))}
    click.echo(text.as_json(found) if as_json else text.settings(found))


@main.command()
@_as_json
@click.pass_obj
@_plain_errors
def plugins(path: str | None, as_json: bool) -> None:
    """The plugins that load, where they come from, and their settings."""
    found = wiring.plugins(_settings(path))
    click.echo(text.as_json(found) if as_json else text.plugins(found))


@main.group()
def anchor() -> None:
    """What the keys hang on."""


@anchor.command("new")
@click.pass_obj
@_plain_errors
def anchor_new(path: str | None) -> None:
    """After the anchor is lost: give up all footage so far and begin anew. Asks on the console."""
    from appliance.cli.anchor import ask_and_replace

    ask_and_replace(_settings(path))


@main.group("copy")
def agency_copy() -> None:
    """A copy that was made for an agency."""


@agency_copy.command("verify")
@click.argument("folder", type=click.Path(file_okay=False, exists=True))
@click.option("--fingerprint", default="", metavar="WORDS", help="The key's fingerprint as the receipt prints it.")
@click.option("--beside", default="", type=click.Path(file_okay=False), help="The folder that the archive lay in.")
@_as_json
def copy_verify(folder: str, fingerprint: str, beside: str, as_json: bool) -> None:
    """Whether FOLDER, unpacked from an agency's copy, is whole, from which recorder, and which MiB of what is wrong."""
    from appliance.cli.copy import verify_folder

    sys.exit(verify_folder(folder, fingerprint, beside, as_json=as_json))


@main.group()
def pack() -> None:
    """The office's rules as one file."""


@pack.command("check")
@click.argument("file", type=click.Path())
@_as_json
@_plain_errors
def pack_check(file: str, as_json: bool) -> None:
    """Whether FILE is a policy pack that the office could propose. Says everything that is wrong with it."""
    found = wiring.check_pack(file)
    click.echo(text.as_json(found) if as_json else text.pack(file, found))
    if not found["ok"]:
        sys.exit(2)


@main.group()
def plugin() -> None:
    """Write and test plugins."""


@plugin.command("new")
@click.argument("kind", type=click.Choice(["source", "check"]))
@click.argument("name")
@click.option("--directory", default=".", type=click.Path(file_okay=False), help="Where the package's folder is made.")
@_plain_errors
def plugin_new(kind: str, name: str, directory: str) -> None:
    """Write a working skeleton package for a plugin of KIND called NAME."""
    click.echo(text.written(wiring.new_plugin(kind, name, directory)))


@plugin.command("test")
@click.argument("name")
@click.option(
    "--setting", "pairs", multiple=True, metavar="KIND.NAME=VALUE", help="Of a camera that works here; repeatable."
)
@_as_json
@click.pass_obj
@_plain_errors
def plugin_test(path: str | None, name: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """Run the contract suite of plugin NAME, installed here or built in."""
    found = wiring.test_plugin(name, pairs)
    click.echo(text.as_json(found) if as_json else text.plugin_report(found))
    if not found["ok"]:
        sys.exit(1)


@main.command(hidden=True)
@click.argument("name", type=click.Choice(["keeper", "darkroom", "recorder", "web", "medium"]))
@click.option("--launcher", type=int, help="Stop when the process with this id, which started this one, is gone.")
@click.pass_obj
@_plain_errors
def process(path: str | None, name: str, launcher: int | None) -> None:
    """One process of the recorder, as `appliance run` and the systemd units start it."""
    wiring.run_process(name, _settings(path), launcher)
