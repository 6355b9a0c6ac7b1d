"""CHAT, on the way out: the conversation reaches the service as the caller wrote it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from provider_sdk import BaseProvider, ChatResponse, Message, ProviderError, ProviderRequestError

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab, read_to_end
from provider_conformance.lab.everything import rich_conversation, turns_with_own_fields
from provider_conformance.lab.payload import conversations
from provider_conformance.lab.payload.texts import texts
from provider_conformance.lab.sending import require_received, require_turns
from provider_conformance.wires._answer import Failure


def _received_turns(lab: Lab) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in lab.last_chat().messages]


@check("PC-CHAT-002")
async def words_reach_the_service(lab: Lab) -> None:
    """The user's words reach the service to the letter.

    Rule: The text of a message is sent as it is, white space and unusual characters included.
    Why: A stripped indent breaks code, and a mangled character breaks a name.
    How: Sends texts that begin and end with white space, hold line breaks, quotes, control
    characters, markup, entities, words of chat templates, characters of four bytes, or characters
    that Unicode normalization would change; texts that are one block of code, JSON, or long;
    streamed too if the provider streams; reads each message from the request.
    Fix: Hand the text to the JSON encoder as it came, and send UTF-8.
    """
    provider = lab.provider()
    for text in texts(lab.rng):
        turn = conversations.user(text)
        await require_received(lab, [turn], "messages that the service received", provider)


@check("PC-CHAT-003")
async def turns_keep_their_order(lab: Lab) -> None:
    """A long conversation reaches the service whole and in its order.

    Rule: All messages are sent, each with its role, in the order in which they were given.
    Why: A model that misses a turn, or takes its own for the user's, answers another question.
    How: Sends some 130 random turns, one of them very long, those of both roles in every form of
    text, streamed too if the provider streams, and compares roles and texts with those in the
    request.
    Fix: Send every message; do not merge, sort, cut or keep only the last.
    """
    roles = ["user", "assistant"] * 60
    messages = [{"role": role, "content": lab.text()} for role in roles]
    messages[2]["content"] = payload.long_text(lab.rng)
    messages += conversations.dialogue(lab.rng)
    await require_received(lab, messages, "turns that the service received")


@check("PC-CHAT-004", needs=["system"])
async def system_prompt_leads(lab: Lab) -> None:
    """The system prompt reaches the service, before all else.

    Rule: A system message is sent in the place that the protocol has for it, with its exact text.
    Why: An assistant without its instructions is another assistant, and no error shows it.
    How: Sends a system message before a conversation, streamed too if the provider streams.
    Fix: Pass the system message on, to a place of its own if the protocol has one.
    """
    turns = [*lab.user_message(), conversations.assistant(lab.text()), *lab.user_message()]
    messages = [{"role": "system", "content": lab.text()}, *turns]
    await require_received(lab, messages, "the system prompt and the turns")


@check("PC-CHAT-005")
async def parts_of_text_are_one_text(lab: Lab) -> None:
    """A message in several parts of text is sent with the text of all of them.

    Rule: The content of a message may be a list of text parts; the service gets all, in order.
    Why: Applications that add an image to some turns write all turns in parts.
    How: Sends turns of every role in parts, streamed too if the provider streams, and joins
    what the service received.
    Fix: Translate every text part; add nothing between them.
    """
    roles = ["user", "assistant", "user"]
    if "system" in lab.capabilities:
        roles.insert(0, "system")
    messages = [
        {"role": role, "content": conversations.text_parts(*texts(lab.rng), f" {lab.text()}\n")}
        for role in roles
    ]
    await require_received(lab, messages, "the joined parts")


@check("PC-CHAT-006", needs=["images"])
async def images_arrive_unchanged(lab: Lab) -> None:
    """An image reaches the service byte for byte.

    Rule: An image part with a data: URL is sent in the protocol's form, with the same bytes and,
    if the protocol names it, the same media type; the text beside it stays.
    Why: A model that gets no image describes one all the same.
    How: Sends text and images of random bytes and every usual type, streamed too if the
    provider streams, and reads them from the request.
    Fix: Translate image_url parts; if the provider cannot, leave "images" out of capabilities.
    """
    urls = [payload.image_url(lab.rng, kind) for kind in conversations.IMAGE_TYPES]
    images = [conversations.image_part(url) for url in urls]
    content = [*conversations.text_parts(lab.text()), *images]
    await require_received(lab, [conversations.user(content)], "the text and the images")


@check("PC-CHAT-007")
async def message_objects_are_messages(lab: Lab) -> None:
    """Message objects and dicts say the same.

    Rule: A conversation, a list or a tuple, may hold dicts, Message objects, or both; what is sent
    is the same.
    Why: The answer's message is an object and is appended to a list of dicts.
    How: Sends one conversation, with all that messages may hold, as dicts, as objects, mixed and as
    a tuple, streamed too if the provider streams, and reads the requests.
    Fix: Pass the messages through provider_sdk.adapting.normalized() before anything reads them.
    """
    dicts: list[Any] = rich_conversation(lab)
    objects = [Message.from_dict(message) for message in dicts]
    both = [pair[n % 2] for n, pair in enumerate(zip(dicts, objects, strict=True))]
    provider = lab.provider()
    kinds: dict[str, Sequence[Any]] = {
        "dicts": dicts,
        "objects": objects,
        "both": both,
        "a tuple": tuple(objects),
    }
    for what, messages in kinds.items():
        await require_received(lab, messages, f"the conversation sent from {what}", provider)


@check("PC-CHAT-008")
async def messages_are_never_changed(lab: Lab) -> None:
    """A call changes nothing in the messages that it was given.

    Rule: The list of messages, and whatever is in it, is after a call what it was before.
    Why: The caller sends the same list again, to this provider or another, and stores it.
    How: Calls, streaming too if the provider streams, with all that messages may hold, nested
    parts, state and foreign provider_data included, and compares the list with a deep copy made
    before; also after a call that fails, and with forms that a provider may accept or refuse.
    Fix: Build the request from new dicts; never pop, insert or rewrite in the caller's.
    """
    part = {"type": "text", "text": lab.text()}
    first: dict[str, Any] = {
        "role": "user",
        "content": [part],
        "provider_data": {"other": {"a": 1}},
    }
    messages: list[Any] = [
        *rich_conversation(lab),
        first,
        Message(role="assistant", content=lab.text()),
        *lab.user_message(),
        *turns_with_own_fields(lab)[0],
        *map(Message.from_dict, turns_with_own_fields(lab)[0]),
    ]
    before = copy.deepcopy(messages)
    provider = lab.provider()
    await lab.must_succeed(provider)
    await lab.chat(provider, messages)
    lab.equal("the caller's messages after a call", before, messages)
    if "streaming" in lab.capabilities:
        await lab.stream(provider, messages)
        lab.equal("the caller's messages after a stream", before, messages)
    lab.service.reply_next(Failure("bad_request", lab.text()))
    await lab.raises(ProviderRequestError, lab.chat(provider, messages), "a call that is rejected")
    lab.equal("the caller's messages after a rejected call", before, messages)
    for turn in conversations.turns_in_other_forms(lab.rng):
        messages = [*lab.user_message(), turn, *lab.user_message()]
        before = copy.deepcopy(messages)
        with suppress(ProviderError, TypeError):
            await provider.chat(messages, lab.harness.model)
        lab.equal("the caller's messages in another form", before, messages)


@check("PC-CHAT-009")
async def named_model_is_asked(lab: Lab) -> None:
    """The model that the call names is the model that is asked.

    Rule: model= is sent as it is, whatever the provider's default.
    Why: A larger model costs more, a smaller one answers worse, and no error shows it.
    How: Asks random models, whose names have slashes, colons and characters outside ASCII,
    streamed too if the provider streams, and reads the request.
    Fix: Use the default only if model is None.
    """
    provider, word = lab.provider(), payload.mixed_case
    names = (
        f"{lab.harness.model}-{word(lab.rng)}:{payload.word(lab.rng)}",
        f"{word(lab.rng)}/{word(lab.rng)}/{word(lab.rng)}@2026-01-01",
        f"mod\u00e8le-\u6f22\u5b57-{word(lab.rng)}",
    )
    for name in names:
        await provider.chat(lab.user_message(), name)
        lab.equal("the model in the request", name, lab.last_chat().model)
        if "streaming" in lab.capabilities:
            async with await provider.chat(lab.user_message(), name, stream=True) as stream:
                await read_to_end(stream)
            lab.equal("the model in the request for a stream", name, lab.last_chat().model)


@check("PC-CHAT-010")
async def unnamed_model_is_the_default(lab: Lab) -> None:
    """Without a model the provider's default is asked, or the call is refused.

    Rule: If no model is named, default_model is asked; a provider without one raises
    ProviderRequestError and sends nothing.
    Why: Some services choose a model of their own for an empty name, and bill it.
    How: Makes an exchange, then calls without model= and reads the model from the request.
    Fix: Send default_model, or raise ProviderRequestError before the request.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    before = lab.request_count()
    outcome = await lab.outcome(provider.chat(lab.user_message()))
    default = provider.default_model
    if isinstance(outcome, ChatResponse):
        model = lab.last_chat().model
        lab.equal("requests of a call without a model", 1, lab.request_count() - before)
        lab.equal("the model in the request", default or model, model)
        lab.true("the model in the request", model.strip(), "a name", model)
    else:
        lab.true("a call without a model", not default, f"to ask {default}", repr(outcome))
        lab.instance("what a call without a model raises", ProviderRequestError, outcome)
        lab.equal("requests of a refused call", 0, lab.request_count() - before)


