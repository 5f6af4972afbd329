"""The part of ``appliance setup`` that asks for the first cameras, and refuses more than the disk will hold."""

from __future__ import annotations

import click

from appliance.api.addresses import camera_at
from appliance.api.registry import Plugins, load_plugins
from appliance.cli.first_disk import first_forecast, first_rates
from appliance.core.clock import SystemClock
from appliance.core.errors import UsageError
from appliance.core.model import Camera
from appliance.core.settings import Settings
from appliance.rules.forecast import REFUSE_DAYS, WARN_DAYS, refuse_first
from appliance.storage.files import RealFs

__all__ = ["ask_cameras"]


def ask_cameras(settings: Settings) -> list[Camera]:
    """The cameras that are put in force, numbered from 01 in the order typed; none at all takes a second word, because
    each later one needs its approval first. Sound is off unless somebody says yes (``D-16``). Raises Refused for more
    than the disk holds 40 days of (``T-09``), UsageError.
    """
    plugins = load_plugins(settings.plugins)
    click.echo("\nThe cameras to begin with, one after the other; an empty address ends the list.")
    cameras: list[Camera] = []
    while True:
        while camera := _camera(f"{len(cameras) + 1:02d}", plugins):
            cameras.append(camera)
        if cameras or click.confirm("\nWithout any camera? Each later one needs its approval first", default=False):
            break
    if cameras:
        _check_disk(settings, cameras)
    return cameras


def _camera(camera_no: str, plugins: Plugins) -> Camera | None:
    click.echo(f"\nCamera {camera_no}")
    while address := click.prompt("  address", default="", show_default=False).strip():
        try:
            found = camera_at(plugins, address)
        except UsageError as error:
            click.echo(f"  {error}")
            continue
        location = click.prompt("  where it hangs, as it stands on papers")
        sound = click.confirm("  is it approved to record sound", default=False)
        return Camera(camera_no=camera_no, location=location, source=found.kind, settings=found.settings, sound=sound)
    return None


def _check_disk(settings: Settings, cameras: list[Camera]) -> None:
    clock = SystemClock(assume_trusted=settings.assume_trusted_clock)
    found = first_forecast(RealFs(), settings, cameras, clock.wall_ns())
    rates = first_rates(cameras, settings)
    refuse_first(found, rates, settings.layout.footage)
    total = sum(rate.bits_per_second for rate in rates) / 1e6
    click.echo(f"\nThe disk of {settings.layout.footage} holds {found.days:.1f} days at {total:.1f} Mbit/s in all.")
    if found.verdict == "warn":
        click.echo(
            f"That is under {WARN_DAYS}: it serves, but little more. Under {REFUSE_DAYS} no camera is taken into use;\n"
            "think of a larger disk, fewer cameras or lower bit rates now."
        )
