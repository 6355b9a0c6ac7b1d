"""The clipboard of the terminal, which also works over ssh.

A terminal takes a text for its clipboard by the control sequence OSC 52, and answers nothing: it
cannot be known whether it did.

Sources: xterm, "Operating System Commands", https://invisible-island.net/xterm/ctlseqs; tmux(1),
options ``set-clipboard`` and ``allow-passthrough``; GNU screen, "Device Control String".
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import TextIO

import click

VARIABLES = {
    "TMUX": "the terminal is within tmux, which must pass on what is copied",
    "STY": "the terminal is within GNU screen, which must pass on what is copied",
}

MOST_BYTES = 74_994
"""The longest text: some terminals take no sequence of more than 100,000 bytes, in base64."""

_PIECE = 240
"""Bytes of a string that GNU screen passes on; older ones cut a longer string off."""


def sequence(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return what makes a terminal put a text on its clipboard.

    Args:
        text: the text.
        environment: tells what stands between this process and the terminal.

    Raises:
        click.UsageError: the text is too long.
    """
    require_short(text)
    data = _bytes(text)
    plain = f"\x1b]52;c;{base64.b64encode(data).decode()}\a"
    if _in_tmux(environment):
        # The first counts with set-clipboard on, the second with allow-passthrough on.
        return plain + _through_tmux(plain)
    if environment.get("STY"):
        return _through_screen(plain)
    return plain


def require_short(text: str) -> None:
    """Raise ``click.UsageError`` if a text is longer than all terminals take."""
    count = len(_bytes(text))
    if count > MOST_BYTES:
        raise click.UsageError(
            f"this is too long for the clipboard of a terminal: {count:,} bytes, and "
            f"{MOST_BYTES:,} is the most; /export writes it to a file"
        )


def hint(environment: Mapping[str, str] = os.environ) -> str:
    """Return what a terminal must permit for it, in a few words; ``""`` if most do so."""
    may_be_tmux = environment.get("TERM", "").startswith("screen") and not environment.get("STY")
    if _in_tmux(environment) or may_be_tmux:
        return "tmux passes it on with: set -g set-clipboard on"
    return ""


def require_terminal(stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
    """Raise ``click.UsageError`` unless a stream is shown by a terminal that has a clipboard."""
    if not stream.isatty():
        raise click.UsageError("there is no terminal here, so nothing can be copied")
    if environment.get("TERM", "dumb") == "dumb":
        raise click.UsageError("TERM says that this terminal is simple, so nothing can be copied")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _in_tmux(environment: Mapping[str, str]) -> bool:
    # Over ssh only the name of the terminal tells. "screen" is what both are called there, and
    # what only tmux understands would be shown by screen.
    return bool(environment.get("TMUX")) or environment.get("TERM", "").startswith("tmux")


def _through_tmux(sequence: str) -> str:
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def _through_screen(sequence: str) -> str:
    pieces = (sequence[at : at + _PIECE] for at in range(0, len(sequence), _PIECE))
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
