"""Lists of models, with ids and facts in every form."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from provider_sdk import ModelBackend, ModelInfo

from provider_conformance.lab.payload import mixed_case, word

_PRICES = (0.0, 0.15, 3.0, 0.0375)
_WINDOWS = (4096, 131_072, 1_048_576, 10_000_000)
_MODALITIES = (("text",), ("text", "image"))


def unusual_id(rng: random.Random) -> str:
    """Return an id with capitals, and with every mark that ids of real models have."""
    owner, name, tag = (word(rng, 6) for _ in range(3))
    return f"{owner}/{name.title()}_V{rng.randint(1, 9)}.{rng.randint(0, 9)}-Chat:{tag}"


def odd_ids(rng: random.Random) -> list[str]:
    """Return ids in every form; two differ only in case."""
    twin = f"{word(rng)}/{word(rng)}"
    return [
        unusual_id(rng),
        twin,
        twin.upper(),
        f"{word(rng)} {word(rng)} {rng.randint(1, 9)}",
        f"{word(rng)}/模型-e\u0301-{word(rng)}🙂",
        f"{word(rng)}+{word(rng)}&{word(rng)}=1%20#{word(rng)}?",
        f"accounts/{word(rng)}/models/{word(rng)}@{rng.randint(1, 9)}",
        f"ft:{word(rng)}:{mixed_case(rng)}::{mixed_case(rng)}",
        f"text-embedding-{word(rng)}-image-tts-preview",
        f"{rng.randint(1, 10**6)}",
        f"{mixed_case(rng, 200)}.gguf",
    ]


def long_list(rng: random.Random, count: int) -> list[str]:
    """Return so many different ids, and odd ones at the ends of pages of ten or a hundred."""
    ids = [f"{word(rng, 4)}/{mixed_case(rng, 4)}-{number}" for number in range(count)]
    for place, id in zip(range(99, count, 100), odd_ids(rng), strict=False):
        ids[place] = id
    return ids


def with_repetitions(ids: Sequence[str]) -> list[str]:
    """Return a list in which later pages repeat ids of earlier ones, within pages."""
    found = list(ids)
    for place in range(150, len(found), 100):
        found.insert(place, found[place - 150])
    return found


def described(rng: random.Random, groups: Iterable[frozenset[str]]) -> list[ModelInfo]:
    """Return models of which nothing is known, each group of facts alone, and all.

    Taken together, every form of every fact occurs.

    Args:
        groups: the names of the facts that a list says together.
    """
    known = list(groups)
    every = frozenset[str]().union(*known)
    alone = [(group, turn) for group in known for turn in range(2)]
    choices = [(frozenset[str](), 0), *alone, *((every, turn) for turn in range(len(_WINDOWS)))]
    return [_described(rng, names, turn) for names, turn in choices]


def _described(rng: random.Random, names: frozenset[str], turn: int) -> ModelInfo:
    facts = _facts(rng, turn)
    return ModelInfo(unusual_id(rng), **{name: facts[name] for name in names})


def _facts(rng: random.Random, turn: int) -> dict[str, Any]:
    """Return facts that fit together: those of a model follow from those of its back ends."""
    window, tools, structured = _WINDOWS[turn], turn % 2 == 0, turn // 2 == 0
    prices: dict[str, Any] = {"input_price": _PRICES[turn], "output_price": _PRICES[turn - 1]}
    able: dict[str, Any] = {"tools": tools, "structured_output": structured, **prices}
    return {
        "context_window": window,
        **able,
        "input_modalities": _MODALITIES[turn % 2],
        "output_modalities": ("text",),
        "owned_by": mixed_case(rng),
        "backends": (
            ModelBackend(mixed_case(rng), "live", window, **able),
            ModelBackend(word(rng), None, window // 2, **prices),
            ModelBackend(word(rng), "staging"),
        ),
    }
