"""A viewing station's own key and what it proves itself with, as a station makes them."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

__all__ = ["StationKey", "fingerprint_of"]


class StationKey:
    """``request``: PEM; ``key``: SHA-256 of its public key."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None) -> None:
        self.private = private or ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "station")])
        asked = x509.CertificateSigningRequestBuilder().subject_name(name).sign(self.private, hashes.SHA256())
        self.request = asked.public_bytes(Encoding.PEM).decode()
        public = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key = hashlib.sha256(public).hexdigest()

    def files(self, folder: Path, certificate: str) -> tuple[Path, Path]:
        """The certificate and the key, as clients of TLS read them."""
        found = folder / f"{self.key[:8]}.crt", folder / f"{self.key[:8]}.key"
        found[0].write_text(certificate, encoding="ascii")
        found[1].write_bytes(self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return found


def fingerprint_of(certificate: str) -> str:
    """SHA-256 of the DER of a certificate (PEM), as web reads it off a connection."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
