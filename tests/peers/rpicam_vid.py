#!/usr/bin/env python3
"""A stand-in for ``rpicam-vid``: lists two cameras, and writes a film's H.264 at its rate to a pipe.

What it takes and prints follows the program's documentation and reports of it; no Raspberry Pi was at hand.
The variable ``RPICAM`` says what it does: ``film=PATH``; ``asked=PATH``, where it notes its arguments; ``none`` (no
camera), ``dies=N`` (ends after so many pictures), ``silent`` (gives nothing), ``stubborn`` (does not end when told).
"""

from __future__ import annotations

import os
import signal
import sys
import time

CAMERAS = """Available cameras
-----------------
0 : imx708_wide [4608x2592 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]
                             2304x1296 [56.03 fps - (0, 0)/4608x2592 crop]

1 : imx219 [3280x2464 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@80000/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]

"""
KNOWN = {"--camera": 1, "--timeout": 1, "--nopreview": 0, "--codec": 1, "--inline": 0, "--flush": 0, "--width": 1,
         "--height": 1, "--framerate": 1, "--intra": 1, "--bitrate": 1, "--libav-format": 1, "--output": 1}  # fmt: skip


def main() -> int:
    told = dict(each.partition("=")[::2] for each in os.environ.get("RPICAM", "").split())
    if sys.argv[1:] == ["--list-cameras"]:
        print("No cameras available!" if "none" in told else CAMERAS)
        return 0
    asked: dict[str, str] = {}
    words = sys.argv[1:]
    while words:
        word = words.pop(0)
        if word not in KNOWN:
            print(f"ERROR: *** unrecognised option '{word}' ***", file=sys.stderr)
            return 255
        asked[word] = words.pop(0) if KNOWN[word] else "yes"
    print("[0:06:16.58] [1264]  INFO Camera camera_manager.cpp:284 libcamera v0.3.2+99", file=sys.stderr)
    if "asked" in told:
        with open(told["asked"], "w", encoding="utf-8") as file:
            file.write(" ".join(sys.argv[1:]))
    if "silent" in told:
        time.sleep(3600)
    if "stubborn" in told:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if asked.get("--output") != "-" or asked.get("--timeout") != "0":
        print("ERROR: *** this stand-in only films to a pipe, without end ***", file=sys.stderr)
        return 255
    with open(told["film"], "rb") as file:
        film = file.read()
    sent = 0
    while True:
        at = 0
        while at < len(film):
            # An access unit each: the film has delimiters, which the real program's has not.
            end = film.find(b"\x00\x00\x00\x01\x09", at + 1)
            end = len(film) if end < 0 else end
            first = film.find(b"\x00\x00\x01", at + 5)
            os.write(1, film[first - (film[first - 1] == 0) : end])
            at, sent = end, sent + 1
            if sent == int(told.get("dies", 0)):
                print("ERROR: *** Device timeout detected, attempting a restart!!! ***", file=sys.stderr)
                return 255
            time.sleep(1 / float(asked["--framerate"]))


if __name__ == "__main__":
    sys.exit(main())
