"""Draws the lines of a terminal as SVG: text in the reader's own fixed-width font."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from tools.site.terminal.shell import Line, Run

# Each is read well on the background: its contrast is 7 to 1 or more.
_BACKGROUND = "#16181d"
_COLOURS = {
    "default": "#e6e8ee",
    "black": "#a9b0bf",
    "red": "#ff9c95",
    "green": "#8ddb8c",
    "brown": "#f0cf7f",
    "blue": "#9cc4ff",
    "magenta": "#e0b1f5",
    "cyan": "#86dbe4",
    "white": "#e6e8ee",
    "background": _BACKGROUND,
}
_FONT = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_SIZE = 14
_WIDTH = 8.4
_HEIGHT = 20
_MARGIN = 18
_BAR = 34


def draw(lines: Sequence[Line], columns: int, title: str) -> str:
    """Return a picture of a terminal.

    Args:
        lines: what the terminal shows.
        columns: how wide it is.
        title: what the picture shows, for those who do not see it.
    """
    width = round(columns * _WIDTH + 2 * _MARGIN)
    height = len(lines) * _HEIGHT + _BAR + _MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" font-family="{_FONT}" '
            f'font-size="{_SIZE}" xml:space="preserve">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{_BACKGROUND}"/>',
            *(f'<circle cx="{x}" cy="18" r="5" fill="#4a5060"/>' for x in (20, 38, 56)),
            *(text for row, line in enumerate(lines) for text in _texts(line, row)),
            "</svg>\n",
        ]
    )


def _texts(line: Line, row: int) -> Iterator[str]:
    for run in line:
        if run.background != "default":
            yield _behind(run, row)
        text = run.text.rstrip()
        if not text:
            continue
        column = run.column + len(text) - len(text.lstrip())
        text = text.lstrip()
        # Whatever the reader's font is, the characters stand in the terminal's columns.
        place = f'x="{_MARGIN + column * _WIDTH:.1f}" y="{_BAR + (row + 0.75) * _HEIGHT:.0f}"'
        length = f'textLength="{len(text) * _WIDTH:.1f}" lengthAdjust="spacingAndGlyphs"'
        yield f"<text {place} {length}{_look(run)}>{escape(text, quote=False)}</text>"


def _behind(run: Run, row: int) -> str:
    place = f'x="{_MARGIN + run.column * _WIDTH:.1f}" y="{_BAR + row * _HEIGHT}"'
    size = f'width="{len(run.text) * _WIDTH:.1f}" height="{_HEIGHT}"'
    return f'<rect {place} {size} fill="{_colour(run.background)}"/>'


def _look(run: Run) -> str:
    parts = [f' fill="{_colour(run.colour)}"']
    parts += [' font-weight="bold"'] * run.bold
    parts += [' font-style="italic"'] * run.italic
    parts += [' text-decoration="underline"'] * run.underlined
    return "".join(parts)


def _colour(name: str) -> str:
    known = name.removeprefix("bright")
    return _COLOURS.get(known) or f"#{name}"
