"""Real footage that the evaluation knows: where it is from, and to which part it belongs, for good.

Nothing of it lies in this repository. Put the files into one folder (``--footage``); what is not there is left out, and
what is there and not named here is not looked at. A file of one part never goes to the other.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

__all__ = ["FACES", "FOOTAGE", "Face", "Footage", "found_in"]

_DOC = "Debian opencv-doc, examples/data"
_MATE = "Debian mate-backgrounds, nature"
_BGS = "github.com/andrewssobral/bgslibrary, dataset"
_LRS = "github.com/andrewssobral/lrslibrary, dataset"
_INTEL = "github.com/intel-iot-devkit/sample-videos"
_ADITH = "github.com/Adith25/Computer-Vision-Movement-Detector, cctv.mp4"
_DAFFA = "github.com/DaffaPutraS/praktikum_PCD_A-I, cctv.mp4"
_SACH = "github.com/sachith03122000/Computer-Vision-Obj-detection-and-tracking, cctv.mp4"
_SMART = "github.com/sharath-yanamandra/security-cameras-locally"


class Footage(NamedTuple):
    """One file. ``film``: of a camera that stands still; else a photograph, which takes the place of a room.
    ``gray``: it has no colour, so it cannot lose any. ``clock``: what a clock of its own shows at its
    beginning. ``moves``: the camera does not stand still after all, so it serves as what is behind a clock alone."""

    name: str
    part: str
    source: str
    shows: str
    film: bool = False
    gray: bool = False
    clock: str = ""
    moves: bool = False


FOOTAGE = (
    Footage("aloeL.jpg", "tuning", _DOC, "a plant before a patterned cloth"),
    Footage("board.jpg", "tuning", _DOC, "a circuit board"),
    Footage("home.jpg", "tuning", _DOC, "a palace under much sky"),
    Footage("messi5.jpg", "tuning", _DOC, "a crowd out of focus"),
    Footage("stuff.jpg", "tuning", _DOC, "a table with few things on it"),
    Footage("Storm.jpg", "tuning", _MATE, "a road at dusk"),
    Footage("video02.avi", "tuning", _BGS, "a motorway", film=True),
    Footage("shop.avi", "tuning", _LRS, "a corridor with shoppers, 192 x 144", film=True, gray=True),
    Footage("bottle-detection.mp4", "tuning", _INTEL, "a bench with bottles, hardly moving", film=True),
    Footage("car-detection.mp4", "tuning", _INTEL, "bare asphalt, a car at times", film=True),
    Footage("tree.avi", "tuning", _DOC, "a tree in the wind, before a bright sky", film=True),
    Footage(
        "kg-cctv.mp4",
        "tuning",
        "github.com/KGagandeep2911/Project-524---Computer-Vision, cctv.mp4",
        "a junction",
        film=True,
    ),
    Footage("sh-parking.mp4", "tuning", _SMART, "a parking lot from above", film=True),
    Footage("adith-cctv.mp4", "tuning", _ADITH, "a shop's entrance", film=True, clock="12:47:58"),
    Footage(
        "xt-traffic.mp4",
        "tuning",
        "github.com/xts-x-xvxl-wxrld/extract-background-from-video.-python-script, traffic.mp4",
        "asphalt from above",
        film=True,
    ),
    Footage("building.jpg", "table", _DOC, "a building"),
    Footage("leuvenA.jpg", "table", _DOC, "a street of old houses"),
    Footage("aero1.jpg", "table", _DOC, "a town from above"),
    Footage("fruits.jpg", "table", _DOC, "fruits"),
    Footage("Garden.jpg", "table", _MATE, "a flower before a ground out of focus"),
    Footage("vtest.avi", "table", _DOC, "people in a courtyard", film=True),
    Footage("video.avi", "table", _BGS, "a road from above", film=True),
    Footage("video03.avi", "table", _BGS, "a road under trees in the wind", film=True),
    Footage("escalator.avi", "table", _LRS, "escalators, 160 x 128", film=True, gray=True, clock="17:31:59"),
    Footage("one-by-one-person-detection.mp4", "table", _INTEL, "a room that people enter", film=True),
    Footage("daffa-cctv.mp4", "table", _DAFFA, "a crossing of a town, 400 x 224", film=True, moves=True),
    Footage("sh-people_gathering.mp4", "table", _SMART, "people who stand in a hall", film=True, moves=True),
    Footage("sach-cctv.mp4", "table", _SACH, "an alley by night", film=True, clock="01:58:03", moves=True),
    Footage(
        "bo-traffic.mp4", "table", "github.com/BorislavY/Traffic_Surveillance, traffic.mp4", "a crossing", film=True
    ),
    Footage("ck-traffic.mp4", "table", "github.com/cKuhn517/cvTrafficCam, traffic.mp4", "a parking lot", film=True),
    Footage("gb-parking.mp4", "table", "github.com/Gabri-el-Batata/DetectingCar, parking.mp4", "a motorway", film=True),
    Footage(
        "pa-cctv.mp4",
        "table",
        "github.com/pagehwidiastra/pengolahan_citra, cctv.mp4",
        "a junction",
        film=True,
        clock="14:03:01",
    ),
    Footage(
        "je-overpass.mp4",
        "table",
        "github.com/jetyey/M2-Motion_tracking, Pedestrian overpass.mp4",
        "people on a footway in the sun",
        film=True,
    ),
    Footage(
        "sa-traffic.mp4",
        "table",
        "github.com/Saisrithaja/traffic_analysis, traffic.mp4",
        "a queue of cars before a town",
        film=True,
    ),
    Footage(
        "ab-traffic.mp4",
        "table",
        "github.com/Aboodtt404/Moving-Object-Detection, traffic.mp4",
        "a roundabout from afar",
        film=True,
    ),
    Footage("WavingTrees.mkv", "table", "Wallflower, WavingTrees", "branches in the wind, 160 x 120", film=True),
)


class Face(NamedTuple):
    """A face in which clocks are drawn. ``source`` is Debian's package."""

    name: str
    part: str
    source: str


FACES = (
    Face("DejaVuSansMono.ttf", "tuning", "fonts-dejavu-mono"),
    Face("LiberationSans-Regular.ttf", "tuning", "fonts-liberation"),
    Face("Inconsolata.otf", "tuning", "fonts-inconsolata"),
    Face("NotoSansCJK-Regular.ttc", "tuning", "fonts-noto-cjk"),
    Face("FreeMonoBold.ttf", "tuning", "fonts-freefont-ttf"),
    Face("Hack-Bold.ttf", "table", "fonts-hack"),
    Face("LiberationMono-Bold.ttf", "table", "fonts-liberation"),
    Face("Roboto-Bold.ttf", "table", "fonts-roboto-unhinted"),
    Face("TerminusTTF-4.46.0.ttf", "table", "fonts-terminus"),
    Face("unifont.otf", "table", "fonts-unifont"),
    Face("wqy-microhei.ttc", "table", "fonts-wqy-microhei"),
)


def found_in(folder: str, part: str) -> list[tuple[Footage, str]]:
    """What of the part lies in the folder, with its path."""
    paths = ((one, Path(folder) / one.name) for one in FOOTAGE if one.part == part)
    return [(one, str(path)) for one, path in paths if path.is_file()]
