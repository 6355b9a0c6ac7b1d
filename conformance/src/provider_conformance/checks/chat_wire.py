"""CHAT, on the way out: the request as HTTP, and nothing in it that nobody asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab, read_to_end
from provider_conformance.lab.everything import all_options, rich_conversation
from provider_conformance.lab.payload import conversations
from provider_conformance.lab.sending import require_turns, sent_in_each_form
from provider_conformance.wires._answer import SeenChat

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@check("PC-CHAT-046")
async def default_model_can_be_chosen(lab: Lab) -> None:
    """The default_model of the constructor is asked if a call names no model.

    Rule: default_model= replaces the default of the class, for every kind of call.
    Why: Applications choose the model once; a call that asks another is billed as another.
    How: Builds a provider with a random default, calls it without a model, whole, streamed, by
    complete(), and after a call that names another, and reads the requests.
    Fix: Keep the argument, never the model of a call, and send it if model is None.
    """
    name = f"{payload.mixed_case(lab.rng)}/{payload.word(lab.rng)}:{payload.word(lab.rng)}"
    provider = lab.provider(default_model=name)
    lab.equal("provider.default_model", name, provider.default_model)
    for _ in range(2):
        await provider.chat(lab.user_message())
        lab.equal("the model in the request", name, lab.last_chat().model)
        # A call that names another model is no choice for the next one.
        await lab.chat(provider)
    await provider.complete(lab.text())
    lab.equal("the model in the request of complete()", name, lab.last_chat().model)
    if "streaming" in lab.capabilities:
        async with await provider.chat(lab.user_message(), stream=True) as stream:
            await read_to_end(stream)
        lab.equal("the model in the request for a stream", name, lab.last_chat().model)


@check("PC-CHAT-047")
async def requests_say_what_they_hold(lab: Lab) -> None:
    """A request says what its body is, and what reply it takes.

    Rule: The content type is the protocol's, and its charset, if named, is UTF-8, as is the body;
    Accept, if sent, takes a reply of the protocol.
    Why: Gateways refuse other types, or read the body as Latin-1 and hand on broken text.
    How: Sends text outside ASCII, streamed too if the provider streams, and reads headers and
    bytes of the request.
    Fix: Send the type that the protocol documents, and encode the body as UTF-8 without a mark.
    """
    expected = {"whole": lab.wire.whole(lab.answer()).headers.get("content-type", "")}
    expected["streamed"] = lab.wire.stream_type
    forms = await sent_in_each_form(lab)
    for form, request in zip(forms, lab.service.requests(), strict=True):
        content_type = request.headers.get("content-type", "")
        kind, _, parameters = content_type.partition(";")
        what = f"the content type of the request, {form}"
        lab.equal(what, lab.wire.request_type, kind.strip().lower())
        named = parameters.lower().replace('"', "").replace(" ", "")
        charset = named.partition("charset=")[2].partition(";")[0]
        lab.true(f"{what}, charset", charset in ("", "utf-8"), "UTF-8", content_type)
        lab.true(f"the body, {form}", _is_utf8(request.body), "UTF-8 without a mark", request.body)
        accept = request.headers.get("accept", "*/*")
        # Several clients ask for JSON where they ask for a stream, and are served all the same.
        takes = any(_takes(accept, kind) for kind in expected.values())
        lab.true(f"Accept of the request, {form}", takes, f"to take {expected[form]}", accept)


@check("PC-CHAT-048")
async def nothing_else_is_sent(lab: Lab) -> None:
    """A request holds nothing that neither the call nor the protocol requires.

    Rule: Every field of the request comes from the call, or must be there.
    Why: store, user, n or metadata that a provider adds are billed, stored or refused.
    How: Sends a question, by complete() too, then with each option alone, then a conversation and
    options with all that the provider takes, each streamed too if the provider streams, and
    reads which messages, options and fields are left over.
    Fix: Remove the field; whoever wants it passes extra_body.
    """
    provider, messages, given = lab.provider(), lab.user_message(), all_options(lab)
    await provider.complete(messages[0]["content"], lab.harness.model)
    _require_nothing_else(lab, "complete()", messages, {}, lab.last_chat())
    calls: list[tuple[str, list[Any], dict[str, Any]]] = [("a question", messages, {})]
    alone = sorted(given.keys() - {"tool_choice"})
    calls += [(f"a question with {name}", messages, {name: given[name]}) for name in alone]
    everything = {**given, "timeout": 60, "extra_headers": {"x-kit": "1"}}
    calls.append(("a call with everything", rich_conversation(lab), everything))
    for what, asked, options in calls:
        for form, chat in (await sent_in_each_form(lab, asked, provider, **options)).items():
            _require_nothing_else(lab, f"{what}, {form}", asked, options, chat)


def _require_nothing_else(
    lab: Lab, what: str, messages: Sequence[Any], options: Mapping[str, Any], chat: SeenChat
) -> None:
    known = options.keys() | lab.wire.traits.always_sent
    others = {name: value for name, value in chat.options.items() if name not in known}
    lab.equal(f"options that nobody asked for in {what}", {}, others)
    lab.equal(f"fields that nobody asked for in {what}", {}, dict(chat.surplus))
    require_turns(lab, f"messages of {what}", messages, chat)


@check("PC-CHAT-049")
async def unknown_keys_of_messages_are_errors(lab: Lab) -> None:
    """An unknown key of a message raises TypeError, names the nearest, and sends nothing.

    Rule: A key that messages do not have is a TypeError whose text names the one that was meant.
    Why: A misspelt key that is accepted loses what it holds, and no error shows it.
    How: Makes an exchange, then sends messages with one letter of a key left out, streamed too
    if the provider streams.
    Fix: Pass the messages through provider_sdk.adapting.normalized() before anything reads them.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    before = len(lab.service.exchanges)
    for name, turn in _turns_by_key(lab).items():
        wrong = _misspelt(lab, name)
        messages = [*lab.user_message(), {**turn, wrong: turn[name]}]
        asks: list[Callable[..., Awaitable[object]]] = [lab.chat]
        if "streaming" in lab.capabilities:
            asks.append(lab.open_stream)
        for ask in asks:
            call = ask(provider, messages)
            error = await lab.raises(TypeError, call, f"a message with the key {wrong!r}")
            lab.true(f"the error about {wrong!r}", name in str(error), f"to name {name}", error)
    lab.equal("requests with an unknown key", 0, len(lab.service.exchanges) - before)


def _turns_by_key(lab: Lab) -> dict[str, dict[str, Any]]:
    """Return messages that have each key."""
    call, said = payload.call(lab.rng), conversations.assistant(lab.text())
    turns = {
        "content": conversations.user(lab.text()),
        "provider_data": {**said, "provider_data": {"else": {"a": 1}}},
    }
    if "tools" in lab.capabilities:
        turns["tool_calls"] = conversations.assistant(lab.text(), call)
        turns["tool_call_id"] = conversations.result(call, lab.text())
    return turns


def _misspelt(lab: Lab, name: str) -> str:
    gap = lab.rng.randrange(1, len(name) - 1)
    return f"{name[:gap]}{name[gap + 1 :]}"


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not body.startswith(_BYTE_ORDER_MARK) and b"\x00" not in body


def _takes(accept: str, content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    taken = {item.partition(";")[0].strip().lower() for item in accept.split(",")}
    return bool(taken & {"*/*", kind, f"{kind.partition('/')[0]}/*"})