@check("PC-CHAT-011")
async def foreign_provider_data_stays(lab: Lab) -> None:
    """Another provider's data never reaches this service.

    Rule: provider_data in a message belongs to the provider that it names; every other ignores it.
    Why: Strict services reject unknown fields, and signed state is nobody else's business.
    How: Sends a turn with another provider's data, streamed too if the provider streams, and
    looks for it in the request.
    Fix: Send only provider_data[self.name], in the protocol's own form.
    """
    secret = payload.word(lab.rng, 24)
    state = [{"sign": secret, "reasoning_content": secret, "thinking": secret}]
    turn = {**conversations.assistant(lab.text()), "provider_data": {"else": state}}
    messages = [*lab.user_message(), turn, *lab.user_message()]
    await require_received(lab, messages, "the conversation itself")
    for request in lab.service.requests():
        body = request.body
        hidden = secret.encode() not in body
        lab.true("the request", hidden, "to hold no foreign provider_data", body)


@check("PC-CHAT-012")
async def answers_can_be_appended(lab: Lab) -> None:
    """The answer's message, appended, is the next call's assistant turn.

    Rule: ChatResponse.message is an assistant message with the answer's text, ready to append.
    Why: This is how every chat goes on.
    How: Appends the message and a question, calls again, and reads the turns from the request;
    with a streamed answer too, if the provider streams.
    Fix: Build message from the text as the service sent it, with role "assistant".
    """
    provider, answer = lab.provider(), lab.answer()
    messages: list[Any] = lab.user_message()
    lab.service.reply_next(answer)
    first = await lab.chat(provider, messages)
    await _require_continued(lab, provider, messages, first, answer.text)
    if "streaming" in lab.capabilities:
        lab.service.reply_next(answer)
        _, streamed = await lab.stream(provider, messages)
        await _require_continued(lab, provider, messages, streamed, answer.text)


