"""A running web process for tests: real HTTPS on a free port, a CA of its own, and the keeper's double behind it."""

from __future__ import annotations

import asyncio
import datetime
import os
import socket
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.settings import Settings, WebSettings
from appliance.web.app import serve
from appliance.web.door import Patience

__all__ = ["SITES", "RunningSite", "free_port", "make_certificates"]


SITES: dict[str, RunningSite] = {}
"""The sites that run now, by their address."""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def make_certificates(folder: Path) -> None:
    """``ca.crt``, ``tls.pem`` and ``tls.key`` for localhost, as set-up would leave them."""
    now = datetime.datetime.now(datetime.UTC)
    authority_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test office recorder CA")])

    def builder(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
        )

    authority = (
        builder(authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    leaf = (
        builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), leaf_key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.crt").write_bytes(authority.public_bytes(pem))
    (folder / "tls.pem").write_bytes(leaf.public_bytes(pem))
    (folder / "tls.key").write_bytes(
        leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


class RunningSite:
    """``serve`` in a thread of its own, until the block ends. ``address`` is what a browser opens."""

    patience = Patience()

    def __init__(self, state: Path) -> None:
        self.settings = Settings(state=str(state), web=WebSettings(port=free_port()))
        self.address = f"https://localhost:{self.settings.web.port}"
        self.authority = Path(self.settings.layout.web, "ca.crt")
        os.makedirs(self.settings.layout.run, exist_ok=True)
        make_certificates(Path(self.settings.layout.web))

    def __enter__(self) -> RunningSite:
        listening = threading.Event()

        async def main() -> None:
            self._stop = asyncio.Event()
            self._loop = asyncio.get_running_loop()
            await serve(self.settings, self._stop, listening.set, self.patience)

        self._thread = threading.Thread(target=asyncio.run, args=(main(),), name="site")
        self._thread.start()
        if not listening.wait(30):
            raise TimeoutError("the site does not listen")
        SITES[self.address] = self
        return self

    def __exit__(self, *_: object) -> None:
        del SITES[self.address]
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
