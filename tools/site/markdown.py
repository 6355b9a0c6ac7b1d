"""What the site's builder must know of Markdown: which text is prose, and which is code."""

from __future__ import annotations

import re
from collections.abc import Callable

_FENCE = re.compile(r"^\s*(?:>\s*)*(`{3,}|~{3,})")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_INLINE = r"\]\((?P<inline>[^()\s]+)(?:\s+\"[^\"]*\")?\)"
_NAMED = r"^\[[^\]^]+\]:\s+(?P<named>\S+)"
_LINK = re.compile(f"{_INLINE}|{_NAMED}", re.MULTILINE)


def rewrite_links(text: str, rewrite: Callable[[str], str]) -> str:
    """Return a page with each target of a link replaced; code stays as it is."""
    masked = mask_code(text)
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(masked):
        start, stop = match.span(match.lastgroup or 0)
        parts += [text[end:start], rewrite(text[start:stop])]
        end = stop
    return "".join([*parts, text[end:]])


def link_targets(text: str) -> list[str]:
    """Return the targets of the links of a page, in order."""
    targets: list[str] = []

    def keep(target: str) -> str:
        targets.append(target)
        return target

    rewrite_links(text, keep)
    return targets


def title_of(text: str) -> str | None:
    """Return the text of the first heading of level 1, or ``None``."""
    found = re.search(r"^# +(.+?)(?: +\{[^}]*\})?$", mask_fences(text), re.MULTILINE)
    return found[1].strip() if found else None


def mask_code(text: str) -> str:
    """Return the text with every character of code replaced by ``x``, so that places stay."""
    return _CODE.sub(lambda match: _blank(match[0]), mask_fences(text))


def mask_fences(text: str) -> str:
    """Return the text with every fenced block replaced by ``x``, so that places stay."""
    lines: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        found = _FENCE.match(line)
        inside = bool(fence)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not line[found.end() :].strip():
            fence = ""
        lines.append(_blank(line) if inside or fence else line)
    return "".join(lines)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", "x", text)
