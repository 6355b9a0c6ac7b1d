"""TOOLS, on the way out: calls and results in the history, in every form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk import Message, ToolCall

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.payload import conversations, tools
from provider_conformance.lab.sending import require_received, sent_in_each_form
from provider_conformance.wires._answer import Call


@check("PC-TOOLS-031", needs=["tools"])
async def results_are_sent_exactly(lab: Lab) -> None:
    """The results of calls reach the service to the letter, whatever they are.

    Rule: A tool message is sent with its exact text: JSON with blanks, an empty text, a long one,
    and a text in parts included.
    Why: A result that is parsed and written anew is another text, and an empty one is an answer.
    How: Sends a conversation whose calls have arguments, and whose results have texts, in every
    form, some with one id if the protocol allows that, streamed too if the provider streams.
    Fix: Hand the text on as it came; join parts of text with nothing between them.
    """
    made = tools.calls(lab.rng)
    messages = conversations.results_in_every_form(lab.rng, made)
    if lab.wire.traits.repeated_ids:
        messages = [*conversations.repeated_ids(lab.rng, made), *messages]
    offered = [payload.tool(call.name) for call in made]
    await require_received(lab, messages, "turns with results", tools=offered)


@check("PC-TOOLS-032", needs=["tools", "parallel_tools"])
async def calls_of_one_turn_are_all_sent(lab: Lab) -> None:
    """A turn with text and several calls is sent whole.

    Rule: An assistant's turn is sent with its text and all its calls: ids, names and arguments of
    every kind of JSON, in order.
    Why: A service refuses results whose call is missing, and a model repeats what it cannot see.
    How: Sends a turn with text and three calls, then their results, streamed too if the
    provider streams.
    Fix: Translate every call; parse arguments as JSON and change nothing in them.
    """
    made = tools.calls(lab.rng)
    messages = [*conversations.parallel_calls(lab.rng, made), *lab.user_message()]
    offered = [payload.tool(call.name) for call in made]
    await require_received(lab, messages, "turns with several calls", tools=offered)


@check("PC-TOOLS-033", needs=["tools"])
async def cut_arguments_go_back(lab: Lab) -> None:
    """Arguments that are not JSON go back as the model wrote them.

    Rule: A call whose arguments are None is sent with its arguments_text; if the protocol has
    only objects, in an object that holds that text.
    Why: A call that was cut stays in the history; a provider that fails on it ends the
    conversation, and one that makes it {} shows the model another call than it made.
    How: Sends a call with a text that was cut, as a dict and as a Message object, streamed too
    if the provider streams.
    Fix: Send arguments_text if there is one, or an object with it.
    """
    written = f'{{"{payload.word(lab.rng)}": "{lab.text()}'
    cut = payload.call(lab.rng)
    call = Call(cut.id, cut.name, {}, written)
    asked, answer = lab.user_message(), conversations.result(call, lab.text())
    turns = {
        "a dict": conversations.assistant("", call),
        "an object": Message("assistant", "", [ToolCall(call.id, call.name, None, written)]),
    }
    provider, offered = lab.provider(), [payload.tool(call.name)]
    for kind, turn in turns.items():
        messages = [*asked, turn, answer, *lab.user_message()]
        sent = await sent_in_each_form(lab, messages, provider, tools=offered)
        for form, chat in sent.items():
            made = [found for seen in chat.messages for found in seen.calls]
            what = f"the call sent from {kind}, {form}"
            lab.equal(f"{what}, id and name", [(call.id, call.name)], [m[:2] for m in made])
            holds = written in _texts_of(made[0][2])
            lab.true(f"{what}, arguments", holds, f"to hold {written!r}", made[0][2])


def _texts_of(arguments: Any) -> list[Any]:
    return list(arguments.values()) if isinstance(arguments, Mapping) else [arguments]
