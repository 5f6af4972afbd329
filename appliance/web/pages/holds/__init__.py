"""Holds (保全): the list, one hold, the form of a new one."""
