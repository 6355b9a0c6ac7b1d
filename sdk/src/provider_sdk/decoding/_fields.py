"""Lenient readers of decoded JSON: a value of another type counts as missing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from provider_sdk._usage import token_count

__all__ = [
    "arguments_text",
    "call_id",
    "flag_or_none",
    "list_of_mappings",
    "list_of_texts",
    "mapping_or_empty",
    "number_or_none",
    "text_or_none",
    "token_count",
]


def text_or_none(value: object) -> str | None:
    """Return the value if it is a non-empty text, else ``None``."""
    return value if isinstance(value, str) and value else None


def number_or_none(value: object) -> float | None:
    """Return the value as a float if it is a finite number, not a bool, else ``None``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def flag_or_none(value: object) -> bool | None:
    """Return the value if it is ``True`` or ``False``, else ``None``."""
    return value if isinstance(value, bool) else None


def mapping_or_empty(value: object) -> Mapping[str, Any]:
    """Return the value if it is a mapping, else an empty one."""
    # A dict is decoded JSON, and asking for the type comes before asking the abstract class.
    return value if value and isinstance(value, (dict, Mapping)) else {}


def list_of_mappings(value: object) -> list[Mapping[str, Any]]:
    """Return the mappings of a list, without other items; ``[]`` if the value is not a list."""
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def list_of_texts(value: object) -> list[str]:
    """Return the texts of a list, without other items; ``[]`` if the value is not a list."""
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, str)]


def arguments_text(arguments: object) -> str:
    """Return a tool call's arguments as text: some servers send an object, or null."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else json.dumps(arguments, ensure_ascii=False)


def call_id(wire_id: object, index: int, answer_id: object = None) -> str:
    """Return a tool call's id as text; a missing one is made of the answer's id and the position.

    Args:
        wire_id: the id as the service sent it.
        index: the position of the call in the answer, from 0.
        answer_id: the service's id of the answer, so that ids of two turns differ.
    """
    if wire_id is not None and wire_id != "":
        return str(wire_id)
    return f"call_{answer_id}_{index}" if answer_id else f"call_{index}"
