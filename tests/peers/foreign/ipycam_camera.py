"""ipycam's RTSP server on 127.0.0.1 with pictures that are never twice the same: ``ipycam_camera.py PORT``."""

from __future__ import annotations

import sys
import time

import numpy as np
from ipycam.rtsp import NativeRTSPServer

WIDTH, HEIGHT, FPS = 320, 180, 15


def main() -> None:
    server = NativeRTSPServer(int(sys.argv[1]), "127.0.0.1")
    server.add_stream("video_main", WIDTH, HEIGHT, FPS, "200k")
    if not server.start():
        raise SystemExit("ipycam: its server did not start")
    begun = time.monotonic()
    for number in range(sys.maxsize):
        picture = np.full((HEIGHT, WIDTH, 3), number * 7 % 200, np.uint8)
        left = number * 4 % WIDTH
        picture[:, left : left + 40] += 50
        picture[: HEIGHT // 8] = np.random.default_rng(number).integers(0, 255, (HEIGHT // 8, WIDTH, 3), dtype=np.uint8)
        server.stream_frame("video_main", picture)
        time.sleep(max(0.0, begun + (number + 1) / FPS - time.monotonic()))


if __name__ == "__main__":
    main()
