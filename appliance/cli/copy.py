"""``appliance copy verify``: the stand-alone verifier of an agency's copy, with the recorder's own Ed25519."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from appliance.formats.copy_package import verify_copy

__all__ = ["check_by_cryptography", "verify_folder"]


def check_by_cryptography(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a raw public key signed ``message``; no program is started."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def verify_folder(folder: str, fingerprint: str, beside: str, *, as_json: bool) -> int:
    """Prints what was found; 0 where all is good, 1 where something is wrong, 2 where the folder cannot be read."""
    try:
        report = verify_copy.verify(folder, check_by_cryptography, fingerprint=fingerprint, beside=beside)
    except OSError as error:
        click.echo(f"appliance: copy {folder}: cannot be read ({error.strerror}); unpack the archive again", err=True)
        return 2
    if as_json:
        click.echo(json.dumps({"good": report.good, **asdict(report)}, ensure_ascii=False, indent=2))
    else:
        verify_copy.show(report)
    return 0 if report.good else 1
