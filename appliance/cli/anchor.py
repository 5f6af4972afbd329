"""``appliance anchor new``: the conversation on the console that gives up what a lost anchor protected."""

from __future__ import annotations

import sys

import click

from appliance.cli.setup import owner_password, show_envelope
from appliance.cli.wiring import make_run_dir, only_recorder
from appliance.core.clock import SystemClock
from appliance.core.errors import UsageError
from appliance.core.settings import Settings
from appliance.installation.office import Installation
from appliance.installation.rekeying import Holder, check_lost, lost_keyholders, replace_anchor
from appliance.keeper.stores import open_stores
from appliance.storage.files import RealFs

__all__ = ["ask_and_replace"]

_LEAST = 2


def ask_and_replace(settings: Settings) -> None:
    """Raises Refused when the keys open, Unavailable while the recorder runs, UsageError away from a console."""
    if not sys.stdin.isatty():
        raise UsageError("anchor new: needs a person at a console; it asks for passwords and the envelope's words")
    clock = SystemClock(assume_trusted=settings.assume_trusted_clock)
    make_run_dir(settings)
    with only_recorder(settings), open_stores(settings, RealFs(), clock) as stores:
        why = check_lost(stores.office)
        click.echo(f"The key store does not open: {why}\n")
        click.echo(
            "If the anchor may come back (a TPM that was switched off, a folder that was moved), stop here and bring\n"
            "it back: then nothing is lost. Going on gives up all footage recorded so far, for good: nobody will open\n"
            "it again, with any password or paper. New footage can be viewed again; there will be a new envelope.\n"
        )
        if click.prompt('Type "give up all footage" to go on', default="", show_default=False) != "give up all footage":
            raise UsageError("anchor new: called off; nothing was changed")
        made = replace_anchor(
            stores.office,
            stores.ledger,
            stores.acts,
            stores.ring,
            settings.storage,
            _holders(stores.office),
            confirm=show_envelope,
            tpm_owner=owner_password(settings.storage),
        )
    click.echo(f"\nThe new anchor is in force: {made.strength}, generation {made.generation}.")
    if not made.overwritten:
        click.echo("The old one could not be reached: destroy it where it is found. It is in the ledger.")
    click.echo("The old envelope's papers open nothing any more. Start the recorder with: appliance run")


def _holders(office: Installation) -> list[Holder]:
    names = lost_keyholders(office)
    click.echo(f"Every keyholder who types the password now holds a key of the new vault: {', '.join(names)}.")
    holders = []
    for name in names:
        password = click.prompt(
            f"  password of {name} (empty: not here)", hide_input=True, default="", show_default=False
        )
        if password:
            holders.append(Holder(name, password))
    return holders
