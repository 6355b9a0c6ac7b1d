"""CHAT, on the way out: what conversations may hold beyond one question after another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from provider_sdk import ChatResponse, Message, UnsupportedCapabilityError

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.everything import turns_with_own_fields
from provider_conformance.lab.forms import in_each_form
from provider_conformance.lab.payload import conversations
from provider_conformance.lab.payload.answers import opaque_state
from provider_conformance.lab.sending import (
    require_received,
    require_turns,
    sent_in_each_form,
)


@check("PC-CHAT-040", needs=["system"])
async def every_system_message_is_sent(lab: Lab) -> None:
    """Several system messages reach the service, those within the conversation too.

    Rule: Every system message is sent with its exact text, in order: where it stands, or in the
    place that the protocol has for all of them.
    Why: Applications add instructions as they go; one that is lost or demoted is not followed.
    How: Sends two system messages before a conversation and two within it, in every form of text,
    streamed too if the provider streams.
    Fix: Collect all system messages if the protocol has one place for them; else send each
    where it stands.
    """
    messages = conversations.dialogue_with_instructions(lab.rng)
    await require_received(lab, messages, "the system messages and the turns")


@check("PC-CHAT-041")
async def turns_may_repeat(lab: Lab) -> None:
    """Turns of one role that follow each other, and equal turns, are all sent.

    Rule: Every message is sent, also after one of the same role or with the same text; if the
    protocol makes one turn of them, it says what they say, in order.
    Why: People send two messages in a row, and "yes" more than once.
    How: Sends two user's and two assistant's turns in a row, some of them equal, streamed too if
    the provider streams.
    Fix: Send each message; if the protocol demands turns that alternate, join their texts.
    """
    messages = conversations.repeating_dialogue(lab.rng)
    await require_received(lab, messages, "turns of which some repeat")


@check("PC-CHAT-042")
async def empty_turns_do_no_harm(lab: Lab) -> None:
    """An empty turn is sent as it is, or left out if the protocol has none.

    Rule: A message may be empty: its text "" is sent; a protocol that refuses empty turns gets the
    conversation without it.
    Why: An answer that was cut at once is stored as an empty turn, and stays in the history.
    How: Sends a conversation with an empty assistant's and an empty user's turn, streamed too if
    the provider streams.
    Fix: Send the empty text, or leave the message out; never put other words in its place.
    """
    messages = conversations.interrupted_dialogue(lab.rng)
    await require_received(lab, messages, "turns of which some are empty")


@check("PC-CHAT-043", needs=["images"])
async def images_keep_their_places(lab: Lab) -> None:
    """Images and texts of a message keep their order, and images their detail.

    Rule: Parts are sent in their order, if the protocol has one; detail is sent if the
    protocol has it, and otherwise left out.
    Why: "The first picture" is another one if all images come after the text.
    How: Sends turns with images before, between and after texts, and one without text, streamed
    too if the provider streams.
    Fix: Translate the parts one by one.
    """
    details = lab.wire.traits.image_details
    messages = conversations.dialogue_with_images(lab.rng, details=details)
    await require_received(lab, messages, "turns with images")


@check("PC-CHAT-044", needs=["images"])
async def image_addresses_are_sent_or_refused(lab: Lab) -> None:
    """The address of an image is sent as it is, or refused.

    Rule: image_url may be an https: address. It is sent as it is; if the protocol has only
    bytes, the call is refused with UnsupportedCapabilityError before any request.
    Why: A provider that drops the image, or sends its address as text, gets a made-up answer.
    How: Makes an exchange, sends an address, streamed too if the provider streams, and reads it
    from the request.
    Fix: Pass the address on; raise UnsupportedCapabilityError if that cannot be. Never load it.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    part = conversations.image_part(conversations.image_address(lab.rng))
    messages = [conversations.user([*conversations.text_parts(lab.text()), part])]
    calls: dict[str, Callable[..., Awaitable[object]]] = {"whole": lab.chat}
    if "streaming" in lab.capabilities:
        calls["streamed"] = lab.stream
    for form, call in calls.items():
        before = len(lab.service.exchanges)
        outcome = await lab.outcome(call(provider, messages))
        what, sent = f"an image by its address, {form}", len(lab.service.exchanges) - before
        if isinstance(outcome, ChatResponse | tuple):
            require_turns(lab, what, messages, lab.last_chat())
        else:
            may_refuse = not lab.wire.traits.image_addresses
            lab.true(what, may_refuse, "to be sent", str(outcome))
            lab.instance(f"the error of {what}", UnsupportedCapabilityError, outcome)
            lab.equal(f"requests of {what}, which was refused", 0, sent)


@check("PC-CHAT-045")
async def own_fields_of_a_turn_go_back(lab: Lab) -> None:
    """The fields of an assistant's dict that a protocol has for its state go back to it.

    Rule: reasoning_content, reasoning_details and the extra_content of calls are understood in an
    assistant's dict, and in a Message made from it; a protocol that has such a field gets it back
    unchanged.
    Why: Thinking models refuse the turn after a tool call, or answer it worse, without it.
    How: Sends two turns with all these fields, and calls with some of their own, as dicts
    and as Message objects, streamed too if the provider streams, and reads the requests.
    Fix: Read the state with provider_sdk.adapting.normalized(messages, self.name), and send what
    the protocol knows of it.
    """
    fields = lab.wire.traits.own_fields
    messages, expected = turns_with_own_fields(lab)
    provider = lab.provider()
    for kind, given in (("dicts", messages), ("objects", [*map(Message.from_dict, messages)])):
        for form, chat in (await sent_in_each_form(lab, given, provider)).items():
            require_turns(lab, f"turns sent from {kind}, {form}", messages, chat)
            seen = [turn.own_fields for turn in chat.messages if turn.role == "assistant"]
            wanted, found = (
                [{name: value for name, value in turn.items() if name in fields} for turn in turns]
                for turns in (expected, seen)
            )
            lab.equal(f"fields of the turns sent from {kind}, {form}", wanted, found)


@check("PC-CHAT-050")
async def state_goes_with_every_call(lab: Lab) -> None:
    """The opaque state of a turn goes back in every kind of call.

    Rule: provider_data of this provider is sent back with its turn, unchanged, whether the turn was
    streamed or not, and whether the call asks for a stream or not.
    Why: The two paths are often written twice, and one forgets what models need between turns.
    How: Has the service give answers with random state, whole and streamed if the provider
    streams, and appends each to a whole and to a streamed call. If the protocol has no state,
    none may be sent.
    Fix: Build the request in one place for both.
    """
    provider, question = lab.provider(), lab.user_message()
    state = opaque_state(lab.rng) if lab.wire.traits.state else None
    answers = await in_each_form(lab, lab.answer(state=state), question, provider)
    for form, response in answers.items():
        messages = [*question, response.message, *lab.user_message()]
        for how, chat in (await sent_in_each_form(lab, messages, provider)).items():
            what = f"the {form} answer's turn in a call, {how}"
            require_turns(lab, what, messages, chat)
            states = [turn.state for turn in chat.messages if turn.role == "assistant"]
            lab.equal(f"the state of {what}", [state], states)
