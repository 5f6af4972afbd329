"""Where the media of a session are: addresses as cameras write them, whole, relative or half. Pure."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

__all__ = ["base_of", "control_of", "controls_of"]

_WHOLE = ("rtsp://", "rtsps://", "rtspt://", "rtspu://")


def base_of(asked: str, said: str) -> str:
    """The address that media are relative to: what the camera says, which may be relative itself or nonsense."""
    said = _once(said.strip())
    if said.lower().startswith(_WHOLE):
        return said if _is_address(said) else asked
    if (plain := said.lstrip("/")).startswith(f"{urlsplit(asked).netloc}/"):
        return f"{asked.partition('://')[0]}://{plain}"
    return _joined(asked, said) if said else asked


def control_of(base: str, control: str) -> str:
    """A medium's own address: relative ones are appended, as cameras mean it, whether the base ends in / or not; one
    that has the whole path of the base already is a path of the camera's own."""
    control = _once(control).replace(" ", "%20")
    if not control or control == "*":
        return base
    if control.lower().startswith(_WHOLE):
        return control
    path = urlsplit(base).path.rstrip("/")
    if control.startswith("/") and path and control.startswith(f"{path}/"):
        return _joined(base, control)
    if control.startswith("?"):
        return base + control
    return f"{base.rstrip('/')}{'' if control.startswith('/') else '/'}{control}"


def controls_of(base: str, whole: str, control: str) -> list[str]:
    """Where a medium may be, the likeliest first: as :func:`control_of` has it, below the address of the whole where
    the camera says one (RFC 2326 section C.1.1), and as addresses are joined elsewhere (RFC 3986 section 5)."""
    below = [control_of(one, control) for one in (base, control_of(base, whole)) if one]
    return list(dict.fromkeys([*below, _joined(f"{base.rstrip('/')}/", _once(control).replace(" ", "%20"))]))


def _joined(base: str, relative: str) -> str:
    """As ``urljoin``, which knows the scheme ``rtsps`` from Python 3.13 on only; ``base`` where it makes no address."""
    scheme, colon, rest = base.partition(":")
    try:
        joined = urljoin(f"rtsp{colon}{rest}", relative)
    except ValueError:
        return base
    return f"{scheme}{joined.removeprefix('rtsp')}" if joined.startswith("rtsp://") else base


def _is_address(text: str) -> bool:
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True


def _once(address: str) -> str:
    """Without a scheme that stands twice."""
    while address.lower().startswith("rtsp://rtsp://"):
        address = address[7:]
    return address
