"""The hooks of the recorder, all of them. Each is called once at start, takes no argument and returns records."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from appliance.api import Check, SourceKind

__all__ = ["hookspec", "register_checks", "register_sources"]

hookspec = pluggy.HookspecMarker("office_recorder")


@hookspec
def register_sources() -> Iterable[SourceKind]:
    """At start, before any camera is opened: the kinds of camera this plugin can record.

    Return one record per kind. Names are unique over all plugins; two plugins with one name stop the start, and the
    error names both.
    """
    return ()


@hookspec
def register_checks() -> Iterable[Check]:
    """At start, before the first look: the self-tests this plugin has.

    Return one record per check. Names of checks and codes of faults are unique over all plugins; two plugins with one
    name stop the start, and the error names both.
    """
    return ()
