"""The register of viewing stations: which devices may show footage."""
