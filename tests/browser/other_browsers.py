"""Firefox and WebKit for tests: the installed browsers, without a window, driven by their own protocols.

Firefox speaks Marionette, WebKitGTK the W3C's WebDriver; commands and results are the same. Both take a test's
certificate as it is: what these tests look at is the player, and Chromium's trust the CA.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from tests.web.site import free_port

__all__ = ["BROWSERS", "OtherBrowser", "open_browser"]

_PATIENCE_SECONDS = 120
_PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "marionette.port": 0,
    "media.autoplay.default": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
_ASK = """
const [a, done] = arguments;
const p = document.querySelector("or-player"), b = p?.playback;
(async () => %s)().then((value) => done({ value: value ?? null }), (error) => done({ error: String(error) }));
"""


class OtherBrowser:
    """One page. ``send`` takes a WebDriver command's name and arguments and returns its value."""

    def __init__(self, send: Callable[[str, dict[str, Any]], Any]) -> None:
        self._send = send

    def open(self, address: str) -> None:
        self._send("navigate", {"url": address})

    def add_cookie(self, name: str, value: str) -> None:
        """For the site that is open."""
        self._send("cookie", {"cookie": {"name": name, "value": value, "path": "/", "secure": True, "httpOnly": True}})

    def ask(self, script: str, argument: Any = None) -> Any:
        """The value of an expression, awaited; ``p`` is the player, ``b`` its playback, ``a`` the argument."""
        answer = self._send("script", {"script": _ASK % script, "args": [argument]})
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def until(self, script: str) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self.ask(script):
            assert time.monotonic() < end, f"it did not become true: {script}"
            time.sleep(0.05)

    def press(self, key: str) -> None:
        self.ask("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: a, bubbles: true }))", key)

    def screenshot(self) -> bytes:
        return base64.b64decode(self._send("screenshot", {}))


def _until(seen: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not (found := seen()):
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.05)
    return found


@contextmanager
def _process(*command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


# --- Firefox ---


@contextmanager
def firefox(folder: Path) -> Iterator[OtherBrowser]:
    profile = folder / "profile"
    profile.mkdir(parents=True)
    lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in _PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    command = ["firefox-esr", "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    with _process(*command, HOME=str(folder)):
        named = profile / "MarionetteActivePort"
        port = int(_until(lambda: named.exists() and named.read_text(), "Firefox's port"))
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS) as connection:
            marionette = _Marionette(connection)
            marionette.call("WebDriver:NewSession", {"acceptInsecureCerts": True})
            marionette.call("WebDriver:SetTimeouts", {"script": _PATIENCE_SECONDS * 1000})
            yield OtherBrowser(marionette.send)
            marionette.call("Marionette:Quit", {"flags": ["eForceQuit"]})


class _Marionette:
    """Messages of JSON, each after its length and a colon: [0, id, command, arguments], [1, id, error, result]."""

    names: ClassVar = {
        "navigate": "WebDriver:Navigate",
        "cookie": "WebDriver:AddCookie",
        "script": "WebDriver:ExecuteAsyncScript",
        "screenshot": "WebDriver:TakeScreenshot",
    }

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._numbers = connection, itertools.count(1)
        self._receive()

    def send(self, name: str, arguments: dict[str, Any]) -> Any:
        result = self.call(self.names[name], arguments | ({"full": False} if name == "screenshot" else {}))
        return result["value"] if result else None

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        message = json.dumps([0, next(self._numbers), name, arguments]).encode()
        self._connection.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._receive()
        assert error is None, f"Firefox, {name}: {error}"
        return result

    def _receive(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._read(1)
        return json.loads(self._read(int(length[:-1])))

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self._connection.recv(count - len(data))
            assert part, "Firefox ended"
            data += part
        return data


# --- WebKitGTK ---


@contextmanager
def webkit(folder: Path) -> Iterator[OtherBrowser]:
    folder.mkdir(parents=True)
    with _display(folder) as display:
        port = free_port()
        places = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1"}
        with _process(shutil.which("WebKitWebDriver") or "WebKitWebDriver", f"--port={port}", **places):
            _until(lambda: _listens(port), "WebKit's driver")
            driver = _WebDriver(f"http://127.0.0.1:{port}")
            driver.begin()
            try:
                yield OtherBrowser(driver.send)
            finally:
                driver.end()


@contextmanager
def _display(folder: Path) -> Iterator[str]:
    """WebKitGTK draws into a window only."""
    reading, writing = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1440x900x24", "-nolisten", "tcp"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        os.close(writing)
        try:
            with os.fdopen(reading) as said:
                yield f":{int(said.readline())}"
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _WebDriver:
    paths: ClassVar = {
        "navigate": ("POST", "url"),
        "cookie": ("POST", "cookie"),
        "script": ("POST", "execute/async"),
        "screenshot": ("GET", "screenshot"),
    }

    def __init__(self, address: str) -> None:
        self._address = address

    def begin(self) -> None:
        always = {"acceptInsecureCerts": True, "timeouts": {"script": _PATIENCE_SECONDS * 1000}}
        made = self._call("POST", "session", {"capabilities": {"alwaysMatch": always}})
        self._address += f"/session/{made['sessionId']}"

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._call("DELETE", "", None)

    def send(self, name: str, arguments: dict[str, Any]) -> Any:
        method, path = self.paths[name]
        return self._call(method, path, arguments if method == "POST" else None)

    def _call(self, method: str, path: str, arguments: dict[str, Any] | None) -> Any:
        data = None if arguments is None else json.dumps(arguments).encode()
        address, headers = f"{self._address}/{path}".rstrip("/"), {"Content-Type": "application/json"}
        asked = urllib.request.Request(address, data, headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=2 * _PATIENCE_SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"WebKit, {path}: {error.read().decode()}") from None


BROWSERS = {"firefox": firefox, "webkit": webkit}


def open_browser(name: str, folder: Path) -> contextlib.AbstractContextManager[OtherBrowser]:
    """``name``: one of :data:`BROWSERS`."""
    return BROWSERS[name](folder)
