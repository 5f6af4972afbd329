"""The register of viewing stations: which devices show footage, one that is added, one that is revoked."""
