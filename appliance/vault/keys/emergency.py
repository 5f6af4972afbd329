"""Emergency records: what the recorder left beside the footage because the keeper did not answer when a bucket opened.

The record is sealed to the catalogue's key pair (``docs/spec/keys.md``): it protects names and times. The bucket's key
inside is wrapped for the vault as ever. Once taken over, the file goes; that it lay outside the key store for a time is
noted with the bucket, and the certificate of its destruction admits it.
"""

from __future__ import annotations

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from appliance.core.errors import Damaged, UsageError
from appliance.core.model import from_wire
from appliance.formats.allocation import Emergency
from appliance.formats.sealing import catalogue_suite, emergency_info

__all__ = ["SUFFIX", "open_emergency"]

SUFFIX = ".emergency"


def open_emergency(private: X25519PrivateKey, name: str, data: bytes) -> Emergency:
    """The record in the file ``name``. Raises Damaged when it is not whole, or is not that bucket's."""
    bucket_id = name.removesuffix(SUFFIX)
    try:
        plaintext = catalogue_suite().decrypt(data, private, emergency_info(bucket_id))
        emergency = from_wire(plaintext, Emergency)
    except (InvalidTag, ValueError, UsageError, msgspec.MsgspecError) as error:
        raise Damaged(f"{name}: does not open with the catalogue key; it is incomplete or was altered") from error
    if emergency.opening.bucket_id != bucket_id or bucket_id not in {b.bucket_id for b in emergency.allocation.buckets}:
        raise Damaged(f"{name}: holds the record of another bucket")
    return emergency
