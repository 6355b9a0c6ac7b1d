"""A call that uses everything that the provider's capabilities allow, all at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.payload import conversations, options, tools


def all_options(lab: Lab) -> dict[str, Any]:
    """Return one value for every option that the provider can send."""
    found: dict[str, Any] = {
        "temperature": 0.25,
        "top_p": 0.75,
        "max_tokens": lab.rng.randint(100, 900),
        "stop": options.stops(lab.rng)[-1],
        "seed": lab.rng.randint(1, 10**6),
        "reasoning_effort": lab.rng.choice(sorted(lab.wire.traits.efforts) or ["low"]),
        "tools": tools.tools(lab.rng),
        "response_format": {"type": "json_object"},
    }
    needs = {"reasoning_effort": "reasoning", "response_format": "json_object"}
    plain = {"temperature", "top_p", "max_tokens"} - lab.wire.traits.forbidden
    usable = plain | {n for n in found if needs.get(n, n) in lab.capabilities}
    chosen = {name: value for name, value in found.items() if name in usable}
    if "tools" in chosen and "required" in lab.wire.traits.tool_choices:
        chosen["tool_choice"] = "required"
    return chosen


def other_forms(lab: Lab, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options, with the other form of ``tool_choice`` and ``response_format``."""
    changed = dict(given)
    if "tools" in given and "function" in lab.wire.traits.tool_choices:
        name = given["tools"][-1]["function"]["name"]
        changed["tool_choice"] = {"type": "function", "function": {"name": name}}
    if "json_schema" in lab.capabilities:
        changed["response_format"] = options.schema_formats(lab.rng)[0]
    return changed


def rich_conversation(lab: Lab) -> list[dict[str, Any]]:
    """Return a conversation with every kind of message that the provider can send."""
    rng = lab.rng
    turns = [*conversations.dialogue(rng), *conversations.repeating_dialogue(rng)]
    if "system" in lab.capabilities:
        turns = [*conversations.dialogue_with_instructions(rng), *turns]
    if "tools" in lab.capabilities:
        turns += conversations.results_in_every_form(rng, tools.calls(rng))
    if {"tools", "parallel_tools"} <= lab.capabilities:
        turns += conversations.parallel_calls(rng, tools.calls(rng))
    if "images" in lab.capabilities:
        details = lab.wire.traits.image_details
        turns += conversations.dialogue_with_images(rng, details=details)
    return [*turns, conversations.user(payload.sentence(rng))]


def turns_with_own_fields(lab: Lab) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return a conversation, and the fields that each assistant's turn has for a protocol."""
    own = [_own_fields(lab) for _ in range(2)]
    first, *others = (lab.user_message() for _ in range(3))
    count = 0
    if "tools" in lab.capabilities:
        count = 2 if "parallel_tools" in lab.capabilities else 1
    messages = first
    for fields, following in zip(own, others, strict=True):
        made = [payload.call(lab.rng) for _ in range(count)]
        turn = {**conversations.assistant(lab.text(), *made), **fields}
        extras = [_extra_content(lab) for _ in made]
        for call, extra in zip(turn.get("tool_calls", ()), extras, strict=True):
            call["extra_content"] = extra
        if extras:
            fields["extra_content"] = extras
        results = (conversations.result(call, lab.text()) for call in made)
        messages += [turn, *results, *following]
    return messages, own


def _own_fields(lab: Lab) -> dict[str, Any]:
    signed = {"type": "reasoning.text", "text": lab.text(), "signature": payload.word(lab.rng)}
    sealed = {"type": "reasoning.encrypted", "data": payload.mixed_case(lab.rng, 40)}
    details = [{**signed, "index": 0}, {**sealed, "index": 1}]
    return {"reasoning_content": f" {lab.text()}\n", "reasoning_details": details}


def _extra_content(lab: Lab) -> dict[str, Any]:
    return {"google": {"thought_signature": payload.mixed_case(lab.rng, 40)}}
