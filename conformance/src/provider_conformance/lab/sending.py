"""What the service receives of a call, whole and streamed, against what the caller wrote."""

from __future__ import annotations

import copy
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from provider_sdk import BaseProvider, Message

from provider_conformance.lab._lab import Lab
from provider_conformance.wires import Traits
from provider_conformance.wires._answer import SeenChat, SeenMessage, SeenPart, seen_arguments


async def sent_in_each_form(
    lab: Lab,
    messages: Sequence[Any] | None = None,
    provider: BaseProvider | None = None,
    **options: Any,
) -> dict[str, SeenChat]:
    """Return what the service received of a call and, if the provider streams, of a stream.

    The provider gets copies, so that changing them cannot change what is expected.
    """
    provider = provider or lab.provider()
    messages = lab.user_message() if messages is None else messages
    calls: dict[str, Callable[..., Awaitable[object]]] = {"whole": lab.chat}
    if "streaming" in lab.capabilities:
        calls["streamed"] = lab.stream
    found = {}
    for form, call in calls.items():
        before = lab.request_count()
        await call(provider, copy.deepcopy(messages), **copy.deepcopy(options))
        lab.equal(f"requests of one call, {form}", 1, lab.request_count() - before)
        found[form] = lab.last_chat()
    return found


async def require_received(
    lab: Lab,
    messages: Sequence[Any],
    what: str,
    provider: BaseProvider | None = None,
    **options: Any,
) -> None:
    """Fail unless exactly these messages reach the service, whole and streamed."""
    sent = await sent_in_each_form(lab, messages, provider, **options)
    for form, chat in sent.items():
        require_turns(lab, f"{what}, {form}", messages, chat)


def require_turns(lab: Lab, what: str, messages: Sequence[Any], chat: SeenChat) -> None:
    """Fail unless the service received exactly these messages, as far as the protocol says them."""
    traits = lab.wire.traits
    expected = _arranged([_as_seen(message) for message in messages], traits)
    actual = _arranged(chat.messages, traits)
    lab.equal(f"{what}: roles", [t.role for t in expected], [t.role for t in actual])
    for n, (wanted, found) in enumerate(zip(expected, actual, strict=True)):
        place = f"{what}: number {n} ({wanted.role})"
        if not _says(wanted.texts, found.text):
            lab.equal(f"{place}, text", "".join(wanted.texts), found.text)
        lab.equal(f"{place}, tool calls", wanted.calls, found.calls)
        lab.equal(f"{place}, answered call", wanted.answers, found.answers)
        lab.equal(f"{place}, images", wanted.images, found.images)
        if found.images and found.parts:
            lab.equal(f"{place}, parts in their order", wanted.parts, found.parts)


@dataclass
class _Turn:
    """One turn of the protocol, which may be several messages.

    ``texts`` are those of the messages, ``parts`` those that have an order.
    """

    role: str
    texts: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    parts: list[tuple[str, str, str | None]] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    answers: str | None = None

    @property
    def text(self) -> str:
        return "".join(self.texts)


def _as_seen(message: Any) -> SeenMessage:
    """Return a message as it must be received."""
    data = message.to_dict() if isinstance(message, Message) else message
    content = data.get("content") or ""
    listed = [{"type": "text", "text": content}] if isinstance(content, str) else content
    parts = [_part(part) for part in listed]
    return SeenMessage(
        role=data["role"],
        text="".join(part.value for part in parts if part.kind == "text"),
        images=[part.value for part in parts if part.kind == "image"],
        calls=[_call(call) for call in data.get("tool_calls") or ()],
        answers=data.get("tool_call_id"),
        parts=parts,
    )


def _part(part: Mapping[str, Any]) -> SeenPart:
    if part["type"] == "text":
        return SeenPart("text", part["text"])
    image = part["image_url"]
    return SeenPart("image", image["url"], image.get("detail"))


def _call(call: Mapping[str, Any]) -> tuple[str, str, Any]:
    function = call["function"]
    return call["id"], function["name"], seen_arguments(function["arguments"])


def _arranged(messages: Sequence[SeenMessage], traits: Traits) -> list[_Turn]:
    """Return messages as turns of the protocol: in its order, without what it cannot say."""
    turns = [_turn(message, traits) for message in messages]
    if not traits.empty_turns:
        turns = [t for t in turns if t.role == "tool" or t.text.strip() or t.images or t.calls]
    if not traits.system_anywhere:
        turns.sort(key=lambda turn: turn.role != "system")
        turns = _joined(turns, {"system"})
    return _joined(turns, {"user", "assistant"}) if traits.joined_turns else turns


def _turn(message: SeenMessage, traits: Traits) -> _Turn:
    parts = [_known_part(part, traits) for part in message.parts]
    return _Turn(
        message.role,
        [message.text],
        [_known_url(url, traits) for url in message.images],
        _with_joined_texts(parts),
        list(message.calls),
        message.answers,
    )


def _known_part(part: SeenPart, traits: Traits) -> tuple[str, str, str | None]:
    if part.kind == "text":
        return "text", part.value, None
    # "auto" is what goes without saying, and some servers demand that it is said.
    detail = part.detail if traits.image_details and part.detail != "auto" else None
    return "image", _known_url(part.value, traits), detail


def _known_url(url: str, traits: Traits) -> str:
    is_typed = traits.image_types or not url.startswith("data:")
    return url if is_typed else f"data:;{url.partition(';')[2]}"


def _with_joined_texts(
    parts: Sequence[tuple[str, str, str | None]],
) -> list[tuple[str, str, str | None]]:
    found: list[tuple[str, str, str | None]] = []
    for kind, group in groupby(parts, key=lambda part: part[0]):
        of_kind = list(group)
        if kind == "image":
            found += of_kind
        elif text := "".join(value for _, value, _ in of_kind):
            found.append(("text", text, None))
    return found


def _joined(turns: Sequence[_Turn], roles: set[str]) -> list[_Turn]:
    """Return turns with those of one role that follow each other as one."""
    found: list[_Turn] = []
    for turn in turns:
        if found and found[-1].role == turn.role and turn.role in roles:
            last = found[-1]
            last.texts += turn.texts
            last.images += turn.images
            last.parts = _with_joined_texts([*last.parts, *turn.parts])
            last.calls += turn.calls
        else:
            found.append(turn)
    return found


def _says(texts: Sequence[str], said: str) -> bool:
    """Whether a turn says these texts to the letter; between them may be white space."""
    if "".join(texts) == said:
        return True
    return re.fullmatch(r"\s*".join(map(re.escape, texts)), said) is not None


def order_of_properties(schema: Any) -> list[Any]:
    """Return the names of the properties in a JSON schema, in their order, at every depth."""
    if isinstance(schema, Mapping):
        own = schema.get("properties")
        names = [list(own)] if isinstance(own, Mapping) else []
        return [
            *names,
            *(found for value in schema.values() if (found := order_of_properties(value))),
        ]
    if isinstance(schema, list):
        return [found for value in schema if (found := order_of_properties(value))]
    return []
