"""Statements that the office can show anybody who checks it: what each day held and lost, and a year in figures."""
