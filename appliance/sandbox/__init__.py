"""Children that decode, mux and draw: no key, no disk, no network."""
