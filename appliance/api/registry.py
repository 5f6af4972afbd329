"""Loads the plugins that the settings name, and no other: the one place that imports a plugin.

Built-in plugins have names of their own (``source_av``), others by their entry point in the group
``office_recorder``. Whatever is wrong with one stops the start with a sentence that names it; a camera is never
recorded by a plugin other than the one meant.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import math
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import pluggy

from appliance.api import Check, Setting, SourceKind, hookspecs
from appliance.api.check_settings import check_record
from appliance.core.errors import UsageError, described
from appliance.core.redaction import HIDDEN, redact

__all__ = ["BUILT_IN", "GROUP", "Plugins", "checked_settings", "load_plugins", "redacted_settings"]

GROUP = "office_recorder"
"""The entry-point group in which a third party's package offers its plugin."""

BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "check_picture": "checks.picture.check",
        "check_sound": "checks.sound",
        "check_storage": "checks.storage",
        "check_machine": "checks.machine",
        "source_av": "sources.av",
        "source_picamera": "sources.picamera",
        "source_testcard": "sources.testcard",
    }
)
"""The plugins that ship with the recorder: the name that settings use, and the module of :mod:`appliance.plugins`."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PLACE = re.compile(r"\{(\w*)\??\}")
_TYPES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


class Plugins(NamedTuple):
    """What was loaded: the kinds of camera and the checks by name, and for each the plugin it came from, as people name
    it."""

    sources: Mapping[str, SourceKind]
    origins: Mapping[str, str]
    checks: Mapping[str, Check] = MappingProxyType({})
    checks_from: Mapping[str, str] = MappingProxyType({})

    def source(self, name: str) -> SourceKind:
        """The kind called ``name``. Raises UsageError that lists what there is."""
        if name not in self.sources:
            known = ", ".join(sorted(self.sources)) or "none"
            raise UsageError(f"source {name!r}: no loaded plugin has it; loaded are: {known}")
        return self.sources[name]


def load_plugins(names: Iterable[str]) -> Plugins:
    """Imports and registers the plugins called ``names``, in that order, and asks each hook once.

    Raises UsageError for an unknown name, an import that fails, a misspelt hook, a record that is not sound, and two
    plugins that offer one name (naming both).
    """
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    origins: dict[str, str] = {}
    for name in names:
        if name in origins:
            raise UsageError(f"plugin {name}: named twice in the settings; name it once")
        plugin, origins[name] = _import(name)
        try:
            if manager.register(plugin, name) is None:
                raise UsageError(f"plugin {name}: is blocked by name")
            manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            known = ", ".join(sorted(hook for hook in dir(hookspecs) if hook.startswith("register_")))
            raise UsageError(f"{origins[name]}: a hook does not fit ({error}); the hooks are: {known}") from error
    sources, sources_from = _gathered(manager.hook.register_sources.get_hookimpls(), origins, "source", _check_kind)
    checks, checks_from = _gathered(manager.hook.register_checks.get_hookimpls(), origins, "check", check_record)
    _check_codes(checks, checks_from)
    return Plugins(
        MappingProxyType(sources),
        MappingProxyType(sources_from),
        MappingProxyType(checks),
        MappingProxyType(checks_from),
    )


_Record = TypeVar("_Record", SourceKind, Check)


def _gathered(
    impls: Iterable[pluggy.HookImpl],
    origins: Mapping[str, str],
    what: str,
    sound: Callable[[object, str], _Record],
) -> tuple[dict[str, _Record], dict[str, str]]:
    """The records that one hook gave, by name, and where each came from."""
    found: dict[str, _Record] = {}
    found_from: dict[str, str] = {}
    for impl in impls:
        origin = origins[impl.plugin_name]
        for given in _ask(impl, origin):
            record = sound(given, origin)
            if record.name in found:
                raise UsageError(
                    f"{what} {record.name!r}: both {found_from[record.name]} and {origin} have it;"
                    " take one of them out of `plugins` in the settings"
                )
            found[record.name], found_from[record.name] = record, origin
    return found, found_from


def _check_codes(checks: Mapping[str, Check], origins: Mapping[str, str]) -> None:
    """A finding is known by its fault's code: each has one check."""
    owner: dict[str, str] = {}
    for check in checks.values():
        for fault in check.faults:
            where = f"{origins[check.name]}, check {check.name}"
            if fault.code in owner:
                raise UsageError(f"fault {fault.code!r}: both {owner[fault.code]} and {where} claim it; rename one")
            owner[fault.code] = where


