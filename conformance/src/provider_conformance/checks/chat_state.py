"""CHAT, call by call: nothing of one is in another."""

from __future__ import annotations

import asyncio
from typing import Any

from provider_sdk import BaseProvider, ChatResponse

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.expected import expected_model
from provider_conformance.lab.forms import in_each_form, reply_by_question
from provider_conformance.lab.waiting import running_in_background
from provider_conformance.wires._answer import Answer, Finish
from provider_conformance.wires._script import Reply

_Facts = tuple[object, ...]


@check("PC-CHAT-014")
async def calls_do_not_remember(lab: Lab) -> None:
    """A call sends its own messages and nothing of earlier calls.

    Rule: A provider keeps no conversation: what is sent are the messages of the call.
    Why: Two conversations over one provider would see each other's words.
    How: Asks three unrelated questions on one provider and reads each request.
    Fix: Keep messages in local variables, never on the provider.
    """
    provider = lab.provider()
    for turn in ("first", "second", "third"):
        messages = lab.user_message()
        await lab.chat(provider, messages)
        seen = [(message.role, message.text) for message in lab.last_chat().messages]
        lab.equal(f"messages of the {turn} call", [("user", messages[0]["content"])], seen)


@check("PC-CHAT-031")
async def concurrent_calls_do_not_mix(lab: Lab) -> None:
    """Concurrent calls on one provider each get their own answer.

    Rule: A provider may be called concurrently; calls share no state.
    Why: Every server does so. An answer given to another user is the worst leak there is.
    How: Asks four questions at once, streamed too if the provider streams, the first answered
    last, and compares texts, models, usage, calls and ends.
    Fix: Keep everything of a call in local variables, never on the provider.
    """
    questions = [lab.text() for _ in range(4)]
    answers = {question: _distinct_answer(lab, n) for n, question in enumerate(questions)}
    lab.service.reply_always(reply_by_question(lab, answers, slow=questions[0]), "chat")
    provider = lab.provider()
    asked = [[{"role": "user", "content": question}] for question in questions]
    tools = [payload.tool(payload.mixed_case(lab.rng))] if "tools" in lab.capabilities else None
    calls = (lab.chat(provider, messages, tools=tools) for messages in asked)
    responses = await asyncio.gather(*calls)
    told = [_facts_of_answer(lab, answer) for answer in answers.values()]
    lab.equal("answers in the order of the calls", told, [_facts_of_response(r) for r in responses])
    if "streaming" in lab.capabilities:
        streams = (lab.stream(provider, messages, tools=tools) for messages in asked)
        heard = [_facts_of_response(response) for _, response in await asyncio.gather(*streams)]
        if "usage_in_stream" not in lab.capabilities:
            told, heard = _without_usage(told), _without_usage(heard)
        lab.equal("streamed answers in the order of the calls", told, heard)


def _distinct_answer(lab: Lab, number: int) -> Answer:
    """Return an answer that differs from its neighbours in every fact."""
    finish: Finish = "length" if number % 2 else "stop"
    if "tools" in lab.capabilities and number > 1:
        return lab.answer(model=payload.word(lab.rng), calls=[payload.call(lab.rng)])
    return lab.answer(model=payload.word(lab.rng), finish=finish)


def _facts_of_answer(lab: Lab, answer: Answer) -> _Facts:
    usage, calls = answer.usage, [call.id for call in answer.calls]
    finish = "tool_calls" if calls else answer.finish
    model = expected_model(lab, answer, lab.harness.model)
    return answer.text, model, calls, finish, usage and usage.prompt


def _facts_of_response(response: ChatResponse) -> _Facts:
    usage, calls = response.usage, [call.id for call in response.tool_calls]
    prompt = usage and usage.prompt_tokens
    return response.text, response.model, calls, response.finish_reason, prompt


def _without_usage(facts: list[_Facts]) -> list[_Facts]:
    return [fact[:-1] for fact in facts]


@check("PC-CHAT-034")
async def answers_do_not_remember(lab: Lab) -> None:
    """An answer holds nothing of the one before.

    Rule: Every field of a response comes from its own exchange.
    Why: What works once and fails the second time passes every demonstration.
    How: On one provider, has the service give an answer with all that the capabilities allow, whole
    and streamed, then a plain one, and looks for traces of the first in the second.
    Fix: Build each response from its own answer; keep nothing on the provider.
    """
    provider = lab.provider()
    rich: dict[str, Any] = {"model": payload.word(lab.rng), "finish": "length"}
    if lab.wire.traits.returns_reasoning:
        rich["reasoning"] = [lab.text()]
    if "tools" in lab.capabilities:
        rich["calls"] = [payload.call(lab.rng)]
    tools = [payload.tool(call.name) for call in rich.get("calls", ())] or None
    first = lab.answer(**rich)
    for form, response in (await in_each_form(lab, first, provider=provider, tools=tools)).items():
        lab.equal(f"text of the first {form} answer", first.text, response.text)
    plain = lab.answer()
    for form, response in (await in_each_form(lab, plain, provider=provider)).items():
        lab.equal(f"text of the next {form} answer", plain.text, response.text)
        lab.equal(f"reasoning of the next {form} answer", None, response.reasoning)
        lab.equal(f"tool_calls of the next {form} answer", [], list(response.tool_calls))
        lab.equal(f"finish_reason of the next {form} answer", "stop", response.finish_reason)
        lab.equal(f"model of the next {form} answer", lab.last_chat().model, response.model)


@check("PC-CHAT-035")
async def same_question_is_asked_again(lab: Lab) -> None:
    """A question that was answered before is asked again.

    Rule: Every call asks the service; a provider keeps no answers.
    Why: Models answer differently each time, and whoever asks again wants that. A cache belongs
    above the provider, where somebody decided to have one.
    How: Asks the same question twice, which the service answers differently.
    Fix: Send a request for each call.
    """
    provider, messages = lab.provider(), lab.user_message()
    for turn in ("first", "second"):
        answer = lab.answer()
        lab.service.reply_next(answer)
        response = await lab.chat(provider, messages)
        lab.equal(f"text of the {turn} answer to one question", answer.text, response.text)


@check("PC-CHAT-036")
async def calls_do_not_wait_for_each_other(lab: Lab) -> None:
    """Calls that are made at once are under way at once.

    Rule: A call waits for the service, not for another call of its provider.
    Why: Everybody waits for one slow answer, and a server answers one user at a time.
    How: Makes twelve calls at once while the service keeps silent, and counts their requests.
    Fix: Hold no lock while a call is under way.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    before = lab.request_count()
    lab.service.reply_always(Reply(head="hang"), "chat")
    async with running_in_background(_chat_concurrently(lab, provider)):
        await lab.wait_until(lambda: lab.request_count() - before == 12)
        lab.equal("requests of twelve calls at once", 12, lab.request_count() - before)


async def _chat_concurrently(lab: Lab, provider: BaseProvider) -> None:
    await asyncio.gather(*(lab.chat(provider) for _ in range(12)))
