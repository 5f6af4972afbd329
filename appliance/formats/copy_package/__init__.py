"""The files that an agency's copy is made of (``docs/spec/copy-package.md``): manifest, signatures, proof, verifier."""
