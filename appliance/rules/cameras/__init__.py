"""Cameras as data: versions, the rows K1 to K15 of their approval and life, what is published of them. Pure.

``judging.judge`` says which row an act is, or why it is none; ``fleet.performed`` what all cameras are after it. Who
performs an act (sealed record, ledger entry, then the registry in force) is the caller's: ``docs/design/cameras.md``.
"""
