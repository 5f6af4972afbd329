"""What waits for whom, out of all books of the office: each book offers its duties, the board puts them together."""
