"""JSON schemas in which everything occurs that a schema may hold."""

from __future__ import annotations

import random
from typing import Any

from provider_conformance.lab.payload import mixed_case, sentence, word
from provider_conformance.lab.payload.texts import difficult_text

_LARGE = 2**53 + 1


def schema(rng: random.Random) -> dict[str, Any]:
    """Return a schema of an object, whose properties are not in alphabetical order."""
    shared = mixed_case(rng)
    chosen = [
        {"type": "string", "description": difficult_text(rng), "default": "", "examples": []},
        {"enum": [word(rng), sentence(rng), 1, _LARGE, 2.5, True, False, None, ""]},
        {"const": 1.0},
        {"type": ["integer", "null"], "minimum": 0, "maximum": _LARGE, "default": None},
        {"$ref": f"#/$defs/{shared}"},
        {"anyOf": [{"type": "boolean", "default": False}, {}]},
        _nested(rng),
    ]
    names = [*sorted((mixed_case(rng) for _ in chosen[1:]), reverse=True), sentence(rng, 2)]
    return {
        "type": "object",
        "properties": dict(zip(names, chosen, strict=True)),
        "required": names[:3],
        "additionalProperties": False,
        "$defs": {shared: {"type": "array", "items": {"$ref": "#"}, "uniqueItems": True}},
    }


def _nested(rng: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "string", "pattern": r"^\d+$"}
    for _ in range(4):
        found = {"type": "object", "properties": {mixed_case(rng): found, word(rng): {}}}
    return {"type": "array", "items": found}
