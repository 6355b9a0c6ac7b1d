"""Prints lines for a person, whatever they quote and wherever they go."""

from __future__ import annotations

import contextlib
import os
import sys

from provider_conformance._files import UnwrittenError
from provider_conformance._text import clean, clip


def say(text: object = "") -> None:
    """Print a text on standard output, without control characters that it may quote.

    Once the reader of a pipe is gone, what is said goes nowhere, and the exit code stays what it
    is.

    Raises:
        UnwrittenError: it cannot be written, for example because a disk is full.
    """
    if (stream := sys.stdout) is None:
        return
    problem = ""
    try:
        print(_encodable(clean(str(text)), stream.encoding), file=stream, flush=True)
    except BrokenPipeError:
        # Without this, Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError as error:
        problem = error.strerror or type(error).__name__
    if problem:
        raise UnwrittenError(f"standard output cannot be written: {problem}")


def complain(problem: object) -> None:
    """Print one line on standard error."""
    line = clean(clip(f"provider-conformance: {problem}")).replace("\n", " ")
    if (stream := sys.stderr) is None:
        return
    with contextlib.suppress(OSError):
        print(_encodable(line, stream.encoding), file=stream, flush=True)


def _encodable(text: str, encoding: str | None) -> str:
    """Return the text with escapes for what a terminal's encoding lacks."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