def _import(name: str) -> tuple[object, str]:
    """The plugin object called ``name`` and how people call it."""
    found = sorted(importlib.metadata.entry_points(group=GROUP, name=name), key=_owner)
    offers = [f"plugin {name} of package {_owner(entry)}" for entry in found]
    if name in BUILT_IN:
        offers.insert(0, f"built-in plugin {name}")
    if not offers:
        close = difflib.get_close_matches(name, BUILT_IN, 1)
        hint = f"did you mean {close[0]}?" if close else f"built in are: {', '.join(BUILT_IN)}"
        raise UsageError(f"plugin {name}: neither built in nor installed as an entry point in {GROUP!r}; {hint}")
    if len(offers) > 1:
        raise UsageError(f"plugin {name}: {' and '.join(offers)} have one name; uninstall or rename one")
    try:
        plugin = importlib.import_module(f"appliance.plugins.{BUILT_IN[name]}") if name in BUILT_IN else found[0].load()
    except Exception as error:  # a stranger's module may raise anything while it is imported
        raise UsageError(f"{offers[0]}: cannot be imported ({described(error)})") from error
    return plugin, offers[0]


def _owner(entry: importlib.metadata.EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


def _ask(impl: pluggy.HookImpl, origin: str) -> list[object]:
    try:
        found: Iterable[object] = impl.function()  # type: ignore[assignment]
        return list(found)
    except Exception as error:  # as above
        name = impl.function.__name__
        raise UsageError(f"{origin}: {name} failed ({described(error)})") from error


def _check_kind(kind: object, origin: str) -> SourceKind:
    if not isinstance(kind, SourceKind):
        raise UsageError(f"{origin}: register_sources gave {type(kind).__name__}; it must give SourceKind records")
    if not _NAME.fullmatch(kind.name):
        raise UsageError(f"{origin}: source name {kind.name!r}; use small letters, digits and _, at most 40")
    seen: set[str] = set()
    for setting in kind.settings:
        where = f"{origin}: source {kind.name}: setting {setting.name!r}"
        if not _NAME.fullmatch(setting.name) or setting.name in seen:
            raise UsageError(f"{where}: must be unique, of small letters, digits and _")
        seen.add(setting.name)
        if setting.type not in _TYPES:
            raise UsageError(f"{where}: type {setting.type!r}; use one of str, int, float, bool")
        if setting.required and setting.default is not None:
            raise UsageError(f"{where}: has a default and is required; choose one")
        if setting.default is not None:
            _check_value(setting, setting.default, where)
    for pattern in (*kind.reads_files, *kind.devices):
        for name in _PLACE.findall(pattern):
            if name not in seen:
                raise UsageError(f"{origin}: source {kind.name}: {pattern!r} names no setting; it has {sorted(seen)}")
    checked_settings(kind, {**kind.example, **kind.without_sound})
    if (kind.schemes or kind.paths) and kind.address_setting not in seen:
        raise UsageError(f"{origin}: source {kind.name}: takes addresses, but has no setting {kind.address_setting!r}")
    checked_settings(kind, kind.example)
    return kind


def checked_settings(kind: SourceKind, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """``settings`` with every default filled in (None where there is none), read-only.

    Raises UsageError for an unknown, missing or wrongly typed setting. No value is repeated in the message: a password
    typed into the wrong field would be in it.
    """
    declared = {setting.name: setting for setting in kind.settings}
    for name in settings:
        if name not in declared:
            close = difflib.get_close_matches(str(name), declared, 1)
            hint = f"did you mean {close[0]}?" if close else f"it has: {', '.join(declared) or 'none'}"
            raise UsageError(f"source {kind.name}: no setting {str(name)!r}; {hint}")
    checked = {}
    for name, setting in declared.items():
        value = settings.get(name)
        if value is None:
            if setting.required:
                raise UsageError(f"source {kind.name}: setting {name} is missing; {setting.summary}")
            checked[name] = setting.default
        else:
            checked[name] = _check_value(setting, value, f"source {kind.name}: setting {name}")
    return MappingProxyType(checked)


def _check_value(setting: Setting, value: Any, where: str) -> Any:
    if setting.type is float and type(value) is int:
        value = float(value)
    if type(value) is not setting.type or (isinstance(value, float) and not math.isfinite(value)):
        raise UsageError(f"{where}: must be {_TYPES[setting.type]}, not {type(value).__name__}; {setting.summary}")
    return value


def redacted_settings(kind: SourceKind, settings: Mapping[str, Any]) -> dict[str, Any]:
    """``settings`` as they may be logged and shown: secrets hidden, credentials in addresses too."""
    secret = {setting.name for setting in kind.settings if setting.secret}
    words = tuple(str(settings[name]) for name in secret if settings.get(name))
    shown: dict[str, Any] = {}
    for name, value in settings.items():
        if name in secret:
            shown[name] = HIDDEN if value else value
        else:
            shown[name] = redact(value, words) if isinstance(value, str) else value
    return shown
