"""Notices: what is wrong, and that it is well again, told by mail, message or webhook. Words only."""
