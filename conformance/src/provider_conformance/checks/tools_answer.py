"""TOOLS, calls in every form in which services write them."""

from __future__ import annotations

from typing import Any

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calling import (
    answer_with_calls,
    calls_as_text,
    joined_calls,
    json_or_text,
    stream_fragments,
    tools_for,
    with_tools_in_each_form,
)
from provider_conformance.lab.payload.answers import many_calls, written_call
from provider_conformance.wires._answer import Answer, Call

_MANY = 33


@check("PC-TOOLS-040", needs=["tools"])
async def arguments_text_is_the_services(lab: Lab) -> None:
    """arguments_text is what the model wrote, to the letter.

    Rule: If the protocol carries arguments as text, arguments_text is that text, and arguments
    what it says in JSON; if it carries an object, arguments_text says the same in JSON.
    Why: The text is signed, cached and compared; written anew, 2**63 + 1 or 1.0 is another number.
    How: Has the service call with a text with blanks, escapes, large numbers and 1.0.
    Fix: Keep the text that came; parse a copy.
    """
    textual = lab.wire.traits.text_arguments
    answer = answer_with_calls(lab, written_call(lab.rng))
    (call,) = answer.calls
    for form, response in (await with_tools_in_each_form(lab, answer)).items():
        lab.same_tool_calls(f"tool_calls of the {form} answer", answer, response)
        read = response.tool_calls[0].arguments_text
        if {"whole": "whole", "streamed": "stream"}[form] in textual:
            lab.equal(f"arguments_text of the {form} answer", call.arguments_text, read)
        else:
            said = json_or_text(read)
            lab.equal(f"JSON of arguments_text of the {form} answer", dict(call.arguments), said)
    if "streaming" in lab.capabilities:
        await _require_fragments(lab, answer)


async def _require_fragments(lab: Lab, answer: Answer) -> None:
    """Fail unless the fragments in the chunks of a stream join to the calls of its response."""
    deltas, response = await stream_fragments(lab, answer)
    lab.same_tool_calls("tool_calls of the stream", answer, response)
    lab.equal("calls joined from the fragments", calls_as_text(response), joined_calls(deltas))


@check("PC-TOOLS-041", needs=["tools", "parallel_tools"])
async def many_calls_are_all_there(lab: Lab) -> None:
    """Twelve calls in one answer are twelve calls, in order, with names of 64 characters.

    Rule: tool_calls holds every call of the answer, in its order, with its whole name; also calls
    that differ in nothing but the id.
    Why: Indices that are sorted as text put the tenth call before the second.
    How: Has the service make 33 calls with long names, some to one tool and some that differ in
    nothing but the id, whole and streamed.
    Fix: Keep calls in a list, by number.
    """
    answer = answer_with_calls(lab, *many_calls(lab.rng, _MANY))
    for form, response in (await with_tools_in_each_form(lab, answer)).items():
        lab.same_tool_calls(f"tool_calls of the {form} answer", answer, response)
    if "streaming" in lab.capabilities:
        await _require_fragments(lab, answer)


@check("PC-TOOLS-042", needs=["tools", "parallel_tools", "streaming"])
async def interleaved_fragments_find_their_calls(lab: Lab) -> None:
    """Fragments of several calls that come in turns join to the right calls.

    Rule: A fragment belongs to the call that its event names, whichever came last.
    Why: Models that write calls in parallel stream them so; joined in the order of arrival, all
    arguments are broken.
    How: Has the service stream three calls, one character at a time and in turns if its protocol
    allows that.
    Fix: Keep a buffer for each index.
    """
    interleaves = lab.wire.traits.interleaved_calls
    answer = answer_with_calls(lab, *many_calls(lab.rng, 3), interleaves=interleaves)
    await _require_fragments(lab, answer)


@check("PC-TOOLS-043", needs=["tools"])
async def call_without_id_gets_one(lab: Lab) -> None:
    """A call that the service sent without an id gets one, which goes back with its result.

    Rule: Every call has an id that no other call of the answer has; it names the call in the turn
    that is sent back and in its result.
    Why: Without an id no result finds its call, and services reject the conversation.
    How: Has the service call without ids, if its protocol allows that, and answers the calls.
    Fix: Make ids for calls that have none.
    """
    count = 2 if "parallel_tools" in lab.capabilities else 1
    made = many_calls(lab.rng, count)
    if lab.wire.traits.anonymous_calls:
        made = [Call("", call.name, call.arguments) for call in made]
    answer, provider = answer_with_calls(lab, *made), lab.provider()
    for form, response in (await with_tools_in_each_form(lab, answer, provider)).items():
        expected = [(call.name, dict(call.arguments)) for call in made]
        found = [(call.name, call.arguments) for call in response.tool_calls]
        lab.equal(f"tool_calls of the {form} answer", expected, found)
        ids = [call.id for call in response.tool_calls]
        lab.true(f"ids of the {form} answer", all(ids), "one for each call", ids)
        lab.equal(f"different ids of the {form} answer", count, len(set(ids)))
        results = [{"role": "tool", "tool_call_id": id, "content": lab.text()} for id in ids]
        messages: Any = [*lab.user_message(), response.message, *results]
        await lab.chat(provider, messages, tools=tools_for(made))
        texts = [m.text for m in lab.last_chat().messages if m.role == "tool"]
        lab.equal("results that reached the service", [r["content"] for r in results], texts)


@check("PC-TOOLS-044", needs=["tools"])
async def known_ids_are_kept(lab: Lab) -> None:
    """An id that an earlier answer had is kept all the same.

    Rule: ToolCall.id is the service's, also if it numbers the calls of each answer anew.
    Why: The service finds the call of a result by the id that it gave.
    How: On one provider, has the service give the same id in two answers.
    Fix: Keep no ids on the provider.
    """
    provider, id = lab.provider(), f"call_{payload.word(lab.rng, 1)}0"
    for turn in ("first", "second"):
        call = payload.call(lab.rng)
        answer = answer_with_calls(lab, Call(id, call.name, call.arguments))
        for form, response in (await with_tools_in_each_form(lab, answer, provider)).items():
            lab.same_tool_calls(f"tool_calls of the {turn} {form} answer", answer, response)
