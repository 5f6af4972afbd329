"""Requests on their way in: a form chosen, typed, kept as a draft, received once."""
