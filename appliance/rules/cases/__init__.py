"""Cases as data: the states, rows, guards, clocks and papers of the three kinds of request. Pure.

``judging.judge`` says which row of a table an act is, or why it is none; ``advance.advance`` what the case is after it.
Who performs an act (sealed record, ledger entry, then the row's effects) is the caller's: ``docs/design/cases.md``.
"""
