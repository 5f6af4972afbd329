"""The duty board: what waits for each person here of the four duties of 四."""
