"""The life of a fault: a camera goes black, the recorder notices and says so, of that camera and of no other.

The whole way with real processes: the tap in the camera's process, the darkroom, the keeper, the command line. A check
of a third party goes the same way: it is made and installed as ``docs/checks.md`` says, and named in the settings.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from appliance.api.registry import BUILT_IN
from appliance.core.model import Camera
from appliance.testing.skeleton import new_plugin
from tests.box import Box, make_box, testcard, until
from tests.evaluation.scenes import Scene
from tests.peers.install import install


def clip(path: Path, pictures: list[Any], fps: int = 5) -> None:
    """An H.264 film of planes (luma over both chromas), a key frame each second."""
    with av.open(str(path), "w", format="matroska") as out:
        stream: Any = out.add_stream("libx264", rate=fps, options={"g": str(fps), "preset": "ultrafast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = pictures[0].shape[1], pictures[0].shape[0] * 2 // 3, "yuv420p"
        for number, planes in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)


FILMS = (("black", "02"), ("hall", "03"), ("webbed", "04"))
FAULTS = {"picture-black-02", "cobweb-half-04"}


def _planes(scene: Scene, second: float) -> Any:
    picture = scene.picture(second)
    width = picture.luma.shape[1]
    return np.vstack([picture.luma, picture.cb.reshape(-1, width), picture.cr.reshape(-1, width)])


def _film(path: Path, camera_no: str) -> Camera:
    settings = {"path": str(path), "loop": True, "realtime": True}
    return Camera(camera_no=camera_no, location="測試", source="file", settings=settings)


def _with_cobweb(directory: Path) -> str:
    """The PYTHONPATH with the check ``cobweb``: written by ``appliance plugin new`` and installed as it stands."""
    written = new_plugin("check", "cobweb", str(directory))
    project = next(Path(path).parent for path in written if path.endswith("pyproject.toml"))
    return install(project, directory / "installed")["PYTHONPATH"]


class WithCobweb(Box):
    """A box whose settings name the check of a third party beside those that ship."""

    def __init__(self, directory: Path, cameras: Any, storage: Any) -> None:
        plugins = ", ".join(f'"{name}"' for name in (*BUILT_IN, "cobweb"))
        super().__init__(directory, cameras, storage, f"plugins = [{plugins}]")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    directory = tmp_path_factory.mktemp("fault")
    black = np.full((180 * 3 // 2, 320), 128, np.uint8)
    black[:180] = 16
    clip(directory / "black.mkv", [black] * 50)
    hall = Scene(3, (320, 180))
    seen = [_planes(hall, 36_000 + number / 5) for number in range(150)]
    clip(directory / "hall.mkv", seen)
    for planes in seen:
        planes[90:180] //= 8
    clip(directory / "webbed.mkv", seen)
    cameras = [testcard("01"), *(_film(directory / f"{name}.mkv", no) for name, no in FILMS)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", _with_cobweb(directory))
        with make_box(directory / "office", cameras, kind=WithCobweb) as made:
            made.start("keeper", "darkroom", "recorder")
            made.recording("01", "02", "03", "04")
            yield made


def _check(box: Box, *more: str) -> tuple[int, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "appliance", "--settings", box.settings_path, "check", "--json", *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def _findings(box: Box) -> dict[str, str]:
    return {finding["key"]: finding["text"] for finding in box.status()["findings"] if "-0" in finding["key"]}


def _standing(box: Box) -> dict[str, str] | None:
    found = _findings(box)
    return found if len(found) >= len(FAULTS) else None


def test_a_black_picture_is_a_finding_of_that_camera_and_of_no_other(box: Box) -> None:
    found = until(lambda: _standing(box), what="the findings")
    assert set(found) == FAULTS
    assert found["picture-black-02"].startswith("camera 02: The picture is black. (measured 100 %, limit 97 %)")


def test_the_command_looks_at_every_camera_now_and_tells_what_stands(box: Box) -> None:
    status, found = _check(box)
    assert status == 0, found
    assert found["late"] == []
    looks = {camera["camera_no"]: camera["look"] for camera in found["cameras"]}
    assert {each["fault"] for each in looks["02"]["wrong"]} >= {"picture-black"}
    assert not looks["01"].get("wrong")
    assert not looks["03"].get("wrong")
    table = subprocess.run(
        [sys.executable, "-m", "appliance", "--settings", box.settings_path, "check"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "camera 02" in table
    (line,) = [line for line in table.splitlines() if "picture-black" in line and "FAULT" in line]
    assert line.split()[:2] == ["signal", "picture-black"]


def test_t_79_the_proof_on_live_pictures_touches_nothing_that_is_stored(box: Box) -> None:
    """No finding comes of it, and recording goes on without a gap."""
    before = until(lambda: _standing(box), what="the findings")
    assert set(before) == FAULTS, "that it stands still, too, is no second fault"
    status, found = _check(box, "--prove")
    assert status == 0, found
    looks = {camera["camera_no"]: camera["look"] for camera in found["cameras"]}
    for camera_no in ("01", "03"):
        fired = [proof for proof in looks[camera_no]["proofs"] if proof[3] and proof[4]]
        assert len(fired) >= 15
    elsewhere = [proof for proof in looks["02"]["proofs"] if not proof[4]]
    assert "picture-black" in {proof[1] for proof in elsewhere}, "what is wrong already is proven on a made picture"
    assert _findings(box) == before
    assert all(len(camera["gaps_24h"]) <= 1 for camera in box.status()["cameras"])


def test_a_check_of_a_third_party_is_in_the_row_in_the_plots_and_in_the_proofs(box: Box) -> None:
    until(lambda: _standing(box), what="the findings")
    session = box.both_logged_in()
    row = box.call("inspection.day", session=session)["row"]
    (item,) = [item for item in row["items"] if item["key"] == "cobweb-half-04"]
    assert (item["box"], item.get("over_ns", 0)) == ("picture", 0)
    assert item["text"].startswith("camera 04: The lower half of the picture is dark.")
    told = {camera["camera_no"]: camera for camera in box.call("looks.list", session=session)["cameras"]}
    course = told["04"]["trends"]["cobweb-half"]
    assert course["points"], "its measure is drawn"
    assert course["points"][-1][2] < course["limit"]
    words = box.call("office")["words"]["faults"]["cobweb-half"]
    assert words["name"] == ["下半部亮度", "Lower half"], "it is called by the words that it brought"
    _, found = _check(box, "--prove")
    proofs = {each["camera_no"]: each["look"]["proofs"] for each in found["cameras"]}
    assert [proof[3] for proof in proofs["03"] if proof[1] == "cobweb-half"] == [True]
