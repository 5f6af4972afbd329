"""Self-tests: what is looked at, how checks are run, when a fault becomes a finding, and how a check proves itself."""
