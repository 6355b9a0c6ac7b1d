"""Prints lines for a person, whatever they quote and wherever they go."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TextIO

from provider_conformance._files import UnwrittenError
from provider_conformance._text import clean, clip

Style = Literal["", "grey", "red", "green", "yellow"]

VARIABLES = {"NO_COLOR": "nothing has a color"}
"""The variable that is read here, and what it does."""

_CODES = {"grey": "\x1b[90m", "red": "\x1b[31m", "green": "\x1b[32m", "yellow": "\x1b[33m"}
_PLAIN = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line, and how it is shown if standard output is a terminal that wants colours."""

    text: str
    style: Style = ""


def say(text: object = "", *, grey: bool = False) -> None:
    """Print a text on standard output, without control characters that it may quote.

    Once the reader of a pipe is gone, what is said goes nowhere, and the exit code stays what it
    is.

    Args:
        grey: whether it is shown in grey, if standard output is a terminal that wants colours.

    Raises:
        UnwrittenError: it cannot be written, for example because a disk is full.
    """
    say_spans([Span(str(text), "grey" if grey else "")])


def say_spans(spans: Iterable[Span]) -> None:
    """Print a line of differently shown parts, like ``say``."""
    if (stream := sys.stdout) is None:
        return
    shown, problem = "".join(_shown(span, stream) for span in spans), ""
    try:
        print(shown, file=stream, flush=True)
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


def _shown(span: Span, stream: TextIO) -> str:
    text = _encodable(clean(span.text), stream.encoding)
    if not span.style or not stream.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"{_CODES[span.style]}{text}{_PLAIN}"


def _encodable(text: str, encoding: str | None) -> str:
    """Return the text with escapes for what a terminal's encoding lacks."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
