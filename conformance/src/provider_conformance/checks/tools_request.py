"""TOOLS, on the way out: definitions, choices, and the results of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk import ChatResponse, Message, Messages, UnsupportedCapabilityError

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.payload import tools
from provider_conformance.lab.sending import order_of_properties, sent_in_each_form
from provider_conformance.wires import Choice
from provider_conformance.wires._answer import Call, SeenChat

_MANY = 128
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


@check("PC-TOOLS-020", needs=["tools"])
async def definitions_are_sent_exactly(lab: Lab) -> None:
    """Tool definitions reach the service whole and in order.

    Rule: Each tool is sent with its name, description and parameters, nested schemas included.
    Why: The model knows of a tool only what is in its definition.
    How: Offers 128 tools: with long and without descriptions, without parameters, with nested
    schemas that hold all that JSON can, with names of 64 characters; streaming too if the
    provider streams; reads them from the requests.
    Fix: Translate every field; do not rewrite the schema.
    """
    offered = tools.tools(lab.rng)
    offered += [payload.tool(tools.name(lab.rng)) for _ in range(_MANY - len(offered))]
    sent = await sent_in_each_form(lab, tools=offered)
    for form, chat in sent.items():
        _require_same_definitions(lab, f"tools in the request, {form}", offered, chat)


@check("PC-TOOLS-035", "SHOULD", needs=["tools"])
async def parameters_keep_their_order(lab: Lab) -> None:
    """The parameters of a tool reach the service in their order.

    Rule: The properties of a schema are sent in the order in which they were given.
    Why: JSON objects have no order, but models read and write properties in the order of the
    schema: the reason before the verdict, or the other way round.
    How: Offers tools whose parameters are not in alphabetical order, at every depth, streaming too
    if the provider streams, and reads the order from the requests.
    Fix: Do not sort the keys of the request.
    """
    offered = [tool for tool in tools.tools(lab.rng) if _parameters(tool["function"])]
    for form, chat in (await sent_in_each_form(lab, tools=offered)).items():
        expected = [order_of_properties(_parameters(tool["function"])) for tool in offered]
        sent = chat.options.get("tools") or ()
        found = [order_of_properties(_parameters(tool["function"])) for tool in sent]
        lab.equal(f"parameters of the tools in the request, {form}", expected, found)


@check("PC-TOOLS-030", needs=["tools"])
async def strictness_is_sent(lab: Lab) -> None:
    """A tool's strict is sent as given, and never added.

    Rule: strict, true or false, is sent with its tool; a tool without it is sent without it, or as
    not strict if the protocol would make it strict. Protocols that do not have it get the tool
    all the same, or the call is refused.
    Why: A schema that is followed only mostly breaks the code that relies on it; and a strict one
    that nobody asked for makes optional arguments required.
    How: Makes an exchange, and offers tools that are strict, that are not, and that do not say so,
    streaming too if the provider streams.
    Fix: Send strict if the tool has it.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    offered = tools.tools(lab.rng, strict=True)
    if lab.wire.traits.strict_tools:
        sent = await sent_in_each_form(lab, provider=provider, tools=offered)
        for form, chat in sent.items():
            what = f"strict of the tools in the request, {form}"
            unsaid = lab.wire.traits.unsaid_strict
            seen = _strictness(chat.options.get("tools"), unsaid)
            lab.equal(what, _strictness(offered, unsaid), seen)
        return
    before = lab.request_count()
    outcome = await lab.outcome(lab.chat(provider, tools=offered))
    if isinstance(outcome, ChatResponse):
        _require_same_definitions(lab, "tools in the request", offered, lab.last_chat())
    else:
        lab.instance("the error about strict tools", UnsupportedCapabilityError, outcome)
        lab.equal("requests of a refused call", 0, lab.request_count() - before)


def _require_same_definitions(
    lab: Lab, what: str, offered: Sequence[Mapping[str, Any]], chat: SeenChat
) -> None:
    sent = chat.options.get("tools") or ()
    lab.equal(f"{what}, by name", [*map(_name, offered)], [*map(_name, sent)])
    for expected, actual in zip(offered, sent, strict=True):
        place = f"{what}, {_name(expected)}"
        lab.equal(f"{place}, type", "function", actual.get("type"))
        wanted, found = expected["function"], actual["function"]
        descriptions = [function.get("description") or "" for function in (wanted, found)]
        lab.equal(f"{place}, description", *descriptions)
        schemas = [_parameters(function) for function in (wanted, found)]
        lab.equal(f"{place}, parameters", *schemas)


def _name(tool: Mapping[str, Any]) -> object:
    return (tool.get("function") or {}).get("name")


