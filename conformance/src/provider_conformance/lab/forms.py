"""Calls in every form that a provider has: whole and streamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from provider_sdk import BaseProvider, ChatResponse, Messages

from provider_conformance._service import Scripted
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.wires._answer import Answer
from provider_conformance.wires._script import Reply, SeenRequest


async def in_each_form(
    lab: Lab,
    answer: Answer,
    messages: Messages | None = None,
    provider: BaseProvider | None = None,
    **options: Any,
) -> dict[str, ChatResponse]:
    """Return the response to a call and, if the provider can stream, to a stream, by form."""
    provider = provider or lab.provider()
    lab.service.reply_next(answer)
    found = {"whole": await lab.chat(provider, messages, **options)}
    if "streaming" in lab.capabilities:
        lab.service.reply_next(answer)
        _, found["streamed"] = await lab.stream(provider, messages, **options)
    return found


def reply_by_question(lab: Lab, answers: Mapping[str, Answer], slow: str | None = None) -> Scripted:
    """Return a reply that answers each question with its own answer; ``slow`` is answered late.

    A question is the last message of a conversation.
    """

    def reply(request: SeenRequest) -> Reply:
        messages = lab.wire.read_chat(request).messages
        question = messages[-1].text if messages else ""
        answer = answers.get(question) or lab.answer()
        return replace(lab.service.reply_for(answer, request), delay=0.1 if question == slow else 0)

    return reply


def unknown_fields(lab: Lab) -> dict[str, Any]:
    """Return fields with random names, which no protocol knows."""
    return {f"x_{payload.word(lab.rng)}": value for value in (None, 7, {"a": [lab.text()]})}


async def provoke_warnings(lab: Lab, provider: BaseProvider) -> None:
    """Have answers arrive of which a provider may warn: in each, something is odd or dropped."""
    # A protocol without tools has no word for this end, so its wire cannot write it.
    odd = lab.answer(
        finish="tool_calls" if "tool_calls" in lab.wire.traits.finish_words else "stop"
    )
    options: dict[str, Any] = dict.fromkeys(lab.wire.traits.forbidden, 0.5)
    lab.service.reply_next(odd)
    await lab.outcome(lab.chat(provider, **options))
    if "streaming" in lab.capabilities:
        lab.service.reply_next(odd, lab.wire.whole(lab.answer()))
        await lab.outcome(lab.stream(provider, **options))
        await lab.outcome(lab.stream(provider))
