"""The session description of a scripted camera (RFC 8866), before its script changes it."""

from __future__ import annotations

import base64

from tests.quirks.media import Film, Sound
from tests.quirks.script import Script

__all__ = ["description", "sound_type"]

_STATIC = {"pcm_alaw": 8, "pcm_mulaw": 0}
_NAMES = {
    "pcm_alaw": "PCMA",
    "pcm_mulaw": "PCMU",
    "pcm_s16be": "L16",
    "adpcm_g726le": "G726-32",
    "aac": "MPEG4-GENERIC",
    "opus": "OPUS",
}


def sound_type(sound: Sound | None, script: Script) -> int:
    if sound is None:
        return -1
    if script.sound_type >= 0:
        return script.sound_type
    return _STATIC.get(sound.codec, 97) if sound.clock == 8000 else 97


def description(film: Film, sound: Sound | None, script: Script) -> str:
    number = script.payload_type
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=Camera", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*"]
    lines += [f"m=video 0 RTP/AVP {number}", f"a=rtpmap:{number} {_name(film.codec)}/90000"]
    if words := _video(film, script):
        lines.append(f"a=fmtp:{number} {';'.join(words)}")
    lines.append(f"a=control:{script.controls[0]}")
    if sound is not None:
        other = sound_type(sound, script)
        channels = 2 if sound.codec == "opus" else sound.channels
        lines += [f"m=audio 0 RTP/AVP {other}"]
        lines += [f"a=rtpmap:{other} {_NAMES[sound.codec]}/{sound.clock}" + (f"/{channels}" if channels > 1 else "")]
        if sound.codec == "aac":
            words = "streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3"
            lines.append(f"a=fmtp:{other} {words};config={sound.config[:2].hex()}")
        lines.append(f"a=control:{script.controls[1]}")
    text = "\r\n".join([*lines, ""])
    for change in script.describe:
        text = change(text)
    return text


def _name(codec: str) -> str:
    return {"h264": "H264", "hevc": "H265", "mjpeg": "JPEG"}[codec]


def _video(film: Film, script: Script) -> list[str]:
    coded = [base64.b64encode(unit).decode() for unit in film.sets] if script.sdp_sets else []
    if film.codec == "h264":
        level = film.sets[0][1:4].hex().upper()
        return [
            "packetization-mode=1",
            f"profile-level-id={level}",
            *([f"sprop-parameter-sets={','.join(coded)}"] if coded else []),
        ]
    if film.codec == "hevc":
        return [f"{name}={text}" for name, text in zip(("sprop-vps", "sprop-sps", "sprop-pps"), coded, strict=False)]
    return []
