"""The medium of an agency's copy: a USB stick that is wiped, formatted, written and read back by a process of its own.

``docs/design/medium.md`` says why nothing is mounted for it.
"""
