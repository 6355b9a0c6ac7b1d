"""TOOLS, on the way out: definitions, choices, and the results of calls."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk import ChatResponse, Message, Messages, UnsupportedCapabilityError

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.wires import Choice
from provider_conformance.wires._answer import Call

_ReceivedTurn = tuple[str, str, list[tuple[str, str, Any]], str | None]


def _received_turns(lab: Lab) -> list[_ReceivedTurn]:
    """Return role, text, calls and answered call of each message that the service received."""
    seen = lab.last_chat().messages
    return [(turn.role, turn.text, list(turn.calls), turn.answers) for turn in seen]


def _text_of_turn(turn: _ReceivedTurn) -> str:
    return turn[1]


def _as_seen_call(call: Call) -> tuple[str, str, Any]:
    return call.id, call.name, dict(call.arguments)


def _assistant_turn(calls: Sequence[Call], text: str = "") -> dict[str, Any]:
    """Return an assistant's message that makes these calls."""
    made = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments_text},
        }
        for call in calls
    ]
    return {"role": "assistant", "content": text, "tool_calls": made}


def _tool_result(call: Call, text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call.id, "content": text}


def _definition_facts(tool: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    function = tool.get("function") or {}
    return function.get("name"), function.get("description"), function.get("parameters")


@check("PC-TOOLS-020", needs=["tools"])
async def definitions_are_sent_exactly(lab: Lab) -> None:
    """Tool definitions reach the service whole and in order.

    Rule: Each tool is sent with its name, description and parameters, nested schemas included.
    Why: The model knows of a tool only what is in its definition.
    How: Offers three tools with random names and nested parameters, streaming too where the
    provider streams, and reads them from the requests.
    Fix: Translate every field; do not rewrite the schema.
    """
    tools: list[dict[str, Any]] = [payload.tool(payload.mixed_case(lab.rng), "a") for _ in range(3)]
    for tool in tools:
        tool["function"]["description"] = f"{lab.text()}\n{lab.text()}"
    deep = {"type": "array", "items": {"type": "object", "properties": {"n": {"enum": [1, 2]}}}}
    tools[1]["function"]["parameters"]["properties"][payload.word(lab.rng)] = deep
    provider = lab.provider()
    await lab.chat(provider, tools=copy.deepcopy(tools))
    _require_same_definitions(lab, "tools in the request", tools)
    if "streaming" in lab.capabilities:
        await lab.stream(provider, tools=copy.deepcopy(tools))
        _require_same_definitions(lab, "tools in the request for a stream", tools)


def _require_same_definitions(lab: Lab, what: str, tools: Sequence[Mapping[str, Any]]) -> None:
    sent = lab.last_chat().options.get("tools") or ()
    lab.equal(
        what,
        [_definition_facts(tool) for tool in tools],
        [_definition_facts(tool) for tool in sent],
    )


async def _require_tool_choice(lab: Lab, choice: str | dict[str, Any], form: Choice) -> None:
    """Fail unless a ``tool_choice`` is sent, or refused if the protocol does not have it."""
    provider = lab.provider()
    await lab.must_succeed(provider)
    before = lab.request_count()
    tools = [payload.tool(name) for name in ("look", "find")]
    outcome = await lab.outcome(lab.chat(provider, tools=tools, tool_choice=copy.copy(choice)))
    what = f"a call with tool_choice {form}"
    if form not in lab.wire.traits.tool_choices:
        lab.instance(what, UnsupportedCapabilityError, outcome)
        lab.equal(f"requests of {what}", 0, lab.request_count() - before)
    else:
        lab.instance(what, ChatResponse, outcome)
        sent = lab.last_chat().options.get("tool_choice")
        lab.equal(f"tool_choice {form} in the request", choice, sent)


@check("PC-TOOLS-021", needs=["tools"])
async def choice_of_none_or_any_is_sent(lab: Lab) -> None:
    """tool_choice "none" and "required" reach the service.

    Rule: tool_choice is sent in the protocol's form; one that the protocol lacks is refused with
    UnsupportedCapabilityError before any request.
    Why: Otherwise the model calls a tool when it must not, or talks when it must call one.
    How: Makes an exchange, calls with each, and reads the request.
    Fix: Translate each word; raise UnsupportedCapabilityError for what cannot be said.
    """
    await _require_tool_choice(lab, "none", "none")
    await _require_tool_choice(lab, "required", "required")


@check("PC-TOOLS-022", needs=["tools"])
async def choice_of_one_tool_is_sent(lab: Lab) -> None:
    """tool_choice of one tool by name reaches the service.

    Rule: {"type": "function", "function": {"name": …}} is sent in the protocol's form, or refused
    with UnsupportedCapabilityError before any request.
    Why: Structured extraction depends on the one tool being called.
    How: Makes an exchange, calls with the second of two tools, and reads the request.
    Fix: Translate the name; raise UnsupportedCapabilityError for what cannot be said.
    """
    await _require_tool_choice(lab, {"type": "function", "function": {"name": "find"}}, "function")


@check("PC-TOOLS-023", needs=["tools"])
async def automatic_choice_is_harmless(lab: Lab) -> None:
    """tool_choice "auto" leaves the choice to the model.

    Rule: "auto" is sent, or left out where the protocol has no word for it: it is what happens
    without tool_choice.
    Why: Callers pass it always; a provider that refuses or strengthens it breaks them.
    How: Calls with "auto" and reads the request.
    Fix: Send the protocol's word for it, or nothing.
    """
    tools = [payload.tool("look")]
    await lab.chat(lab.provider(), tools=tools, tool_choice="auto")
    options = lab.last_chat().options
    lab.equal("tool_choice in the request", "auto", options.get("tool_choice", "auto"))
    _require_same_definitions(lab, "tools in the request", tools)


@check("PC-TOOLS-024", needs=["tools"])
async def result_goes_back_under_its_call(lab: Lab) -> None:
    """A call and its result go back to the service, tied by the id.

    Rule: An assistant's tool_calls and the tool message that answers them are sent in the
    protocol's form: id, name, arguments, result.
    Why: Services reject a result without its call, and a model misreads one under another id.
    How: Sends a conversation with text, a call, its result and a further question, as dicts and as
    Message objects, and reads the turns.
    Fix: Translate tool_calls and role tool; keep ids and parsed arguments as they are.
    """
    call, said, result = payload.call(lab.rng), lab.text(), f"{lab.text()}\n{{}}"
    first, last = lab.user_message(), lab.user_message()
    dicts = [*first, _assistant_turn([call], said), _tool_result(call, result), *last]
    expected: list[_ReceivedTurn] = [
        ("user", first[0]["content"], [], None),
        ("assistant", said, [_as_seen_call(call)], None),
        ("tool", result, [], call.id),
        ("user", last[0]["content"], [], None),
    ]
    provider, tools = lab.provider(), [payload.tool(call.name)]
    conversations: dict[str, Messages] = {
        "dicts": dicts,
        "objects": [Message.from_dict(turn) for turn in dicts],
    }
    for kind, messages in conversations.items():
        await lab.chat(provider, messages, tools=tools)
        lab.equal(f"turns sent from {kind}", expected, _received_turns(lab))


@check("PC-TOOLS-025", needs=["tools", "parallel_tools"])
async def results_go_back_each_under_its_call(lab: Lab) -> None:
    """Several results go back each under its own call.

    Rule: The results of parallel calls are sent all, with the ids that they answer; the ids make
    their order free.
    Why: With the ids swapped, the model takes one city's weather for the other's.
    How: Sends two calls of one tool and their results, in the other order, and reads the turns.
    Fix: Tie results by tool_call_id, never by position.
    """
    one, two = payload.call(lab.rng), payload.call(lab.rng)
    calls = [one, Call(two.id, one.name, two.arguments)]
    results = [lab.text(), lab.text()]
    answered = [_tool_result(calls[1], results[1]), _tool_result(calls[0], results[0])]
    messages = [*lab.user_message(), _assistant_turn(calls), *answered]
    await lab.chat(lab.provider(), messages, tools=[payload.tool(one.name)])
    call_turn = ("assistant", "", [_as_seen_call(call) for call in calls], None)
    result_turns: list[_ReceivedTurn] = [
        ("tool", result, [], call.id) for call, result in zip(calls, results, strict=True)
    ]
    expected = [call_turn, *sorted(result_turns, key=_text_of_turn)]
    received = _received_turns(lab)[1:]
    by_text = [*received[:1], *sorted(received[1:], key=_text_of_turn)]
    lab.equal("turns after the question, the results sorted by text", expected, by_text)


@check("PC-TOOLS-026", needs=["tools"])
async def calling_answer_can_be_appended(lab: Lab) -> None:
    """The message of an answer that calls a tool can be appended and answered.

    Rule: ChatResponse.message holds the calls of the answer with their ids; with the result after
    it, it is the next call's history.
    Why: This is the loop of every agent.
    How: Appends the message of an answer that called a tool, streamed too where the provider
    streams, and a result, calls again and reads the turns.
    Fix: Put tool_calls into the message, unchanged.
    """
    answer = lab.answer(finish="tool_calls", calls=[payload.call(lab.rng)])
    provider, messages = lab.provider(), lab.user_message()
    tools = [payload.tool(answer.calls[0].name)]
    lab.service.reply_next(answer)
    whole = await lab.chat(provider, messages, tools=tools)
    responses = {"whole": whole}
    if "streaming" in lab.capabilities:
        lab.service.reply_next(answer)
        responses["streamed"] = (await lab.stream(provider, messages, tools=tools))[1]
    call, result = answer.calls[0], lab.text()
    expected: list[_ReceivedTurn] = [
        ("assistant", answer.text, [_as_seen_call(call)], None),
        ("tool", result, [], call.id),
    ]
    for form, response in responses.items():
        history: Messages = [*messages, response.message, _tool_result(call, result)]
        await lab.chat(provider, history, tools=tools)
        lab.equal(
            f"turns after the question, after the {form} answer",
            expected,
            _received_turns(lab)[1:],
        )
