"""Asks the questions, many at once, and notes what comes back of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from provider_sdk import ChatResponse, ChatStream, ProviderError

from .facts import Ending, Outcome
from .plan import Question

TIMEOUT_S = 12.0
_TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


class Router(Protocol):
    """What of a router is put to the test."""

    async def route(
        self,
        task_type: str,
        messages: Any,
        *,
        provider: str | None = None,
        model: str | None = None,
        stream: bool = False,
        **options: Any,
    ) -> ChatResponse | ChatStream:
        """Answer a conversation."""

    async def aclose(self) -> None:
        """Close all that was opened."""


async def ask_all(
    router: Router,
    questions: Iterable[Question],
    at_once: int,
    note: Callable[[Outcome], object],
) -> None:
    """Ask the questions, so many at once, and note the outcomes."""
    left = iter(questions)

    async def lane() -> None:
        for question in left:
            note(await _outcome(router, question))

    await asyncio.gather(*(lane() for _ in range(at_once)))


async def _outcome(router: Router, question: Question) -> Outcome:
    call = asyncio.create_task(_asked(router, question))
    if question.cancel_after is not None:
        await asyncio.wait({call}, timeout=question.cancel_after)
        call.cancel()
    await asyncio.wait({call})
    return Outcome(question.number, "left") if call.cancelled() else call.result()


async def _asked(router: Router, question: Question) -> Outcome:
    options = {"tools": [_TOOL]} if question.tools else {}
    try:
        answer = await router.route(
            question.task,
            [{"role": "user", "content": question.text}],
            provider=question.provider,
            stream=question.stream,
            timeout=TIMEOUT_S,
            **options,
        )
        if isinstance(answer, ChatStream):
            return await _read(answer, question)
    except ProviderError as error:
        attempts = [attempt.to_dict() for attempt in getattr(error, "attempts", ())]
        return Outcome(question.number, "failed", attempts=attempts, **_of_error(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the soak looks for
        return _crashed(question, f"{type(error).__name__}: {error}")
    return _of_answer(answer, question, "answered")


async def _read(stream: ChatStream, question: Question) -> Outcome:
    pieces: list[str] = []
    try:
        async with stream:
            async for chunk in stream:
                pieces.append(chunk.text)
                if len(pieces) - 1 == question.close_after:
                    break
    except ProviderError as error:
        return _of_answer(stream.partial, question, "interrupted", **_of_error(error))
    except asyncio.CancelledError:
        pass  # it was the soak itself that cancelled
    if not stream.is_whole:
        return _of_answer(stream.partial, question, "left")
    if "".join(pieces) != stream.response.text:
        return _crashed(question, f"read {pieces}, collected {stream.response.text!r}")
    return _of_answer(stream.response, question, "answered")


def _of_answer(answer: ChatResponse, question: Question, ending: Ending, **error: str) -> Outcome:
    if answer.route is None:
        return _crashed(question, "the answer does not say by which route it came")
    usage = answer.usage
    return Outcome(
        question.number,
        ending,
        text=answer.text,
        usage=usage and (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens),
        provider=answer.route.provider,
        attempts=[attempt.to_dict() for attempt in answer.route.attempts],
        **error,
    )


def _of_error(error: ProviderError) -> dict[str, str]:
    return {
        "error": type(error).__name__,
        "error_provider": error.provider or "",
        "message": str(error),
    }


def _crashed(question: Question, message: str) -> Outcome:
    return Outcome(question.number, "crashed", message=message)
