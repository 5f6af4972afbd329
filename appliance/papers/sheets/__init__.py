"""The office's own papers: one file a kind, a frozen record in, a sheet out; PDF and ODT are made of that sheet.

Nothing here reads a case, a ledger or a clock: whoever has them fills the record. No paper can hold a picture
(``D-19``).
"""
