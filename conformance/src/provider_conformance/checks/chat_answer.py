"""CHAT, what an answer carries: all of it at once, its state, and what complete() returns of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk import BaseProvider, ChatResponse, Message

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calling import tools_for, with_tools_in_each_form
from provider_conformance.lab.expected import require_answer
from provider_conformance.lab.forms import in_each_form
from provider_conformance.lab.payload.answers import (
    answer_texts,
    opaque_state,
    rich_answer,
    thoughts,
)
from provider_conformance.lab.payload.texts import difficult_text
from provider_conformance.wires._answer import Answer

_Turn = Message | Mapping[str, Any]


@check("PC-CHAT-060")
async def everything_at_once_arrives(lab: Lab) -> None:
    """An answer with everything at once arrives with everything.

    Rule: Every field of an answer is in the response, whatever else the answer holds: text,
    reasoning, calls, finish reason, model, usage, request id and back end. Beside a refusal text is
    "". What the protocol cannot say is not made up.
    Why: Readers that decide what an answer is, text or calls or thoughts, lose the rest.
    How: Has the service give answers with all that protocol and capabilities allow, whole and
    streamed: with calls, with none, cut off at the limit, and with a refusal.
    Fix: Read each field by itself, whatever the others hold.
    """
    provider, traits = lab.provider(), lab.wire.traits
    plain: dict[str, Any] = {"calls": (), "finish": "stop", "state": None}
    variants: list[dict[str, Any]] = [{}, plain, {**plain, "finish": "length"}]
    if traits.refusals:
        refusal = {"refusal": difficult_text(lab.rng)}
        alone = {**plain, **refusal, "pieces": (), "reasoning": ()}
        variants += [alone] if traits.lone_refusals else [refusal, {**plain, **refusal}]
    for fields in variants:
        answer = rich_answer(lab.rng, traits, lab.capabilities, **fields)
        for form, response in (await with_tools_in_each_form(lab, answer, provider)).items():
            require_answer(lab, form, answer, response)


@check("PC-CHAT-061")
async def state_is_carried(lab: Lab) -> None:
    """What the service needs back with a turn goes back with it, unchanged, and nowhere else.

    Rule: response.message.provider_data carries the opaque state of an answer; appended, also by
    way of JSON, the message brings it back to the letter. Another provider's state is not sent.
    Why: Models refuse the turn after a tool call, or answer it worse, without their signatures.
    How: Has the service give answers with random state, with text and with calls, whole and
    streamed; appends the message and reads what the next call sends; then appends it as another
    provider's. If the protocol has no state, none may come back.
    Fix: Keep what the protocol calls a signature, encrypted or opaque in provider_data under the
    provider's name, and send it back with the turn.
    """
    provider = lab.provider()
    for answer in _stateful_answers(lab):
        tools = tools_for(answer.calls)
        for form, response in (await with_tools_in_each_form(lab, answer, provider)).items():
            require_answer(lab, form, answer, response)
            stored = json.loads(json.dumps(response.message.to_dict()))
            for way, turn in (("a message", response.message), ("a dict", stored)):
                found = await _state_after(lab, provider, turn, tools)
                what = f"the state that comes back with the {form} answer as {way}"
                lab.equal(what, answer.state, found)
            found = await _state_after(lab, provider, _as_of_another(lab, stored), tools)
            lab.equal(f"the state sent of another provider's {form} answer", None, found)


def _stateful_answers(lab: Lab) -> Sequence[Answer]:
    traits = lab.wire.traits
    state = {"state": opaque_state(lab.rng) if traits.state else None}
    plain: dict[str, Any] = {"calls": (), "finish": "stop", **state}
    answers = [rich_answer(lab.rng, traits, lab.capabilities, **plain)]
    answers.append(rich_answer(lab.rng, traits, lab.capabilities, reasoning=(), **plain))
    if "tools" in lab.capabilities:
        answers.append(rich_answer(lab.rng, traits, lab.capabilities, **state))
    return answers


async def _state_after(lab: Lab, provider: BaseProvider, turn: _Turn, tools: Any) -> Any:
    """Return the state of a turn that the service receives with the next call."""
    made = turn.tool_calls if isinstance(turn, Message) else turn.get("tool_calls", ())
    ids = [call["id"] if isinstance(call, Mapping) else call.id for call in made]
    results = [{"role": "tool", "tool_call_id": id, "content": lab.text()} for id in ids]
    messages: Any = [*lab.user_message(), turn, *results, *lab.user_message()]
    await lab.chat(provider, messages, tools=tools)
    seen = [m for m in lab.last_chat().messages if m.role == "assistant"]
    lab.equal("turns of the assistant that were sent", 1, len(seen))
    return seen[0].state


def _as_of_another(lab: Lab, turn: Mapping[str, Any]) -> dict[str, Any]:
    data = turn.get("provider_data") or {}
    return {**turn, "provider_data": {payload.word(lab.rng): state for state in data.values()}}


@check("PC-CHAT-062", needs=["streaming"])
async def open_streams_keep_their_names(lab: Lab) -> None:
    """Streams that are open at once each have their own calls, model, request id and usage.

    Rule: Every fact of a stream's response comes from its own exchange.
    Why: An id that is kept on the provider names another user's exchange to the support.
    How: Opens two streams with different answers on one provider, makes a whole call, reads the
    streams in turns, and compares every field.
    Fix: Keep everything of a call in its stream, nothing on the provider.
    """
    provider = lab.provider()
    answers = [rich_answer(lab.rng, lab.wire.traits, lab.capabilities) for _ in range(3)]
    tools = tools_for([call for answer in answers for call in answer.calls])
    lab.service.reply_next(*answers)
    async with (
        await lab.open_stream(provider, tools=tools) as first,
        await lab.open_stream(provider, tools=tools) as second,
    ):
        whole = await lab.chat(provider, tools=tools)
        streams = [first, second]
        while streams:
            streams = [stream for stream in streams if await anext(stream, None) is not None]
    for answer, response in zip(answers, (first.response, second.response), strict=False):
        require_answer(lab, "streamed", answer, response)
    require_answer(lab, "whole", answers[-1], whole)


@check("PC-CHAT-063")
async def complete_returns_the_text_only(lab: Lab) -> None:
    """complete() returns the text to the letter, and nothing else of the answer.

    Rule: complete() returns the text of the answer: no reasoning, no tags of it, nothing stripped.
    Why: Scripts write what it returns into files.
    How: Has the service answer text in difficult forms, beside reasoning if the protocol has
    it, in its own field and between <think> tags if models write them.
    Fix: Return response.text.
    """
    provider, traits = lab.provider(), lab.wire.traits
    reasoning = {"reasoning": thoughts(lab.rng)} if traits.returns_reasoning else {}
    texts = answer_texts(lab.rng)
    answers = {text: lab.answer(pieces=(text,), **reasoning) for text in texts}
    if traits.inline_thinking:
        after = lab.text()
        answers[after] = lab.answer(pieces=(f"<think>{lab.text()}</think>{after}",))
    for expected, answer in answers.items():
        lab.service.reply_next(answer)
        found = await provider.complete(lab.text(), lab.harness.model)
        lab.equal("the text of complete()", expected, found)


@check("PC-CHAT-064")
async def thinking_in_every_form_is_reasoning(lab: Lab) -> None:
    """Thinking that a model writes into its text is reasoning in every form.

    Rule: Inline <think> text belongs to reasoning: also if the tags come one character at a
    time, if they hold nothing, if the limit cuts it off, and beside a call. What a closing
    tag means that nothing opened does not depend on whether the answer is streamed.
    Why: Open models write all of these, and some of them only when an answer is long.
    How: Has the service write them, whole and streamed; white space next to the tags is free. A
    protocol whose models write no tags answers the same without.
    Fix: Split the text at the tags, with one splitter for the whole stream.
    """
    provider, thought, text = lab.provider(), lab.text(), lab.text()
    for fields, expected in _thinking_forms(lab, thought, text):
        answer = lab.answer(**fields)
        for form, response in (await with_tools_in_each_form(lab, answer, provider)).items():
            found = _thinking_of(response)
            lab.equal(f"reasoning and text of the {form} answer", expected, found)
            lab.same_tool_calls(f"tool_calls of the {form} answer", answer, response)
    await _require_same_thinking(lab, provider, thought, text)


async def _require_same_thinking(lab: Lab, provider: BaseProvider, before: str, text: str) -> None:
    """Fail unless a tag that nothing opened is understood, or left alone, whole and streamed."""
    answer = lab.answer(pieces=(before[:3], before[3:], "</think>", text))
    found = await in_each_form(lab, answer, provider=provider)
    whole, *streamed = map(_thinking_of, found.values())
    what, allowed = "a closing tag that nothing opened", ((before, text), ("", answer.text))
    lab.true(f"reasoning and text with {what}", whole in allowed, f"one of {allowed}", whole)
    for other in streamed:
        lab.equal(f"reasoning and text with {what}, streamed", whole, other)


def _thinking_of(response: ChatResponse) -> tuple[str, str]:
    return (response.reasoning or "").strip(), response.text.strip()


def _thinking_forms(
    lab: Lab, thought: str, text: str
) -> list[tuple[dict[str, Any], tuple[str, str]]]:
    """Return fields of answers, each with the reasoning and the text that must come of it."""
    if not lab.wire.traits.inline_thinking:
        return [({"pieces": tuple(text)}, ("", text))]
    tagged = f"<think>{thought}</think>{text}"
    forms: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"pieces": tuple(tagged)}, (thought, text)),
        ({"pieces": (f"\n<think>\n{thought}\n</think>\n\n{text}",)}, (thought, text)),
        ({"pieces": ("<think>\n\n", f"</think>\n\n{text}")}, ("", text)),
        ({"pieces": ("<think>", thought), "finish": "length"}, (thought, "")),
    ]
    if "tools" in lab.capabilities:
        call = {"calls": [payload.call(lab.rng)], "finish": "tool_calls"}
        forms.append(({"pieces": tuple(tagged), **call}, (thought, text)))
        forms.append(({"pieces": (f"<think>{thought}</think>",), **call}, (thought, "")))
    return forms
