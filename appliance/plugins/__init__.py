"""Plugins that ship with the recorder, one file each, kind first. Only the registry imports them, by name."""
