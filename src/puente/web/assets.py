"""What a browser fetches beside the pages: one style sheet, one script, the icons. All from here.

Everything is read once when the app is made, so that no request can name a path on the disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from puente.report.palette import DARK, LIGHT, Theme

_STYLES = ("tokens", "base", "frame", "components", "drawings")
_OTHERS = {
    "puente.js": "text/javascript; charset=utf-8",
    "icons.svg": "image/svg+xml",
    "arches.svg": "image/svg+xml",
    "favicon.svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file: its bytes, its type, and a version that changes with the bytes."""

    content: bytes
    media_type: str
    version: str


def load_assets() -> dict[str, Asset]:
    """Return every static file by name; the style sheets joined into `puente.css`."""
    folder = files("puente.web").joinpath("static")
    style = palette_css() + "".join(
        folder.joinpath(f"{name}.css").read_text(encoding="utf-8") for name in _STYLES
    )
    # The sheet names its own image; the version keeps a cached one from outliving a change.
    held = {
        name: _asset(folder.joinpath(name).read_bytes(), kind) for name, kind in _OTHERS.items()
    }
    style = style.replace("arches.svg", f"arches.svg?v={held['arches.svg'].version}")
    return {**held, "puente.css": _asset(style.encode(), "text/css; charset=utf-8")}


def palette_css() -> str:
    """Return the palette's colours as `--c-ROLE`, and the classes that pictures carry.

    Unlike `puente.report.palette.css`, a theme may be set on any element, so that one page can
    show both. Print is always light.
    """
    light, dark = _roles(LIGHT), _roles(DARK)
    classes = "".join(
        f".f-{role}{{fill:var(--c-{role})}}.s-{role}{{stroke:var(--c-{role})}}"
        for role in LIGHT.roles
    )
    return (
        f":root,[data-theme]{{{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme]){{{dark}}}}}\n"
        f'@media screen{{[data-theme="dark"]{{{dark}}}}}\n'
        f"{classes}\n"
    )


def _roles(theme: Theme) -> str:
    return "".join(f"--c-{role}:{value};" for role, value in theme.roles.items())


def _asset(content: bytes, media_type: str) -> Asset:
    return Asset(content=content, media_type=media_type, version=sha256(content).hexdigest()[:12])
