"""The keeper's book of daily inspections: a row a calendar day and repair tickets, acts in the ledger."""
