"""Cases after their receipt: the list, the duty board, a case's page, and the forms of what may be done with it."""
