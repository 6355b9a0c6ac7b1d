"""The badge that shows a level."""

from __future__ import annotations

from html import escape

from provider_conformance.reports._standing import Standing

_LABEL = "provider contract"
_COLORS = {
    "none": "#c6262e",
    "sample": "#9f9f9f",
    "bronze": "#9c6b30",
    "silver": "#6b7684",
    "gold": "#b8860b",
    "platinum": "#3d7ea6",
}
# Average width of a character at 11 px in the fonts of the badge.
_CHARACTER = 6.6
_PADDING = 12


def badge(standing: Standing) -> str:
    """Return the badge of a level as an SVG image; its title says what stands beside the level."""
    level = standing.level
    left, right = _width(_LABEL), _width(level)
    total = left + right
    label = escape(f"{_LABEL}: {standing}")
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="20" role="img" aria-label="{label}">
<title>{label}</title>
<clipPath id="r"><rect width="{total}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#444"/>\
<rect x="{left}" width="{right}" height="20" fill="{_COLORS[level]}"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{left / 2:g}" y="14">{_LABEL}</text><text x="{left + right / 2:g}" y="14">{level}</text>
</g>
</svg>
"""


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER) + _PADDING
