"""Errors for exceptions that a dialect should not raise, with the place that raised them."""

from __future__ import annotations

from pathlib import Path
from traceback import walk_tb
from types import CodeType
from typing import TypeVar

from provider_sdk._errors import ProviderError

_HERE = Path(__file__).parent

_Error = TypeVar("_Error", bound=ProviderError)


def unforeseen(kind: type[_Error], what: str, error: Exception) -> _Error:
    """Return an error for an exception of a dialect or a decoder.

    A note tells the author where it was raised: in the last line of the package that was called.
    """
    failure = kind(f"{what} ({type(error).__name__}: {error})")
    calls = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
    outside = [call for call in calls if _folder(call[0]) != _HERE]
    own = [call for call in outside if _folder(call[0]) == _folder(outside[0][0])]
    for code, line in own[-1:]:
        failure.add_note(f"raised in {code.co_name} ({Path(code.co_filename).name}:{line})")
    return failure


def _folder(code: CodeType) -> Path:
    return Path(code.co_filename).parent
