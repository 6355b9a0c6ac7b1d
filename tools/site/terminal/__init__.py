"""Pictures of a real terminal: a shell in a pseudo-terminal, read by an emulator, as SVG."""

from tools.site.terminal.picture import draw
from tools.site.terminal.shell import Line, Run, record

__all__ = ["Line", "Run", "draw", "record"]
