"""Quirks of how long it lasts: cameras that end, restart, fall silent, serve one viewer, or send seldom."""

from __future__ import annotations

from tests.quirks.edits import on
from tests.quirks.script import Quirk, Reply, Request, Script, Talk

G = "life"


def _busy_at_first(talk: Talk, request: Request, reply: Reply) -> Reply:
    return Reply("503 Service Unavailable") if talk.number == 1 else reply


def _lost_at_first(talk: Talk, request: Request, reply: Reply) -> Reply:
    return Reply("454 Session Not Found") if talk.number == 1 else reply


def _hangs_at_first(talk: Talk, request: Request, reply: Reply) -> Reply:
    return Reply("400 Bad Request", hang_up=True, raw=b"") if talk.number == 1 else reply


def _busy_thrice(talk: Talk, request: Request, reply: Reply) -> Reply:
    return Reply("453 Not Enough Bandwidth") if talk.number <= 3 else reply


def rows() -> list[Quirk]:
    return [
        Quirk("closes-each-6-s", G, "closes the connection each six seconds", "", Script(lasts=6, seconds=26)),
        Quirk("closes-once", G, "closes it once", "", Script(lasts=7, lasts_once=True, seconds=18)),
        Quirk("closes-once-hevc-sound", G, "the same with H.265 and sound", "", Script(lasts=8, lasts_once=True,
              seconds=18, film="hevc", sound="alaw")),
        Quirk("resets-once", G, "resets the connection once", "", Script(lasts=8, lasts_once=True, ends_by="rst",
              seconds=18)),
        Quirk("restarts", G, "is away for three seconds and comes back", "", Script(lasts=8, lasts_once=True, away=3,
              seconds=22)),
        Quirk("teardown-by-camera", G, "sends TEARDOWN and nothing more", "", Script(lasts=8, lasts_once=True,
              ends_by="teardown", seconds=24)),
        Quirk("bye", G, "sends RTCP BYE and nothing more", "", Script(lasts=8, lasts_once=True, ends_by="bye",
              seconds=24)),
        Quirk("falls-silent", G, "falls silent and keeps the connection", "", Script(lasts=8, lasts_once=True,
              ends_by="silence", seconds=24)),
        Quirk("falls-silent-hevc", G, "the same with H.265", "", Script(lasts=8, lasts_once=True, ends_by="silence",
              seconds=24, film="hevc")),
        Quirk("pauses-2-s", G, "sends nothing for two seconds, then goes on", "", Script(silent_from=7, silent_for=2,
              seconds=18)),
        Quirk("one-viewer", G, "serves one viewer (453), frees at TEARDOWN or after two seconds",
              "mpromonet/webrtc-streamer#174",
              Script(viewers=1, lingers=2, lasts=6, seconds=24)),
        Quirk("one-viewer-lingers-5", G, "serves one viewer and keeps a lost one for five seconds",
              "Motion-Project/motion#1265",
              Script(viewers=1, lingers=5, lasts=7, lasts_once=True, seconds=24)),
        Quirk("busy-at-first", G, "answers the first DESCRIBE with 503", "", Script(answers=(on("DESCRIBE",
              _busy_at_first),), seconds=12)),
        Quirk("setup-454-at-first", G, "answers the first SETUP with 454", "", Script(answers=(on("SETUP",
              _lost_at_first),), seconds=12)),
        Quirk("hangs-up-at-first", G, "hangs up at the first DESCRIBE", "", Script(answers=(on("DESCRIBE",
              _hangs_at_first),), seconds=12)),
        Quirk("one-picture-each-2-s", G, "one picture each two seconds, key frames", "", Script(film="h264-all-key",
              fps=0.5, seconds=24)),
        Quirk("one-picture-each-5-s", G, "one picture each five seconds, key frames", "", Script(film="h264-all-key",
              fps=0.2, seconds=44)),
        Quirk("one-picture-each-5-s-sound", G, "the same with sound", "", Script(film="h264-all-key", fps=0.2,
              seconds=44, sound="alaw")),
        Quirk("one-picture-each-5-s-mjpeg", G, "one JPEG each five seconds", "", Script(film="mjpeg", payload_type=26,
              fps=0.2, seconds=44)),
        Quirk("one-picture-each-3-s-gop", G, "one picture each three seconds, ten to a GOP", "", Script(fps=1 / 3,
              seconds=40)),
        Quirk("closes-each-2-s", G, "closes the connection each two seconds", "", Script(lasts=2, seconds=16)),
        Quirk("late-first-packet-12", G, "sends the first packet twelve seconds after PLAY", "", Script(late=12.0,
              seconds=34)),
        Quirk("one-picture-each-10-s", G, "one picture each ten seconds, key frames", "", Script(film="h264-all-key",
              fps=0.1, seconds=64)),
        Quirk("resets-each-5-s", G, "resets the connection each five seconds, with sound", "", Script(lasts=5,
              ends_by="rst", sound="alaw", seconds=24)),
        Quirk("viewer-lingers-10", G, "serves one viewer and keeps a lost one for ten seconds",
              "scottlamb/retina#34", Script(viewers=1, lingers=10, lasts=7, lasts_once=True, seconds=30)),
        Quirk("busy-three-times", G, "answers the first three DESCRIBE with 453", "", Script(answers=(on("DESCRIBE",
              _busy_thrice),), seconds=16)),
        Quirk("gop-80-s", G, "a key frame each 80 seconds", "", Script(film="h264-endless", seconds=70)),
    ]  # fmt: skip
