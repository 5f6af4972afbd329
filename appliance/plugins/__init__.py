"""Plugins that ship with the recorder, for cameras and for self-tests. Only the registry imports them, by name."""
