"""TOOLS, on the way back: calls arrive whole, apart, and parsed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from provider_sdk import ChatResponse

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
from provider_conformance.lab.forms import in_each_form
from provider_conformance.lab.payload.tools import calls as difficult_calls
from provider_conformance.wires._answer import Answer, Call


def _require_arguments_text(lab: Lab, answer: Answer, response: ChatResponse, form: str) -> None:
    """Fail unless the argument texts of all calls hold the arguments of the answer."""
    for call, read in zip(answer.calls, response.tool_calls, strict=True):
        said = json_or_text(read.arguments_text or "{}")
        lab.equal(f"arguments_text of {form}", dict(call.arguments), said)


def _three_calls(lab: Lab) -> list[Call]:
    """Return three calls, two of them to the same tool with different arguments."""
    first, second = payload.call(lab.rng), payload.call(lab.rng)
    again = payload.call(lab.rng)
    return [first, second, Call(again.id, first.name, again.arguments)]


@check("PC-TOOLS-001", needs=["tools"])
async def call_is_read_exactly(lab: Lab) -> None:
    """A tool call has the service's id, name and arguments.

    Rule: ToolCall holds the id, the name, the parsed arguments and the text that they were in.
    Why: A tool that runs with other arguments does something else, for real.
    How: Has the service call a random tool with random arguments.
    Fix: Read all three from the answer; parse the arguments if they come as text.
    """
    answer = answer_with_calls(lab, payload.call(lab.rng))
    lab.service.reply_next(answer)
    response = await lab.chat(lab.provider(), tools=tools_for(answer.calls))
    lab.same_tool_calls("tool_calls", answer, response)
    _require_arguments_text(lab, answer, response, "the call")


@check("PC-TOOLS-002", needs=["tools"])
async def calling_finishes_with_tool_calls(lab: Lab) -> None:
    """An answer that calls a tool finishes with "tool_calls".

    Rule: finish_reason is "tool_calls" whenever the answer calls a tool, and text is "" if there
    was none.
    Why: Agents go on while they see this word, and stop at any other.
    How: Has the service call a tool and end with its word for that.
    Fix: Derive the finish reason from the calls, not from the service's word alone.
    """
    answer = answer_with_calls(lab, payload.call(lab.rng))
    for form, response in (await with_tools_in_each_form(lab, answer)).items():
        lab.same_tool_calls(f"tool_calls of the {form} answer", answer, response)
        lab.equal(f"finish_reason of the {form} answer", "tool_calls", response.finish_reason)
        lab.equal(f"text of the {form} answer", "", response.text)


@check("PC-TOOLS-003", needs=["tools"])
async def calling_beats_the_services_word(lab: Lab) -> None:
    """An answer that calls a tool finishes with "tool_calls" whatever the service says.

    Rule: finish_reason is "tool_calls" whenever the answer calls a tool; the service's word stays
    in raw_finish_reason.
    Why: Several services end such answers with their word for "stop"; an agent then never calls.
    How: Has the service call a tool and end with its words for an ordinary end, a limit and calls.
    Fix: Derive the finish reason from the calls.
    """
    traits = lab.wire.traits
    finishes = ("stop", "length", "tool_calls")
    for word in dict.fromkeys(word for finish in finishes for word in traits.words_for(finish)):
        answer = answer_with_calls(lab, payload.call(lab.rng), finish_word=word)
        for form, response in (await with_tools_in_each_form(lab, answer)).items():
            lab.equal(f"finish_reason of the {form} answer", "tool_calls", response.finish_reason)
            lab.equal(f"raw_finish_reason of the {form} answer", word, response.raw_finish_reason)


@check("PC-TOOLS-004", needs=["tools", "parallel_tools"])
async def parallel_calls_stay_apart(lab: Lab) -> None:
    """Several calls in one answer are several calls, in order.

    Rule: tool_calls holds every call of the answer, in the service's order.
    Why: Clients that merge them run one tool with the arguments of two.
    How: Has the service make three calls, two of them of one tool.
    Fix: Build one ToolCall for each call of the answer.
    """
    answer = answer_with_calls(lab, *_three_calls(lab))
    lab.service.reply_next(answer)
    response = await lab.chat(lab.provider(), tools=tools_for(answer.calls))
    lab.same_tool_calls("tool_calls", answer, response)


@check("PC-TOOLS-005", needs=["tools", "streaming"])
async def streamed_call_is_the_whole_call(lab: Lab) -> None:
    """A streamed call is the call that a whole answer holds.

    Rule: The response of a stream holds whole tool calls: id, name, arguments, text.
    Why: Fragments that are lost or parsed too early leave half of the arguments.
    How: Has the service stream a call in the fragments that its protocol knows.
    Fix: Join the fragments of a call by its index, and parse at the end.
    """
    answer = answer_with_calls(lab, payload.call(lab.rng))
    _, response = await stream_fragments(lab, answer)
    lab.same_tool_calls("tool_calls of the stream", answer, response)
    _require_arguments_text(lab, answer, response, "the streamed call")
    lab.equal("finish_reason of the stream", "tool_calls", response.finish_reason)


@check("PC-TOOLS-006", needs=["tools", "parallel_tools", "streaming"])
async def streamed_calls_stay_apart(lab: Lab) -> None:
    """Several streamed calls are several calls, in order.

    Rule: Fragments belong to the call whose index they carry.
    Why: Joined into one, their arguments are not JSON; joined with the wrong one, they are wrong.
    How: Has the service stream three calls, two of them of one tool.
    Fix: Keep a buffer for each index.
    """
    answer = answer_with_calls(lab, *_three_calls(lab))
    _, response = await stream_fragments(lab, answer)
    lab.same_tool_calls("tool_calls of the stream", answer, response)


@check("PC-TOOLS-007", needs=["tools", "parallel_tools", "streaming"])
async def fragments_join_to_the_calls(lab: Lab) -> None:
    """The fragments in the chunks join to the calls of the response.

    Rule: ToolCallDelta has the position of its call, its id and name in the first fragment, and
    text that joins to arguments_text.
    Why: Interfaces show a call while it is written.
    How: Joins the fragments of three streamed calls and compares them with response.tool_calls.
    Fix: Yield every fragment in the chunk in which it came, with the index of its call.
    """
    answer = answer_with_calls(lab, *_three_calls(lab))
    deltas, response = await stream_fragments(lab, answer)
    lab.same_tool_calls("tool_calls of the stream", answer, response)
    indices = sorted({delta.index for delta in deltas})
    lab.equal("indices of the fragments", list(range(len(answer.calls))), indices)
    lab.equal("calls joined from the fragments", calls_as_text(response), joined_calls(deltas))


async def _call_with_arguments_text(lab: Lab, text: str, form: Literal["whole", "stream"]) -> Call:
    """Return a call whose arguments are this text, if the protocol sends arguments as text."""
    call = payload.call(lab.rng)
    textual = form in lab.wire.traits.text_arguments
    return Call(call.id, call.name, {}, text if textual else None)


async def _chat_with_tools(
    lab: Lab, answer: Answer, form: Literal["whole", "stream"]
) -> ChatResponse:
    if form == "stream":
        return (await stream_fragments(lab, answer))[1]
    lab.service.reply_next(answer)
    return await lab.chat(lab.provider(), tools=tools_for(answer.calls))


def _answer_forms(lab: Lab) -> Sequence[Literal["whole", "stream"]]:
    return ("whole", "stream") if "streaming" in lab.capabilities else ("whole",)


@check("PC-TOOLS-008", needs=["tools"])
async def no_arguments_are_an_empty_object(lab: Lab) -> None:
    """A call without arguments has {}.

    Rule: arguments is {} if the service sent an empty text, an empty object, or none.
    Why: `tool(**call.arguments)` must work for a tool that takes nothing.
    How: Makes an exchange, then has the service call a tool with empty arguments.
    Fix: Read empty text as {}.
    """
    await lab.must_succeed(lab.provider())
    for form in _answer_forms(lab):
        for call in (await _call_with_arguments_text(lab, "", form), payload.call(lab.rng)):
            answer = answer_with_calls(lab, Call(call.id, call.name, {}, call.written))
            response = await _chat_with_tools(lab, answer, form)
            lab.same_tool_calls(f"tool_calls ({form})", answer, response)


_NO_ARGUMENTS = ('{"city": "Par', "[1, 2]", "7", "null", '{"n": NaN}', '{"n": -Infinity}')


@check("PC-TOOLS-009", needs=["tools"])
async def cut_arguments_are_none(lab: Lab) -> None:
    """Arguments that were cut are None, and their text is kept.

    Rule: arguments is None if the text is not a JSON object, and arguments_text is that text.
    Why: A limit cuts calls in the middle; {} or repaired arguments run a tool as nobody meant.
    How: Has the service call with a text that was cut, a list, a number, and what only looks
    like JSON, in the forms in which the protocol carries text.
    Fix: Catch the parser's error, check for an object, and keep the text.
    """
    await lab.must_succeed(lab.provider())
    for form in _answer_forms(lab):
        for text in _NO_ARGUMENTS:
            call = await _call_with_arguments_text(lab, text, form)
            response = await _chat_with_tools(
                lab, answer_with_calls(lab, call, finish="length"), form
            )
            arguments: dict[str, Any] | None = None if call.written else {}
            expected = [(call.id, call.name, arguments)]
            found = [(read.id, read.name, read.arguments) for read in response.tool_calls]
            lab.equal(f"tool_calls with the arguments {text!r} ({form})", expected, found)
            if call.written:
                read = response.tool_calls[0]
                lab.equal(f"arguments_text ({form})", text, read.arguments_text)


@check("PC-TOOLS-010", needs=["tools"])
async def nested_arguments_are_exact(lab: Lab) -> None:
    """Nested arguments of every JSON type arrive as they are.

    Rule: arguments is the object that the model wrote: types, depth, order of lists, characters.
    Why: Numbers that become text and escaped characters break tools far away.
    How: Has the service call with nested objects and lists, numbers beyond 2**53, 1.0, null, empty
    keys and texts, and text in every form; then with nothing.
    Fix: Parse the arguments as JSON, once.
    """
    for call in difficult_calls(lab.rng):
        answer = answer_with_calls(lab, call)
        for form, response in (await with_tools_in_each_form(lab, answer)).items():
            lab.same_tool_calls(f"tool_calls of the {form} answer", answer, response)
            _require_arguments_text(lab, answer, response, f"the {form} answer")


@check("PC-TOOLS-011", needs=["tools"])
async def text_and_calls_both_arrive(lab: Lab) -> None:
    """Text beside a call is kept, and so is the call.

    Rule: An answer may hold text and calls; both are in the response.
    Why: The text is what the user reads while the tool runs.
    How: Has the service write text and call a tool in one answer.
    Fix: Read both, whatever the finish reason says.
    """
    answer = answer_with_calls(lab, payload.call(lab.rng), pieces=payload.pieces(lab.rng))
    for form, response in (await with_tools_in_each_form(lab, answer)).items():
        lab.equal(f"text of the {form} answer", answer.text, response.text)
        lab.same_tool_calls(f"tool_calls of the {form} answer", answer, response)


@check("PC-TOOLS-012", needs=["tools"])
async def offer_is_no_call(lab: Lab) -> None:
    """An answer that calls none of the tools that were offered is plain text.

    Rule: tool_calls is empty and the finish reason the service's if no tool was called.
    Why: An agent that sees "tool_calls" without a call waits for ever.
    How: Offers a tool, and has the service answer text.
    Fix: Read calls from the answer, not from the request.
    """
    answer = lab.answer()
    tools = [payload.tool(payload.mixed_case(lab.rng))]
    for form, response in (await in_each_form(lab, answer, tools=tools)).items():
        lab.equal(f"text of the {form} answer", answer.text, response.text)
        lab.equal(f"tool_calls of the {form} answer", [], list(response.tool_calls))
        lab.equal(f"finish_reason of the {form} answer", "stop", response.finish_reason)
