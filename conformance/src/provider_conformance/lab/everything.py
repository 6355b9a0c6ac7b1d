"""A call that uses everything that the provider's capabilities allow, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.wires._answer import SeenChat

_Turn = tuple[str, str, int, int]


def all_options(lab: Lab) -> dict[str, Any]:
    """Return one value for every option that the provider can send."""
    found: dict[str, Any] = {
        "temperature": 0.25,
        "top_p": 0.75,
        "max_tokens": lab.rng.randint(100, 900),
        "stop": [payload.word(lab.rng)],
        "seed": lab.rng.randint(1, 10**6),
        "reasoning_effort": "low",
        "tools": [payload.tool(payload.mixed_case(lab.rng), "place") for _ in range(12)],
        "response_format": {"type": "json_object"},
    }
    needs = {"reasoning_effort": "reasoning", "response_format": "json_object"}
    plain = {"temperature", "top_p", "max_tokens"} - lab.wire.traits.forbidden
    usable = plain | {n for n in found if needs.get(n, n) in lab.capabilities}
    chosen = {name: value for name, value in found.items() if name in usable}
    if "tools" in chosen and "required" in lab.wire.traits.tool_choices:
        chosen["tool_choice"] = "required"
    return chosen


def other_forms(lab: Lab, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options, with the other form of ``tool_choice`` and ``response_format``."""
    changed = dict(options)
    if "tools" in options and "function" in lab.wire.traits.tool_choices:
        name = options["tools"][-1]["function"]["name"]
        changed["tool_choice"] = {"type": "function", "function": {"name": name}}
    if "json_schema" in lab.capabilities:
        schema = {"type": "object", "properties": {payload.word(lab.rng): {"type": "string"}}}
        named = {"name": payload.word(lab.rng), "schema": schema}
        changed["response_format"] = {"type": "json_schema", "json_schema": named}
    return changed


@dataclass
class Conversation:
    """Messages, and the turns that the service must receive."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    turns: list[_Turn] = field(default_factory=list)

    def say(self, role: str, text: str, images: int = 0, calls: int = 0, **more: Any) -> None:
        """Add a message, and the turn that it must become."""
        self.messages.append({"role": role, "content": text, **more})
        self.turns.append((role, text, images, calls))


def long_conversation(lab: Lab) -> Conversation:
    """Return a long conversation with every kind of message that the provider can send."""
    talk = Conversation()
    if "system" in lab.capabilities:
        talk.say("system", lab.text())
    for _ in range(24):
        talk.say("user", lab.text())
        talk.say("assistant", lab.text())
    talk.say("user", payload.long_text(lab.rng, 20_000))
    if "tools" in lab.capabilities:
        _add_tool_call(lab, talk)
    talk.say("assistant", lab.text())
    if "images" in lab.capabilities:
        _add_image(lab, talk)
    else:
        talk.say("user", lab.text())
    return talk


def turns_of(chat: SeenChat) -> Sequence[_Turn]:
    """Return role, text, number of images and number of calls of each turn."""
    return [(turn.role, turn.text, len(turn.images), len(turn.calls)) for turn in chat.messages]


def _add_tool_call(lab: Lab, talk: Conversation) -> None:
    call = payload.call(lab.rng)
    function = {"name": call.name, "arguments": call.arguments_text}
    made = [{"id": call.id, "type": "function", "function": function}]
    talk.say("assistant", lab.text(), calls=1, tool_calls=made)
    talk.say("tool", lab.text(), tool_call_id=call.id)


def _add_image(lab: Lab, talk: Conversation) -> None:
    text = lab.text()
    image = {"type": "image_url", "image_url": {"url": payload.image_url(lab.rng, "image/png")}}
    talk.say("user", text, images=1)
    talk.messages[-1]["content"] = [{"type": "text", "text": text}, image]
