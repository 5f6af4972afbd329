"""ipycam as a whole camera, with ONVIF, discovery and RTSP, until it is ended.

``ipycam_device.py ADDRESS ONVIF_PORT RTSP_PORT USER PASSWORD``. A camera that is not ours (PyPI ``ipycam``, in
``.venv/foreign``). Its pictures are never twice the same.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from ipycam import CameraConfig, IPCamera

WIDTH, HEIGHT, FPS = 640, 360, 15


def main(address: str, onvif_port: str, rtsp_port: str, user: str, password: str) -> None:
    config = CameraConfig(
        name="DoorCamera",
        manufacturer="PythonCam",
        model="VirtualCam-1",
        serial_number="PY-000042",
        local_ip=address,
        onvif_port=int(onvif_port),
        rtsp_port=int(rtsp_port),
        username=user,
        password=password,
        main_width=WIDTH,
        main_height=HEIGHT,
        main_fps=FPS,
        main_bitrate="400K",
        sub_width=320,
        sub_height=180,
        sub_fps=FPS,
        sub_bitrate="150K",
    )
    camera = IPCamera(config)
    if not camera.start():
        raise SystemExit("ipycam: it did not start")
    print("ready", flush=True)
    noise, begun = np.random.default_rng(1), time.monotonic()
    for number in range(sys.maxsize):
        picture = np.full((HEIGHT, WIDTH, 3), 60 + number % 120, np.uint8)
        left = number * 4 % WIDTH
        picture[:, left : left + 60] += 50
        picture[: HEIGHT // 8] = noise.integers(0, 255, (HEIGHT // 8, WIDTH, 3), dtype=np.uint8)
        camera.stream(picture)
        time.sleep(max(0.0, begun + (number + 1) / FPS - time.monotonic()))


if __name__ == "__main__":
    main(*sys.argv[1:])
