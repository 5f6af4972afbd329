"""From a camera to sealed bytes on the disk, with a public key only."""