@check("PC-CHAT-013")
async def complete_is_one_message(lab: Lab) -> None:
    """complete() asks with one user message and returns the exact text.

    Rule: complete(prompt) sends the prompt as the only message, of role user, to the named model,
    and returns the answer's text.
    Why: It is chat for a single question; what it adds or strips, nobody asked for.
    How: Completes a long random prompt with a long text, and compares the request and the text.
    Fix: Call chat([{"role": "user", "content": prompt}], model, **options) and return its text.
    """
    pieces = (f" {lab.text()}", payload.long_text(lab.rng), f"\n{lab.text()}\n")
    answer = lab.answer(pieces=pieces)
    prompt = f"{payload.long_text(lab.rng)} {lab.text()}\n"
    lab.service.reply_next(answer)
    text = await lab.provider().complete(prompt, lab.harness.model)
    lab.equal("requests of complete()", 1, lab.request_count())
    lab.equal("the result of complete()", answer.text, text)
    lab.equal("messages of complete()", [("user", prompt)], _received_turns(lab))
    lab.equal("the model of complete()", lab.harness.model, lab.last_chat().model)


async def _require_continued(
    lab: Lab, provider: BaseProvider, messages: list[Any], response: ChatResponse, text: str
) -> None:
    lab.instance("response.message", Message, response.message)
    question = lab.text()
    last = conversations.user(question)
    await lab.chat(provider, [*messages, response.message, last])
    expected = [*messages, conversations.assistant(text), last]
    require_turns(lab, "the conversation with the answer appended", expected, lab.last_chat())
