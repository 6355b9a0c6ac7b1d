"""Tools, and calls of them, in every form."""

from __future__ import annotations

import random
from typing import Any

from provider_conformance.lab.payload import mixed_case, sentence, word
from provider_conformance.lab.payload.schemas import schema
from provider_conformance.lab.payload.texts import difficult_text, texts
from provider_conformance.wires._answer import Call

_LONGEST_NAME = 64
LONGEST_ID = 63
"""One less than every service permits, as some conversations number their ids."""

_COUNT = 12


def tools(rng: random.Random, *, strict: bool = False) -> list[dict[str, Any]]:
    """Return twelve tools, not sorted by name, in every form.

    Args:
        strict: whether some of them say that they are strict, and others that they are not.
    """
    functions: list[dict[str, Any]] = [
        *({"name": name(rng), "description": t, "parameters": schema(rng)} for t in texts(rng)),
        {"name": name(rng, _LONGEST_NAME), "description": sentence(rng)},
        {"name": name(rng), "parameters": {"type": "object", "properties": {}}},
        {"name": name(rng)},
    ]
    functions += [
        {
            "name": name(rng),
            "description": sentence(rng),
            "parameters": {"type": "object", "properties": {word(rng): {"type": "string"}}},
        }
        for _ in range(_COUNT - len(functions))
    ]
    if strict:
        functions[0]["strict"], functions[1]["strict"] = False, True
    functions.sort(key=lambda function: str(function["name"]), reverse=True)
    return [{"type": "function", "function": function} for function in functions]


def name(rng: random.Random, length: int = 20) -> str:
    """Return a name in both cases, with every kind of character that services permit."""
    return f"{mixed_case(rng, length - 6)}_{rng.randint(10, 99)}-{mixed_case(rng, 2)}"


def call_id(rng: random.Random, length: int = 29) -> str:
    """Return an id of a call, with every kind of character that all services permit."""
    return f"call_{mixed_case(rng, length - 9)}-{rng.randint(10, 99)}_"


def calls(rng: random.Random) -> list[Call]:
    """Return calls whose arguments hold all that JSON can; one has a long id."""
    nested = {mixed_case(rng): [{word(rng): [{"a": [sentence(rng), {}]}]}]}
    arguments: list[dict[str, Any]] = [
        {sentence(rng): difficult_text(rng), "": "", "n": [1, 2**53 + 1, -2.5, 1.0], **nested},
        {word(rng): None, "yes": True, "no": False, "empty": {}, "none": []},
        {},
    ]
    names = (name(rng, length) for length in (20, _LONGEST_NAME, 8))
    ids = (call_id(rng, length) for length in (LONGEST_ID, 29, 12))
    return [Call(*fields) for fields in zip(ids, names, arguments, strict=True)]
