"""Whether values have the types that a dataclass declares for its fields."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from provider_conformance._text import clip, repr_of

_LONGEST = 200


def require_declared_types(thing: Any, kind: str) -> None:
    """Raise ``TypeError`` for the first field of a dataclass that is not of its declared type.

    Args:
        kind: what the fields are called in the message.
    """
    owner: Any = type(thing)
    types = _types_of(owner)
    for field in fields(thing):
        value = getattr(thing, field.name)
        if not _is_of(value, types[field.name]):
            words = ", ".join(map(repr, _words_in(types[field.name])))
            known = f" of the words {words}" if words else ""
            shown = clip(repr_of(value), _LONGEST)
            raise TypeError(f"the {kind} {field.name} must be {field.type}{known}, not {shown}")


@cache
def _types_of(owner: Any) -> Mapping[str, Any]:
    return get_type_hints(owner)


def _is_of(value: Any, declared: Any) -> bool:
    origin, inner = get_origin(declared), get_args(declared)
    if origin in (Union, UnionType):
        return any(_is_of(value, one) for one in inner)
    if origin is Literal:
        return isinstance(value, str) and value in inner
    if origin is None:
        # In Python, but for nobody who declares a number, true and false are numbers too.
        is_odd = declared is int and isinstance(value, bool)
        return isinstance(value, declared) and not is_odd
    if isinstance(value, str | bytes) or not isinstance(value, _ABSTRACT.get(origin, origin)):
        return False
    if isinstance(value, Mapping):
        return all(_is_of(k, inner[0]) and _is_of(v, inner[1]) for k, v in value.items())
    return all(_is_of(item, inner[0]) for item in value)


# Any set does for what is only compared.
_ABSTRACT = {frozenset: Set}


def _words_in(declared: Any) -> tuple[str, ...]:
    """Return the words of the literals in a type."""
    inner = get_args(declared)
    if get_origin(declared) is Literal:
        return inner
    return tuple(word for one in inner if one is not NoneType for word in _words_in(one))