def _parameters(function: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema; one without properties says the same as none."""
    schema = function.get("parameters") or {}
    return schema if schema.get("properties") else {}


def _strictness(
    offered: Sequence[Mapping[str, Any]] | None, unsaid: bool | None
) -> list[tuple[object, object]]:
    return [(_name(tool), tool["function"].get("strict", unsaid)) for tool in offered or ()]


async def _require_tool_choice(lab: Lab, choice: str | dict[str, Any], form: Choice) -> None:
    """Fail unless a ``tool_choice`` is sent, or refused if the protocol does not have it."""
    provider = lab.provider()
    await lab.must_succeed(provider)
    before = lab.request_count()
    given: dict[str, Any] = {
        "tools": [payload.tool(name) for name in ("look", "find")],
        "tool_choice": choice,
    }
    what = f"a call with tool_choice {form}"
    if form in lab.wire.traits.tool_choices:
        for how, chat in (await sent_in_each_form(lab, provider=provider, **given)).items():
            sent = chat.options.get("tool_choice")
            lab.equal(f"tool_choice {form} in the request, {how}", choice, sent)
    else:
        await lab.raises(UnsupportedCapabilityError, lab.chat(provider, **given), what)
        if "streaming" in lab.capabilities:
            stream = lab.open_stream(provider, **given)
            await lab.raises(UnsupportedCapabilityError, stream, f"{what}, streamed")
        lab.equal(f"requests of {what}", 0, lab.request_count() - before)


@check("PC-TOOLS-021", needs=["tools"])
async def choice_of_none_or_any_is_sent(lab: Lab) -> None:
    """tool_choice "none" and "required" reach the service.

    Rule: tool_choice is sent in the protocol's form; one that the protocol lacks is refused with
    UnsupportedCapabilityError before any request.
    Why: Otherwise the model calls a tool when it must not, or writes text when it must call one.
    How: Makes an exchange, calls with each, streaming too if the provider streams, and reads
    the requests.
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
    How: Makes an exchange, calls with the second of two tools, streaming too if the provider
    streams, and reads the requests.
    Fix: Translate the name; raise UnsupportedCapabilityError for what cannot be said.
    """
    await _require_tool_choice(lab, {"type": "function", "function": {"name": "find"}}, "function")


@check("PC-TOOLS-023", needs=["tools"])
async def automatic_choice_is_harmless(lab: Lab) -> None:
    """tool_choice "auto" leaves the choice to the model.

    Rule: "auto" is sent, or left out if the protocol has no word for it: it is what happens
    without tool_choice.
    Why: Callers pass it always; a provider that refuses or strengthens it breaks them.
    How: Calls with "auto", streaming too if the provider streams, and reads the requests.
    Fix: Send the protocol's word for it, or nothing.
    """
    offered = [payload.tool("look")]
    sent = await sent_in_each_form(lab, tools=offered, tool_choice="auto")
    for form, chat in sent.items():
        choice = chat.options.get("tool_choice", "auto")
        lab.equal(f"tool_choice in the request, {form}", "auto", choice)
        _require_same_definitions(lab, f"tools in the request, {form}", offered, chat)


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
    provider, offered = lab.provider(), [payload.tool(call.name)]
    conversations: dict[str, Messages] = {
        "dicts": dicts,
        "objects": [Message.from_dict(turn) for turn in dicts],
    }
    for kind, messages in conversations.items():
        await lab.chat(provider, messages, tools=offered)
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
    How: Appends the message of an answer that called a tool, streamed too if the provider
    streams, and a result, calls again and reads the turns.
    Fix: Put tool_calls into the message, unchanged.
    """
    answer = lab.answer(finish="tool_calls", calls=[payload.call(lab.rng)])
    provider, messages = lab.provider(), lab.user_message()
    offered = [payload.tool(answer.calls[0].name)]
    lab.service.reply_next(answer)
    whole = await lab.chat(provider, messages, tools=offered)
    responses = {"whole": whole}
    if "streaming" in lab.capabilities:
        lab.service.reply_next(answer)
        responses["streamed"] = (await lab.stream(provider, messages, tools=offered))[1]
    call, result = answer.calls[0], lab.text()
    expected: list[_ReceivedTurn] = [
        ("assistant", answer.text, [_as_seen_call(call)], None),
        ("tool", result, [], call.id),
    ]
    for form, response in responses.items():
        history: Messages = [*messages, response.message, _tool_result(call, result)]
        await lab.chat(provider, history, tools=offered)
        lab.equal(
            f"turns after the question, after the {form} answer",
            expected,
            _received_turns(lab)[1:],
        )
