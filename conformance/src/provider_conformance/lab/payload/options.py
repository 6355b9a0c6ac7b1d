"""Options in every form."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from provider_conformance.lab.payload import mixed_case, sentence, word
from provider_conformance.lab.payload.schemas import schema
from provider_conformance.lab.payload.texts import difficult_text

LARGEST_SEED = 2**53 + 1
"""A seed that not every protocol can hold, nor a number of 64 bits with a decimal point."""


def temperatures(rng: random.Random) -> list[float]:
    """Return values of ``temperature``: over 1, and those of ``top_p``."""
    return [rng.uniform(1.1, 1.9), *shares(rng)]


def shares(rng: random.Random) -> list[float]:
    """Return values of ``top_p``: the ends, and one with many digits."""
    return [0.0, 1.0, rng.uniform(0.1, 0.9)]


def limits(rng: random.Random, least: int) -> list[int]:
    """Return values of ``max_tokens``, none smaller than ``least``."""
    return [least, rng.randint(200_000, 900_000)]


def stops(rng: random.Random) -> list[Sequence[str]]:
    """Return values of ``stop``: a list, a tuple, and more than four texts not in order."""
    several = [f"{word(rng)}\n", f"\n\n{sentence(rng)}", *(mixed_case(rng) for _ in range(4))]
    return [[f"\r\n{word(rng)} "], (word(rng), word(rng)), sorted(several, reverse=True)]


def seeds(rng: random.Random, largest: int) -> list[int]:
    """Return values of ``seed``, none larger than ``largest``."""
    seeds = (0, rng.randint(1, 2**31 - 1), 2**31, LARGEST_SEED)
    return [seed for seed in seeds if seed <= largest]


def schema_formats(rng: random.Random, *said: str) -> list[dict[str, Any]]:
    """Return values of ``response_format`` with a schema: strict, not strict, and not saying so.

    Args:
        said: what the first two say of the schema besides its name: ``description``, ``strict``.
    """
    found = []
    for strict in (True, False, None):
        more: dict[str, Any] = {"description": difficult_text(rng), "strict": strict}
        if strict is None:
            more = {}
        named: dict[str, Any] = {
            "name": f"{mixed_case(rng)}_{rng.randint(1, 99)}",
            "schema": schema(rng),
        }
        named |= {name: value for name, value in more.items() if name in said}
        found.append({"type": "json_schema", "json_schema": named})
    return found


def headers(rng: random.Random) -> dict[str, str]:
    """Return headers with names in both cases, and values with commas and blanks."""
    found = {f"X-Kit-{mixed_case(rng)}": f'{word(rng)}, a="{word(rng)}"; b' for _ in range(3)}
    return found | {f"x-{word(rng)}": mixed_case(rng, 200)}


def fields(rng: random.Random) -> dict[str, Any]:
    """Return fields for ``extra_body`` that hold all that JSON can."""
    nested: Any = sentence(rng)
    for _ in range(6):
        nested = {word(rng): [nested]}
    values: tuple[Any, ...] = (
        None,
        True,
        False,
        0,
        2**53 + 1,
        1.0,
        "",
        difficult_text(rng),
        {},
        [],
        nested,
    )
    return {f"x_{mixed_case(rng)}": [value] if n % 2 else value for n, value in enumerate(values)}
