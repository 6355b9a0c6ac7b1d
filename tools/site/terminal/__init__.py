"""Pictures of a real terminal: a shell in a pseudo-terminal, read by an emulator, as SVG."""

from tools.site.terminal.picture import draw
from tools.site.terminal.shell import Keys, Line, Run, record

__all__ = ["Keys", "Line", "Run", "draw", "record"]
