"""Players that are not ours, asked how many pictures of a film they show. All decode as fast as they can."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser

from tests.patience import PATIENCE_SECONDS

__all__ = ["chromium_pictures", "mpv_pictures", "vlc_count", "vlc_pictures"]

_NOBODY = 65534
_PLAY = """<!doctype html><meta charset="utf-8"><title>t</title><video muted></video><script>
const video = document.querySelector("video");
window.played = (name, rate) => new Promise((done, fail) => {
  video.onerror = () => fail(new Error(video.error.message));
  video.onended = () => done([video.getVideoPlaybackQuality().totalVideoFrames, video.duration]);
  video.src = name;
  video.playbackRate = rate;
  video.play().catch(fail);
});
</script>"""


def chromium_pictures(browser: Browser, path: Path, rate: float = 1) -> tuple[int, float]:
    """How many pictures Chromium decodes while it plays a file from its disk at so many times the speed, whether or not
    it comes to draw them, and how many seconds it takes the file for."""
    page_of = path.with_name("play.html")
    page_of.write_text(_PLAY, encoding="utf-8")
    context = browser.new_context(offline=True)
    try:
        page = context.new_page()
        page.goto(page_of.as_uri())
        decoded, seconds = page.evaluate("([name, rate]) => played(name, rate)", [path.name, rate])
    finally:
        context.close()
        page_of.unlink()
    return int(decoded), float(seconds)


def mpv_pictures(path: Path) -> int:
    """How many pictures mpv shows, each written to a file."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["mpv", "--no-config", "--no-terminal", "--untimed", "--ao=null", "--no-audio", "--vo=image"]
        command += [f"--vo-image-outdir={folder}", "--vo-image-format=jpg", str(path)]
        subprocess.run(command, check=True, timeout=PATIENCE_SECONDS)
        return len(os.listdir(folder))


def vlc_pictures(path: Path, width: int, height: int) -> list[bytes]:
    """The luma of each picture that VLC decodes."""
    size = width * height * 3 // 2
    with _raw_of_vlc(path) as raw:
        data = raw.read_bytes()
    assert len(data) % size == 0
    return [data[at : at + width * height] for at in range(0, len(data), size)]


def vlc_count(path: Path, width: int, height: int) -> int:
    """How many pictures VLC decodes."""
    with _raw_of_vlc(path) as raw:
        pictures, rest = divmod(raw.stat().st_size, width * height * 3 // 2)
    assert rest == 0
    return pictures


@contextlib.contextmanager
def _raw_of_vlc(path: Path) -> Iterator[Path]:
    """A file of the pictures (4:2:0) that VLC decodes. On a screen it draws in real time, and some not at all where the
    machine is busy; so it converts instead, which waits for nothing.

    VLC does not run as root: it is somebody else's then, in a folder of theirs.
    """
    with tempfile.TemporaryDirectory() as home:
        film, raw = Path(home, f"film{path.suffix}"), Path(home, "raw")
        film.write_bytes(path.read_bytes())
        drop: list[str] = []
        if os.geteuid() == 0:
            for each in (Path(home), film):
                os.chown(each, _NOBODY, _NOBODY)
            drop = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        chain = f"#transcode{{vcodec=I420,acodec=none,scodec=none}}:std{{access=file,mux=dummy,dst={raw}}}"
        command = [*drop, "env", f"HOME={home}", "cvlc", "-q", "-I", "dummy", "--no-dbus", "--no-sout-audio"]
        command += ["--no-sout-spu", "--sout", chain, "--play-and-exit", str(film)]
        subprocess.run(command, check=True, timeout=PATIENCE_SECONDS, capture_output=True)
        yield raw
