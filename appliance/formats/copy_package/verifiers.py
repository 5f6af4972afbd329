"""The verifiers that lie beside the archive: a page for people, a script for whoever has Python and openssl."""

from __future__ import annotations

from importlib import resources

__all__ = ["NOTE", "PAGE", "SCRIPT", "verifiers"]

PAGE, SCRIPT = "查驗.html", "verify_copy.py"
NOTE = "說明.pdf"
"""What its reader reads first; every office prints its own."""


def verifiers() -> tuple[tuple[str, bytes], ...]:
    """(name, bytes) of each."""
    here = resources.files("appliance.formats.copy_package")
    return (PAGE, (here / "verifier.html").read_bytes()), (SCRIPT, (here / "verify_copy.py").read_bytes())
