"""A viewing as its people see it: Chromium, over the real processes, in a ring with an index of a million segments.

    python -m tests.bench.bench_viewing [--files 1000000] [--seeks 100] [--minutes 2] [--only seeks,masked,...] [--json]

Four cameras of ten minutes each are put into the ring beside the rest: 1080p15 at 3 Mbit/s, a key frame each two
seconds, and three of 640 x 360. A seek goes from ``seekTo`` to the first presented frame
(``requestVideoFrameCallback``), to moments that are not buffered; the server's share is from the request's first byte
to the answer's. Goals: 150 ms, 20 ms of it the server's, 400 ms masked (p95), ten key pictures a second, four cameras
within a frame of one another.

It leaves out: a display (Chromium has none here, and decodes by processor), a network, and other people at work.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
from playwright.sync_api import Browser, Page

from appliance.api import NO_PTS, Packet, Stream, Streams
from appliance.core.clock import SLOT_NS, SystemClock, slot_start_ns
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from tests.bench.big_office import TARGET_DAYS, camera_numbers, fill_office
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard
from tests.browser.chromium import chromium
from tests.caselife import CaseLife, life_of
from tests.footage import film_items

SECOND_NS = 1_000_000_000
FPS, GOP_SECONDS, CLIP_SECONDS, FILMED_SECONDS = 15, 2, 10, 600
SIZES = {"01": ("1920x1080", "3M"), "02": ("640x360", "700k"), "03": ("640x360", "700k"), "04": ("640x360", "700k")}
PARTS = ("seeks", "previews", "steps", "masked", "streams")
_FILES_A_DAY = 2_700
"""A million are a year of four cameras; of less, fewer days."""
_PLACE = {"left": 100, "top": 200, "right": 300, "bottom": 400}


# --- what is viewed ---


def clip(size: str, rate: str) -> tuple[Streams, list[Packet]]:
    """Ten seconds of a moving picture with noise, as a camera sends them."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "clip.ts")
        picture = f"testsrc2=size={size}:rate={FPS},noise=alls=6:allf=t"
        coded = f"-c:v libx264 -preset veryfast -b:v {rate} -maxrate {rate} -bufsize {rate} -bf 0 -sc_threshold 0"
        command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", picture, "-t", str(CLIP_SECONDS)]
        keys = ["-g", str(FPS * GOP_SECONDS), "-pix_fmt", "yuv420p", path]
        subprocess.run([*command, *coded.split(), *keys], check=True)
        with av.open(path) as film:
            first, packets = None, []
            for packet in film.demux(video=0):
                if packet.pts is None:
                    continue
                first = packet.pts if first is None else first
                at = packet.pts - first
                packets.append(Packet(0, bytes(packet), at, at, 90_000 // FPS, bool(packet.is_keyframe)))
    width, height = map(int, size.split("x"))
    return Streams((Stream(0, "video", "h264", (1, 90_000), b"", width, height),)), packets


def filmed(box: Box, start_ns: int) -> None:
    """The clips over and over, for ten minutes."""
    made = {size: clip(*size) for size in set(SIZES.values())}

    def items(streams: Streams, packets: list[Packet]) -> Iterator[tuple[Streams | Packet, int]]:
        yield streams, start_ns
        for number in range(FILMED_SECONDS // CLIP_SECONDS):
            for packet in packets:
                at = packet.pts + number * CLIP_SECONDS * 90_000
                assert packet.pts != NO_PTS
                yield packet._replace(pts=at, dts=at), start_ns + at * SECOND_NS // 90_000

    for camera_no, size in SIZES.items():
        film_items(box, camera_no, start_ns, FILMED_SECONDS, items(*made[size]))


@contextlib.contextmanager
def office(folder: Path, files: int) -> Iterator[tuple[Box, int]]:
    """The office with its processes running, and when the ten minutes begin."""
    kind = functools.partial(Box, more="scrub_bytes_per_second = 65536")
    with make_box(folder / "office", [testcard(each) for each in camera_numbers(len(SIZES))], kind=kind) as box:
        now_ns = SystemClock().wall_ns()
        if files:
            days, began = min(TARGET_DAYS - 2, max(1, files // _FILES_A_DAY)), time.monotonic()
            fill_office(box.settings, len(SIZES), files, start_ns_of(day_of(now_ns)) - days * DAY_NS, days)
            print(f"a ring of {files:,} files, made in {time.monotonic() - began:.0f} s", flush=True)
        began = time.monotonic()
        box.start("keeper", "darkroom", "web")
        print(f"processes started in {time.monotonic() - began:.1f} s", flush=True)
        start_ns = slot_start_ns(now_ns) - 2 * SLOT_NS
        filmed(box, start_ns)
        yield box, start_ns


# --- who views it ---


class Viewing:
    """Two people at one page. ``open``: a case with these cameras, all ten minutes, masked or not."""

    def __init__(self, box: Box, browser: Browser, start_ns: int) -> None:
        self.box, self.start_ns, self.end_ns = box, start_ns, start_ns + FILMED_SECONDS * SECOND_NS
        self.address = f"https://localhost:{box.port}"
        self.page: Page = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-TW").new_page()
        self.page.goto(f"{self.address}/login")
        self.page.fill("input[name=name]", OFFICER.name)
        self.page.fill("input[name=password]", OFFICER.password)
        self.page.click("main form button.primary")
        self.page.wait_for_url(f"{self.address}/")
        kept = next(each for each in self.page.context.cookies() if each["name"] == "__Host-sid")
        self.page.goto("about:blank")
        both = box.call("login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, totp="", session=kept["value"])
        self.session = str(both["session"])
        self.page.context.add_cookies([dict(kept) | {"value": self.session}])  # type: ignore[list-item]
        self.life: CaseLife = life_of(box, self.session)
        self.grant = ""

    def open(self, *cameras: str, masked: bool = False) -> None:
        self.leave()
        case = self._masked(cameras) if masked else self.life.viewing(cameras, self.start_ns, self.end_ns)
        self.page.goto(f"{self.address}/cases/{case}")
        self.page.fill("#view-password", OFFICER.password)
        self.page.locator("form[action$='/view'] button").click()
        self.page.wait_for_url(f"{self.address}/viewing/*")
        self.page.wait_for_selector("or-player[data-ready=yes]")
        self.page.evaluate("performance.setResourceTimingBufferSize(100000)")
        self.grant = self.page.url.rsplit("/", 1)[1]

    def leave(self) -> None:
        if self.grant:
            self.page.goto("about:blank")
            self.life.call("viewing.end", session=self.session, grant=self.grant)

    def _masked(self, cameras: tuple[str, ...]) -> str:
        life, span = self.life, {"start_ns": self.start_ns, "end_ns": self.end_ns}
        case = life.receive(cameras, self.start_ns, self.end_ns)
        life.to_decision(case)
        ruled = [
            {"range_no": no, "scopes": [{"camera_no": each, **span}], "masked": True, "reason": "第三人"}
            for no, each in enumerate(cameras)
        ]
        life.decide(case, "grant_partly", rulings=ruled)
        life.notify(case)
        asked = {"session": self.session, "case": case, "password": OFFICER.password}
        grant = life.call("viewing.open", **asked, purpose="masking")["grant"]
        for each in cameras:
            life.call("masks.draw", session=self.session, grant=grant, act=os.urandom(16).hex(), seat=1,
                      password=OFFICER.password, camera_no=each, **span, **_PLACE)  # fmt: skip
        life.act("finish_masks", case)
        life.act("confirm_masks", case, seat=2)
        life.schedule(case)
        life.act("prepare", case)
        life.act("begin", case, viewing=life.door)
        return str(case)

    def ask(self, script: str, argument: Any = None) -> Any:
        body = f"(a) => {{ const p = document.querySelector('or-player'), b = p.playback; return {script}; }}"
        return self.page.evaluate(body, argument)

    def present(self) -> None:
        self.life.call("viewing.present", session=self.session, grant=self.grant, seat=1, password=OFFICER.password)


# --- what is measured ---

_SEEKS = """async ([n, startNs, seconds, gop]) => {
  const p = document.querySelector("or-player"), took = [];
  performance.clearResourceTimings();
  let at = 0;
  for (let each = 0; each < n; each += 1) {
    do at = Math.random() * (seconds - 15); while (Math.abs(at - p.playback.position) < 45);
    const began = performance.now();
    const found = await p.seekTo(String(BigInt(startNs) + BigInt(Math.floor(at * 1e9))));
    if (found !== null) took.push([performance.now() - began, at % gop]);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const media = performance.getEntriesByType("resource").filter((each) => each.name.includes("/media?"));
  return { took, server: media.map((each) => each.responseStart - each.requestStart) };
}"""

_PREVIEWS = """async ([n, startNs, seconds, grant, camera]) => {
  const took = [], began = performance.now();
  for (let each = 0; each < n; each += 1) {
    const at = BigInt(startNs) + BigInt(Math.floor(Math.random() * (seconds - 5) * 1e9));
    const asked = performance.now();
    const answer = await fetch(`/viewing/${grant}/key?camera=${camera}&at_ns=${at}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(`key ${answer.status}`);
    (await createImageBitmap(await answer.blob())).close();
    took.push(performance.now() - asked);
  }
  return { took, seconds: (performance.now() - began) / 1000 };
}"""

_STREAMS = """async ([n, startNs, grant, cameras, rounds]) => {
  const one = async (which) => {
    let at = BigInt(startNs) + BigInt(which) * 60n * 1000000000n, covered = 0n;
    for (let each = 0; each < rounds; each += 1) {
      const camera = cameras[which % cameras.length];
      const query = new URLSearchParams({ camera, start_ns: at, seconds: 10, codecs: "h264" });
      const answer = await fetch(`/viewing/${grant}/media?${query}`, { cache: "no-store" });
      if (!answer.ok) throw new Error(`media ${answer.status}`);
      await answer.arrayBuffer();
      const next = BigInt(answer.headers.get("X-Next-Ns"));
      covered += next - at;
      at = next;
    }
    return Number(covered) / 1e9;
  };
  const began = performance.now();
  const covered = await Promise.all([...Array(n).keys()].map(one));
  return { covered, seconds: (performance.now() - began) / 1000 };
}"""

Figures = dict[str, float]


def spread(found: list[float], name: str) -> Figures:
    found = sorted(found)
    return {
        f"{name} p50": found[len(found) // 2],
        f"{name} p95": found[len(found) * 95 // 100],
        f"{name} n": len(found),
    }


def seeks(viewing: Viewing, count: int, *, masked: bool = False) -> Figures:
    viewing.open("01", masked=masked)
    told = viewing.page.evaluate(_SEEKS, [count, str(viewing.start_ns), FILMED_SECONDS, GOP_SECONDS])
    took, near = told["took"], GOP_SECONDS / 4
    found = spread([each for each, _ in took], "ms to the first frame")
    for name, which in (
        ("close behind a key frame", lambda at: at < near),
        ("far", lambda at: at >= GOP_SECONDS - near),
    ):
        if some := sorted(each for each, at in took if which(at)):
            found[f"ms to the first frame {name} p50"] = some[len(some) // 2]
    return found | spread(told["server"], "ms of the server's")


def previews(viewing: Viewing, count: int) -> Figures:
    viewing.open("01")
    asked = [count, str(viewing.start_ns), FILMED_SECONDS, viewing.grant, "01"]
    told = viewing.page.evaluate(_PREVIEWS, asked)
    return {"key pictures a second": count / told["seconds"]} | spread(told["took"], "ms a key picture")


def steps(viewing: Viewing, minutes: float) -> Figures:
    """Four cameras play; four times a second, how far apart their presented frames are, and what memory is taken."""
    viewing.open(*SIZES)
    viewing.ask("void (window.apart = [])")
    viewing.ask("p.seekTo(a)", str(viewing.start_ns + SECOND_NS))
    viewing.page.keyboard.press("k")
    viewing.page.wait_for_function("() => document.querySelector('or-player').playback.position > 4")
    viewing.ask("""void setInterval(() => {
      const at = b.tracks.map((each) => each.lastFrame);
      window.apart.push([Math.max(...at) - Math.min(...at), b.position]);
    }, 250)""")
    memory: list[dict[str, float]] = []
    began, confirmed = time.monotonic(), time.monotonic()
    while time.monotonic() - began < minutes * 60:
        memory.append(held(viewing.box))
        viewing.page.wait_for_timeout(5000)
        if time.monotonic() - confirmed > 240:
            viewing.present()
            confirmed = time.monotonic()
        if viewing.ask("b.position") > FILMED_SECONDS - 30:
            viewing.ask("p.seekTo(a)", str(viewing.start_ns + SECOND_NS))
            viewing.ask("void (b.playing || b.play())")
    told = viewing.ask("window.apart")
    wall = time.monotonic() - began
    played = sum(max(0.0, min(1.0, later[1] - each[1])) for each, later in itertools.pairwise(told))
    found = {f"ms apart {name}": 1000 * each for name, each in _percentiles([each[0] for each in told]).items()}
    third = max(1, len(memory) // 3)
    for name in memory[0]:
        found[f"MiB {name} first third"] = sum(each[name] for each in memory[:third]) / third
        found[f"MiB {name} last third"] = sum(each[name] for each in memory[-third:]) / third
    return found | {"samples": len(told), "speed": played / wall, "ms a frame": 1000 / FPS}


def _percentiles(found: list[float]) -> Figures:
    found = sorted(found)
    return {"p50": found[len(found) // 2], "p95": found[len(found) * 95 // 100]}


def streams(viewing: Viewing, most: int) -> Figures:
    """So many masked stretches are converted at once; how fast each goes."""
    viewing.open("01", "02", "03", "04", masked=True)
    found: Figures = {}
    for cameras, name in ((["01"], "1080p15"), (["02", "03", "04"], "360p15")):
        for count in range(1, most + 1):
            told = viewing.page.evaluate(_STREAMS, [count, str(viewing.start_ns), viewing.grant, cameras, 2])
            found[f"{count} x {name} masked, times real time each"] = min(told["covered"]) / told["seconds"]
            viewing.present()
    return found


def held(box: Box) -> dict[str, float]:
    """MiB that processes hold, what they share divided: the keeper, the darkroom with its children, the browser's."""
    trees = {
        "keeper": [box.processes["keeper"].pid],
        "darkroom": [box.processes["darkroom"].pid],
        "browser": [os.getpid()],
    }
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                stat = Path("/proc", entry, "stat").read_text(encoding="ascii", errors="replace")
                parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
    apart = {each.pid for each in box.processes.values()} | {os.getpid()}
    found = {}
    for name, tree in trees.items():
        total, waiting = 0.0, list(tree)
        while waiting:
            pid = waiting.pop()
            waiting += [each for each in parents.get(pid, ()) if each not in apart]
            if name != "browser" or pid != os.getpid():
                total += _pss_mib(pid)
        found[name] = total
    return found


def _pss_mib(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name, default in (("files", 1_000_000), ("seeks", 100), ("streams", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--minutes", type=float, default=2.0, help="how long four cameras play")
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    asked, found = given.only.split(","), {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with office(folder, given.files) as (box, start_ns):
            (folder / "home").mkdir()
            with chromium(folder / "home", Path(box.installed.ca_path)) as browser:
                viewing = Viewing(box, browser, start_ns)
                parts = {
                    "seeks": lambda: seeks(viewing, given.seeks),
                    "previews": lambda: previews(viewing, given.seeks),
                    "steps": lambda: steps(viewing, given.minutes),
                    "masked": lambda: seeks(viewing, given.seeks, masked=True),
                    "streams": lambda: streams(viewing, given.streams),
                }
                for part in asked:
                    print(f"{part}: load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
                    found[part] = parts[part]()
                    if not given.json:
                        for name, figure in found[part].items():
                            print(f"  {name}: {figure:.1f}", flush=True)
    if given.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
