"""Exceptions that are not the kit's own, as one line with the place that raised them."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import provider_sdk

from provider_conformance._text import clip, text_of

KIT = Path(__file__).parents[1]
_NOT_THE_AUTHORS = (
    KIT,
    Path(provider_sdk.__file__).parent,
    *(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")),
)
_NOTE = re.compile(r"raised( in \S{1,200} \([^()]{1,200}:\d{1,9}\))")


def exception_line(error: BaseException) -> str:
    """Return class, text and place of an exception.

    A ``ProviderError`` that the SDK raised has the place of the exception that a dialect raised, if
    there was one. Otherwise it has none: its text says what is wrong.
    """
    return f"{type(error).__name__}: {clip(text_of(error))}{_in_place(error)}"


def innermost(error: BaseException) -> TracebackType | None:
    """Return the frame that raised an exception."""
    frames = list(_frames(error))
    return frames[-1] if frames else None


def place_outside(error: BaseException, *folders: Path) -> str:
    """Return file and line of the innermost frame outside of these folders, else of any."""
    frames = list(_frames(error))
    outside = [frame for frame in frames if not _is_below(frame, folders)]
    found = (outside or frames)[-1:]
    return "".join(f"{_file(frame).name}:{frame.tb_lineno}" for frame in found)


def _in_place(error: BaseException) -> str:
    """Return where the author of a provider finds the fault: in the last lines of their own."""
    frames = list(_frames(error))
    own = [frame for frame in frames if not _is_below(frame, _NOT_THE_AUTHORS)]
    if not frames or (isinstance(error, provider_sdk.ProviderError) and not own):
        return _noted_place(error)
    frame = (own or frames)[-1]
    return f" in {frame.tb_frame.f_code.co_name} ({_file(frame).name}:{frame.tb_lineno})"


def _noted_place(error: BaseException) -> str:
    """Return the place that the SDK noted, in its form; a note may be anybody's."""
    notes = getattr(error, "__notes__", None)
    found = (_NOTE.fullmatch(note) for note in notes or () if type(note) is str)
    return next((match[1] for match in found if match), "") if isinstance(notes, list) else ""


def _frames(error: BaseException) -> Iterator[TracebackType]:
    found = error.__traceback__
    while found is not None:
        yield found
        found = found.tb_next


def _file(frame: TracebackType) -> Path:
    return Path(frame.tb_frame.f_code.co_filename)


def _is_below(frame: TracebackType, folders: tuple[Path, ...]) -> bool:
    return any(folder in _file(frame).parents for folder in folders)
