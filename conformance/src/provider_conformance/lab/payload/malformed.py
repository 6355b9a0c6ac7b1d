"""Tools, formats and other options of a wrong shape, each with what is wrong with it."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

from provider_conformance.lab.payload import tool, word

Case = tuple[str, dict[str, Any]]
_MISSING = object()
_NOT_A_TEXT: tuple[Any, ...] = (7, ["a"], {"a": 1})
_NOT_A_MAPPING: tuple[Any, ...] = ("a", 7, ["a"], True)


def malformed_tools(rng: random.Random) -> Iterator[Case]:
    """Yield options with tools of a wrong shape."""
    good: dict[str, Any] = {"tools": [tool(word(rng)), tool(word(rng))]}
    yield from _spoilt(good, ("tools",), (good["tools"][0],))
    yield from _spoilt(good, ("tools", 1), _tools_of_others(rng))
    yield from _spoilt(good, ("tools",), (7, "look", {"name": "look"}))
    yield from _spoilt(good, ("tools", 1), ("look", 7, []))
    last = ("tools", 1)
    yield from _spoilt(good, (*last, "type"), (_MISSING, "tool", 7))
    yield from _spoilt(good, (*last, "function"), (_MISSING, *_NOT_A_MAPPING))
    yield from _spoilt(good, (*last, "function", "name"), (_MISSING, "", " ", *_NOT_A_TEXT))
    yield from _spoilt(good, (*last, "function", "description"), _NOT_A_TEXT)
    yield from _spoilt(good, (*last, "function", "parameters"), _NOT_A_MAPPING)
    yield from _spoilt(good, (*last, "function", "strict"), ("yes", 1, []))


def _tools_of_others(rng: random.Random) -> tuple[dict[str, Any], ...]:
    """Return tools in the shapes of other protocols, which a provider might mend and send."""
    named = {"name": word(rng), "description": "Looks."}
    schema = {"type": "object", "properties": {}}
    function = {**named, "parameters": schema}
    return (
        function,
        {"type": "function", **function},
        {"function": function},
        {**named, "input_schema": schema},
        {"type": "custom", "name": word(rng)},
        {"function_declarations": [function]},
    )


def malformed_choices(rng: random.Random) -> Iterator[Case]:
    """Yield options with a choice of tools of a wrong shape."""
    name = word(rng)
    good = {
        "tools": [tool(name)],
        "tool_choice": {"type": "function", "function": {"name": name}},
    }
    flat = ({"type": "function", "name": name}, {"type": "tool", "name": name}, {"name": name})
    yield from _spoilt(good, ("tool_choice",), (7, True, ["auto"], "any", "", name, *flat))
    yield from _spoilt(good, ("tool_choice", "type"), (_MISSING, "tool", 7))
    yield from _spoilt(good, ("tool_choice", "function"), (_MISSING, name, 7))
    wrong_names = (_MISSING, "", *_NOT_A_TEXT)
    yield from _spoilt(good, ("tool_choice", "function", "name"), wrong_names)


def malformed_formats(rng: random.Random) -> Iterator[Case]:
    """Yield options with a ``response_format`` of a wrong shape."""
    named = {"name": word(rng), "schema": {"type": "object", "properties": {}}}
    good = {"response_format": {"type": "json_schema", "json_schema": named}}
    place = ("response_format",)
    of_others = ({"type": "json_schema", **named}, named, named["schema"], {"json_schema": named})
    yield from _spoilt(good, place, ("json_object", 7, ["json_object"], *of_others))
    yield from _spoilt(good, (*place, "type"), (_MISSING, "json", "", 7, ["json_object"]))
    inner = (*place, "json_schema")
    yield from _spoilt(good, inner, (_MISSING, *_NOT_A_MAPPING))
    yield from _spoilt(good, (*inner, "name"), (_MISSING, "", *_NOT_A_TEXT))
    yield from _spoilt(good, (*inner, "schema"), (_MISSING, *_NOT_A_MAPPING))
    yield from _spoilt(good, (*inner, "description"), _NOT_A_TEXT)
    yield from _spoilt(good, (*inner, "strict"), ("yes", 1, []))


def malformed_options(rng: random.Random) -> Iterator[Case]:
    """Yield plain options of a wrong type."""
    not_numbers = ("1", True, [1], float("nan"), float("inf"))
    wrong: dict[str, tuple[Any, ...]] = {
        "temperature": not_numbers,
        "top_p": not_numbers,
        "max_tokens": ("1", True, 1.5, [1]),
        "seed": ("1", True, 1.5),
        "stop": (7, [7], {"a": 1}),
        "reasoning_effort": (7, ["low"]),
        "timeout": ("1", -1, 0, float("nan")),
        "extra_headers": ("a", ["a"], {"a": 7}, {"a": "b\r\nc: d"}),
        "extra_body": ("a", ["a"], {"a": float("nan")}),
    }
    for name, values in wrong.items():
        yield from ((f"{name}={value!r}", {name: value}) for value in values)


def _spoilt(good: dict[str, Any], path: tuple[Any, ...], values: tuple[Any, ...]) -> Iterator[Case]:
    """Yield copies of an option in which what stands at a path is another value, or missing."""
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]
    for value in values:
        spoilt = copy.deepcopy(good)
        holder: Any = spoilt
        for step in path[:-1]:
            holder = holder[step]
        if value is _MISSING:
            del holder[path[-1]]
        else:
            holder[path[-1]] = value
        yield f"{place} {'missing' if value is _MISSING else f'= {value!r}'}", spoilt
