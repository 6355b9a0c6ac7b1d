"""What a terminal reports without any key: its focus, its mouse, its colors, its version.

The chat asks for none of it. But a program that ended before may have left such a report switched
on, or its answer arrives late, as over a slow network; and tmux may want to know the focus. Most
programs then type ``[I`` or ``]11;rgb:1e1e/1e1e/1e1e`` into their input.

Source: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html.
"""

from __future__ import annotations

from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES

PATTERN = (
    r"\x1b\[(?:M[ -\uffff]{3}|[<\d][\d;:]*M|[<=>?]?[\d;:]*(?:\$y|[@-LN-Z\\-~]))"
    r"|\x1b\]\d{1,4};[^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1bP(?:>\||[01][+$]r)[^\x1b]*\x1b\\"
)
"""A pattern of a report; some keys look the same."""

LONGEST = 64
"""So many characters of a report are waited for, if it arrives in parts."""

BEGINNING = (
    r"\x1b(?:\[(?:M[ -\uffff]{0,2}|[<=>?]?[\d;:]{0,32}\$?)"
    r"|\](?:\d{1,4}(?:;[^\x07\x1b]{0,48}\x1b?)?)?"
    r"|P(?:[>01][ -~]{0,48}\x1b?)?)?"
)
"""A pattern of the beginning of a report, or of a key."""


def is_key(sequence: str) -> bool:
    """Whether a sequence is sent for a key that prompt_toolkit knows."""
    return sequence in ANSI_SEQUENCES
