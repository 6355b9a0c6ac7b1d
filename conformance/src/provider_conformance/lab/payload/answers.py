"""Answers of the model in which every field occurs, as far as the protocol has it."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from provider_conformance.lab.payload import misleading_pieces, mixed_case, sentence, word
from provider_conformance.lab.payload.texts import difficult_text, long_text, texts
from provider_conformance.lab.payload.tools import LONGEST_ID, call_id, name
from provider_conformance.lab.payload.tools import calls as difficult_calls
from provider_conformance.wires._answer import Answer, Call, Tokens
from provider_conformance.wires._traits import Traits

_LARGE = 2**40
_WORDS = ("null", "None", "true", "0", "[DONE]", "{}")


def cut(rng: random.Random, text: str, count: int = 5) -> tuple[str, ...]:
    """Return a text in pieces, also cut where two characters belong together."""
    ends = {rng.randrange(len(text)) for _ in range(count)}
    ends |= {n for n, character in enumerate(text) if character in "\n\u0301\u200d"}
    bounds = [0, *sorted(ends - {0}), len(text)]
    return tuple(text[a:b] for a, b in pairwise(bounds))


def answer_texts(rng: random.Random) -> Sequence[str]:
    """Return texts in which, taken together, every form occurs that a text may have."""
    return (*texts(rng), rng.choice(_WORDS), "".join(misleading_pieces(rng)))


def in_pieces(rng: random.Random) -> Sequence[tuple[str, ...]]:
    """Return such texts in one piece each, cut anywhere, and one character at a time."""
    difficult = difficult_text(rng)
    return (
        *((text,) for text in answer_texts(rng)),
        misleading_pieces(rng),
        cut(rng, difficult),
        tuple(difficult),
    )


def thoughts(rng: random.Random) -> tuple[str, ...]:
    """Return reasoning in pieces."""
    return cut(rng, difficult_text(rng))


def all_tokens(rng: random.Random) -> Tokens:
    """Return large counts of every kind, none of which can be confused with another."""
    prompt, completion = rng.randint(_LARGE, 2 * _LARGE), rng.randint(3 * _LARGE, 4 * _LARGE)
    cached, reasoning = rng.randint(2**32, 2**33), rng.randint(2**34, 2**35)
    return Tokens(prompt, completion, prompt + completion, cached, reasoning)


def opaque_state(rng: random.Random) -> dict[str, Any]:
    """Return JSON that only the service understands."""
    return {mixed_case(rng): [2**53 + 1, 1.0, None, {"": difficult_text(rng)}], "n": [[], {}]}


def many_calls(rng: random.Random, count: int) -> list[Call]:
    """Return so many calls, whose names have up to 64 characters.

    Of more than three, some have one name; of more than five, some differ in nothing but the id.
    """
    some = difficult_calls(rng)
    while len(some) < count:
        arguments = {word(rng): sentence(rng), mixed_case(rng): rng.randint(-9, 10**18)}
        named = some[-1].name if len(some) % 4 == 0 else name(rng, rng.choice((20, 64)))
        some.append(Call(call_id(rng), named, arguments))
        if len(some) % 5 == 0:
            some.append(replace(some[-1], id=call_id(rng)))
    return some[:count]


def written_call(rng: random.Random) -> Call:
    """Return a call whose arguments are long, and written as no encoder writes them."""
    key, text = mixed_case(rng), long_text(rng)
    odd = f"\\/{text}\\u00e4\\ud83d\\ude42 e\\u0301 e\u0301 \ufb01 🙂 &amp; <b> <|im_end|>"
    numbers = f'"n":1.0,"m": -0.0, "big":{2**63 + 1}, "e":1E2'
    written = f' {{\t"{key}" : "{odd}" ,\r\n {numbers}, "l":[ ],"o":{{ }} }}\n'
    return Call(call_id(rng, LONGEST_ID), name(rng), json.loads(written), written)


def rich_answer(
    rng: random.Random, traits: Traits, capabilities: Collection[str], **fields: Any
) -> Answer:
    """Return an answer with everything that the protocol and the capabilities allow at once.

    Args:
        rng: the source of all values.
        traits: what the protocol can express.
        capabilities: what the provider declares.
        fields: fields of ``Answer`` to set instead.
    """
    chosen: dict[str, Any] = {
        "pieces": cut(rng, difficult_text(rng)),
        "model": f"served/{mixed_case(rng)}:{word(rng)}@ä",
        "usage": all_tokens(rng),
        "request_id": f"req-{mixed_case(rng)}",
        "served_by": word(rng),
    }
    if traits.returns_reasoning:
        chosen["reasoning"] = thoughts(rng)
    if traits.state:
        chosen["state"] = opaque_state(rng)
    if "tools" in capabilities:
        count = 3 if "parallel_tools" in capabilities else 1
        calls = [written_call(rng), *many_calls(rng, count - 1)]
        chosen |= {"calls": calls, "finish": "tool_calls"}
    return Answer(**{**chosen, **fields})
