"""Type guards for values from callers, and safe ways to show a bad one or suggest a better name."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, TypeGuard

from provider_sdk._errors import ProviderRequestError

SECONDS = "a positive number of seconds"
_LONGEST_S = 1e9


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a number that JSON can express; ``True`` is not a number."""
    return is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def is_whole(value: object) -> TypeGuard[int]:
    """Whether it is a whole number; ``True`` is not a number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_seconds(value: object) -> TypeGuard[float]:
    """Whether it is a number of seconds for which a call can wait."""
    return is_number(value) and 0 < value <= _LONGEST_S


def is_text(value: object) -> TypeGuard[str]:
    """Whether it is text."""
    return isinstance(value, str)


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Whether it is a mapping."""
    return isinstance(value, Mapping)


def check_finite(name: str, value: object) -> None:
    """Refuse a number that JSON cannot express; it would be sent as null.

    Raises:
        ProviderRequestError: it holds one, or itself.
    """
    with contextlib.suppress(TypeError, RecursionError):  # the encoder of the body judges of those
        try:
            json.dumps(value, allow_nan=False)
            return
        except ValueError:
            pass
        problem = "holds NaN, an infinity or itself, which JSON cannot hold"
        raise ProviderRequestError(f"{name} {problem}")


def all_are(has_form: Callable[[object], bool], values: object) -> bool:
    """Whether it is a list, tuple or set whose items all have the form; text does not count."""
    if isinstance(values, str | bytes) or not isinstance(values, Sequence | Set):
        return False
    return all(map(has_form, values))


def is_sendable(value: object) -> bool:
    """Whether it can be sent in an HTTP header."""
    return isinstance(value, str) and value.isascii() and value.isprintable()


def safe_repr(value: object) -> str:
    """Return a number as it is, and of anything else only the type: it may hold a credential."""
    small = isinstance(value, float) or (isinstance(value, int) and abs(value) <= _LONGEST_S)
    return repr(value) if small else type(value).__name__


def nearest(word: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Return up to ``count`` known names close to ``word`` in any letter case, best first."""
    import difflib  # only mistakes pay for it

    names = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), list(names), n=count, cutoff=0.6)
    return [names[name] for name in found]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"``, or else the list of known names."""
    names = sorted(known)
    if found := nearest(word, names):
        return f"; did you mean {found[0]!r}?"
    return f"; known are {', '.join(names)}" if names else ""
