"""The self-tests of the picture."""
