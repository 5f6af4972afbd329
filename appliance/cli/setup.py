"""``appliance setup``: the conversation on the console that makes an office. What it makes is custody's.

Nothing is kept until the end: interrupted anywhere, the next run starts again. Secrets are read without echo and typed
twice; the envelope's words are shown once and typed back, because a share that was copied wrong is no share.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Collection

import click
import pyotp
import segno

from appliance.cli.first_cameras import ask_cameras
from appliance.core.clock import SystemClock
from appliance.core.errors import UsageError
from appliance.core.settings import Settings, StorageSettings
from appliance.installation.setup import NewPerson, check_person, create_installation
from appliance.storage.files import RealFs
from appliance.vault.keys.anchorchoice import FILE, TPM, choose
from appliance.vault.keys.tpm import Tpm

__all__ = ["ask_and_create", "owner_password", "show_envelope"]

_PEOPLE = (("officer", "the designated officer (專責人員)"), ("unit_head", "the head of the managing unit (單位主管)"))


def ask_and_create(settings: Settings) -> None:
    """Raises UsageError when an office exists already or the console is not one."""
    layout = settings.layout
    if os.path.exists(layout.office):
        raise UsageError(f"{layout.office}: an office is set up here already; it is never set up twice")
    if not sys.stdin.isatty():
        raise UsageError("setup: needs a person at a console; it asks for passwords and the envelope's words")
    click.echo("Setting up this recorder. Nothing is kept before the last step; Ctrl-C leaves everything as it was.\n")
    owner = _explain_anchor(settings.storage)
    office_name = click.prompt("Name of the office")
    cameras = ask_cameras(settings)
    people: list[NewPerson] = []
    for role, title in _PEOPLE:
        people.append(_person(role, title, office_name, {person.name for person in people}))
    click.echo("\nMaking keys; this takes a few seconds.")
    installed = create_installation(
        RealFs(),
        layout,
        SystemClock(assume_trusted=settings.assume_trusted_clock),
        office_name=office_name,
        people=people,
        cameras=cameras,
        host_names=(settings.web.name,),
        trial=False,
        confirm=show_envelope,
        storage=settings.storage,
        tpm_owner=owner,
    )
    click.echo(
        f"\nThe office is set up in {layout.office}.\n"
        f"Certificate: {installed.ca_path}\n  SHA-256 {installed.ca_fingerprint}\n"
        f"Destroyed keys are gone as surely as: {installed.strength}\n"
        f"Ledger key, to be kept outside this box:\n  {installed.vkey}\n"
        "Start it with: appliance run; on a box with the units of deploy/systemd, run `appliance owners` first"
    )


def _person(role: str, title: str, office_name: str, taken: Collection[str]) -> NewPerson:
    click.echo(f"\n{title}")
    secret = pyotp.random_base32()
    while True:
        account = click.prompt("  account (small letters and digits)")
        display = click.prompt("  name as it stands on papers")
        password = click.prompt("  password (15 characters or more)", hide_input=True, confirmation_prompt="  again")
        person = NewPerson(account, display, (role,), password, secret)
        try:
            check_person(person, office_name)
            if account in taken:
                raise UsageError(f"account {account}: is somebody else's already; each person has an own one")
            break
        except UsageError as error:
            click.echo(f"  {error}\n  Once more:")
    uri = pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=office_name)
    drawn = io.StringIO()
    segno.make(uri, error="m").terminal(out=drawn, compact=True)
    click.echo(f"\n  Scan this with the authenticator app, or type {secret}\n{drawn.getvalue()}")
    while not pyotp.TOTP(secret).verify(click.prompt("  six digits it shows now"), valid_window=1):
        click.echo("  those digits do not fit; wait for the next ones and try again")
    return person


def _explain_anchor(storage: StorageSettings) -> bytes:
    """Says what the keys will hang on and what losing it means; the password of a TPM's owner, mostly none."""
    kind = choose(storage)
    if kind == TPM:
        click.echo(
            "The anchor of all keys will be in this box's TPM. Should that die, or the disk go into another box,"
        )
    else:
        why = f" ({Tpm(storage.tpm).why_not()})" if storage.anchor != FILE else ""
        click.echo(f"The anchor of all keys will be two files on the disk: best effort{why}. Should they be lost,")
    click.echo(
        "all footage is lost for good, whoever has passwords or the envelope: the anchor is in no backup, or\n"
        "destroyed footage could come back. Recording goes on even then; `appliance anchor new` begins anew.\n"
    )
    return owner_password(storage)


def owner_password(storage: StorageSettings) -> bytes:
    """Asked for only where a TPM is used whose owner has one."""
    if choose(storage) != TPM or not Tpm(storage.tpm).owner_has_password():
        return b""
    return str(click.prompt("Password of the TPM's owner", hide_input=True)).encode()


def show_envelope(shares: tuple[str, ...]) -> None:
    click.echo("\nThe envelope: any two of these three shares open the vault when every keyholder is gone.")
    click.echo("Write each on its own paper; they are kept by different people and never stored on a computer.")
    for number, words in enumerate(shares, 1):
        click.echo(f"\n  share {number}:\n  {words}")
        click.pause("\n  press a key when it is written down; the screen is then cleared")
        click.clear()
        while " ".join(click.prompt(f"  type share {number} back").lower().split()) != words:
            click.echo("  that is not what was shown; look at the paper and type it again")
