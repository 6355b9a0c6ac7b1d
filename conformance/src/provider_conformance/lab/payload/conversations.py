"""Conversations, as a caller writes them, in every form of message."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from provider_conformance.lab.payload import image_url, sentence, word
from provider_conformance.lab.payload.texts import difficult_text, json_text, texts
from provider_conformance.wires._answer import Call

Turn = dict[str, Any]
IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")


def user(content: Any) -> Turn:
    """Return a user's turn."""
    return {"role": "user", "content": content}


def assistant(content: Any, *made: Call) -> Turn:
    """Return an assistant's turn that makes these calls."""
    turn: Turn = {"role": "assistant", "content": content}
    if made:
        turn["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments_text},
            }
            for call in made
        ]
    return turn


def result(call: Call, content: Any) -> Turn:
    """Return the result of a call."""
    return {"role": "tool", "tool_call_id": call.id, "content": content}


def text_parts(*found: str) -> list[Turn]:
    """Return texts as parts of one message."""
    return [{"type": "text", "text": text} for text in found]


def image_part(url: str, detail: str | None = None) -> Turn:
    """Return an image as a part of a message."""
    image = {"url": url} if detail is None else {"url": url, "detail": detail}
    return {"type": "image_url", "image_url": image}


def dialogue(rng: random.Random) -> list[Turn]:
    """Return turns of user and assistant, each with texts in every form."""
    asked, said = texts(rng), texts(rng)
    turns = [turn for pair in zip(asked, said, strict=True) for turn in _exchange(*pair)]
    return [*turns, user(sentence(rng))]


def repeating_dialogue(rng: random.Random) -> list[Turn]:
    """Return turns of one role that follow each other, and turns that say the same."""
    same, said = sentence(rng), sentence(rng)
    return [
        user(same),
        user(same),
        assistant(said),
        assistant(sentence(rng)),
        user(sentence(rng)),
        assistant(said),
        user(same),
        user(sentence(rng)),
    ]


def interrupted_dialogue(rng: random.Random) -> list[Turn]:
    """Return turns of which some are empty."""
    turns = [user(sentence(rng)), assistant(""), user(""), assistant(sentence(rng))]
    return [*turns, user(sentence(rng))]


def dialogue_with_instructions(rng: random.Random) -> list[Turn]:
    """Return a dialogue with system messages before it and within it."""
    first, second, third, fourth = ({"role": "system", "content": text} for text in texts(rng))
    exchange = _exchange(sentence(rng), sentence(rng))
    return [first, second, *exchange, third, *exchange, fourth, user(sentence(rng))]


def dialogue_with_images(rng: random.Random, *, details: bool) -> list[Turn]:
    """Return turns with images of every type, before, between and after texts.

    Args:
        details: whether some images say in which detail to look at them.
    """
    png, jpeg, webp, gif = (image_url(rng, kind) for kind in IMAGE_TYPES)
    chosen = ("low", "high", "auto") if details else (None, None, None)
    between = [
        image_part(jpeg, chosen[0]),
        *text_parts(difficult_text(rng)),
        image_part(webp, chosen[1]),
        image_part(gif, chosen[2]),
        *text_parts(sentence(rng), sentence(rng)),
    ]
    before = [image_part(png), *text_parts(sentence(rng))]
    after = [*text_parts(sentence(rng)), image_part(png), image_part(jpeg)]
    turns = (user(content) for content in (before, between, after))
    return [turn for each in turns for turn in (each, assistant(sentence(rng)))] + [
        user([image_part(image_url(rng, kind)) for kind in IMAGE_TYPES * 3])
    ]


def turns_in_other_forms(rng: random.Random) -> list[Turn]:
    """Return turns as some applications write them, which a provider may understand or refuse."""
    call = {"name": word(rng), "arguments": {word(rng): [sentence(rng)]}}
    dumped = dict.fromkeys(("refusal", "tool_calls", "name"))
    return [
        user([{"type": "image_url", "image_url": image_url(rng, IMAGE_TYPES[0])}]),
        {
            **assistant(None),
            "tool_calls": [{"id": word(rng), "type": "function", "function": call}],
        },
        {**assistant(sentence(rng)), **dumped},
        user(tuple(text_parts(sentence(rng)))),
        user(text_parts(sentence(rng))[0]),
    ]


def results_in_every_form(rng: random.Random, made: Sequence[Call]) -> list[Turn]:
    """Return a conversation that makes each call, one by one, with results in every form.

    It ends with a result, as the model gets it. Turns that call have no content at all, None, a
    text, or a text in parts.
    """
    given: list[Any] = [*texts(rng), "", text_parts(sentence(rng), f" {json_text(rng)}\n")]
    turns = [user(sentence(rng))]
    for n, content in enumerate(given):
        call = made[n % len(made)]
        again = Call(f"{call.id}{n}", call.name, call.arguments)
        said = (None, sentence(rng), text_parts(sentence(rng), sentence(rng)))[n % 3]
        turns += [assistant(said, again), result(again, content)]
    del turns[1]["content"]
    return turns


def repeated_ids(rng: random.Random, made: Sequence[Call]) -> list[Turn]:
    """Return a conversation whose calls have one id, as of services that number each answer's."""
    turns = [user(sentence(rng))]
    for call in made:
        again = replace(call, id=made[0].id)
        turns += [assistant(None, again), result(again, sentence(rng))]
    return turns


def parallel_calls(rng: random.Random, made: Sequence[Call]) -> list[Turn]:
    """Return a conversation with all calls in one turn, beside text, and their results.

    The first call is made twice, with another id.
    """
    made = [*made, replace(made[0], id=f"{made[-1].id}2")]
    results = [result(call, sentence(rng)) for call in made]
    return [user(sentence(rng)), assistant(difficult_text(rng), *made), *results]


def image_address(rng: random.Random) -> str:
    """Return the address of an image."""
    return f"https://images.example/{word(rng)}/{word(rng)}.png?a=1&b=%20{word(rng)}"


def _exchange(asked: str, said: str) -> list[Turn]:
    return [user(asked), assistant(said)]
