"""Asking for answers in every form that a provider has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from provider_sdk import BaseProvider, ChatResponse, Messages

from provider_conformance._service import Scripted
from provider_conformance.lab import payload
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.wires._answer import Answer
from provider_conformance.wires._script import Reply, SeenRequest

_T = TypeVar("_T")


async def in_each_form(
    lab: Lab,
    answer: Answer,
    messages: Messages | None = None,
    provider: BaseProvider | None = None,
    **options: Any,
) -> dict[str, ChatResponse]:
    """Return the answer as it comes whole and, from a provider that streams, streamed."""
    provider = provider or lab.provider()
    lab.service.reply_next(answer)
    found = {"whole": await lab.chat(provider, messages, **options)}
    if "streaming" in lab.capabilities:
        lab.service.reply_next(answer)
        _, found["streamed"] = await lab.stream(provider, messages, **options)
    return found


def reply_by_question(lab: Lab, answers: Mapping[str, Answer], slow: str | None = None) -> Scripted:
    """Return a script that answers each conversation by its last words, one of them late."""

    def reply(request: SeenRequest) -> Reply:
        messages = lab.wire.read_chat(request).messages
        question = messages[-1].text if messages else ""
        answer = answers.get(question) or lab.answer()
        return replace(lab.service.reply_for(answer, request), delay=0.1 if question == slow else 0)

    return reply


def unknown_fields(lab: Lab) -> dict[str, Any]:
    """Return fields that no protocol has."""
    return {f"x_{payload.word(lab.rng)}": value for value in (None, 7, {"a": [lab.text()]})}


async def within(what: str, call: Awaitable[_T], seconds: float = 5.0) -> _T:
    """Return the result of a call that has no reason to wait.

    Raises:
        Failed: it does not end in time.
    """
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError:
        raise Failed(what, "to come without waiting", f"nothing after {seconds:g} s") from None
