"""Joins the arguments of a call that come in pieces.

A service that is asked to stream them sends values one by one, each with its place as a JSON path.
Others send a call's name first, and its arguments later.

Source: https://ai.google.dev/api/caching#FunctionCall, and PartialArg in
https://github.com/googleapis/python-genai/blob/main/google/genai/types.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from provider_sdk.decoding import TextBuffer, arguments_text, list_of_mappings

_PATH = re.compile(r"""\$(?:\.[^.\[\]]+|\[[0-9]{1,6}\]|\['[^']*'\]|\["[^"]*"\])+""")
_STEP = re.compile(r"""\.([^.\[\]]+)|\[([0-9]+)\]|\['([^']*)'\]|\["([^"]*)"\]""")
_LONGEST_PATH = 1000
_VALUES = ("stringValue", "numberValue", "boolValue", "nullValue")


class PiecedArguments:
    """The arguments of one call."""

    def __init__(self) -> None:
        self._whole: dict[str, Any] = {}
        self._texts: list[str] = []
        self._is_known = True

    def add(self, call: Mapping[str, Any]) -> None:
        """Take more of the call."""
        if text := arguments_text(call.get("args")):
            self._texts.append(text)
        for piece in list_of_mappings(call.get("partialArgs")):
            self._is_known = self._put(piece) and self._is_known

    def text(self) -> str:
        """Return the arguments as JSON; no object if a piece of them has no place."""
        if not self._is_known:
            return json.dumps([self._whole], default=TextBuffer.value)
        if self._whole:
            return json.dumps(self._whole, default=TextBuffer.value)
        return "".join(self._texts)

    def _put(self, piece: Mapping[str, Any]) -> bool:
        """Put a value into its place; return whether there is one."""
        steps = _steps(piece.get("jsonPath"))
        holder: Any = self._whole
        for step, next_step in pairwise(steps):
            holder = _entered(holder, step, {} if isinstance(next_step, str) else [])
        kind = next((name for name in _VALUES if name in piece), None)
        if not steps or kind is None:
            return bool(steps)
        value = None if kind == "nullValue" else piece[kind]
        if not isinstance(value, str):
            return _entered(holder, steps[-1], value) is value
        text = _entered(holder, steps[-1], TextBuffer())
        if not isinstance(text, TextBuffer):
            return False
        text.add(value)
        return True


def _steps(path: object) -> list[str | int]:
    """Return the names and indexes of a JSON path, none if it is not one."""
    if not isinstance(path, str) or len(path) > _LONGEST_PATH or not _PATH.fullmatch(path):
        return []
    return [
        int(step[2]) if step[2] is not None else step[1] or step[3] or step[4] or ""
        for step in _STEP.finditer(path)
    ]


def _entered(holder: Any, step: str | int, new: Any) -> Any:
    """Return what stands in a place of an object or list, ``new`` if it was free."""
    if isinstance(holder, dict) and isinstance(step, str):
        return holder.setdefault(step, new)
    if isinstance(holder, list) and isinstance(step, int) and step <= len(holder):
        if step == len(holder):
            holder.append(new)
        return holder[step]
    return _NOWHERE


_NOWHERE = object()
