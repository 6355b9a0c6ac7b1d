"""Asks the questions, many at once, and notes what comes back of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from provider_sdk import ChatResponse, ChatStream, ProviderError

from .facts import Ending, Outcome
from .plan import Question

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


@dataclass(frozen=True)
class Asking:
    """How questions are asked.

    Attributes:
        router: whom to ask.
        timeout: seconds for each call, for a stream up to its first event.
        at_once: how many to ask at once.
        patience: further seconds, for reading a stream or for ending after a cancellation; longer
            than either takes.
    """

    router: Router
    timeout: float
    at_once: int
    patience: float = 20.0

    async def ask_all(
        self, questions: Iterable[Question], note: Callable[[Outcome], object]
    ) -> None:
        """Ask all questions, and note the outcomes."""
        left = iter(questions)

        async def lane() -> None:
            for question in left:
                note(await self._outcome(question))

        await asyncio.gather(*(lane() for _ in range(self.at_once)))

    async def _outcome(self, question: Question) -> Outcome:
        call = asyncio.create_task(self._asked(question))
        longest, leaves_after = self.timeout + self.patience, question.cancel_after
        await asyncio.wait({call}, timeout=longest if leaves_after is None else leaves_after)
        is_late = not call.done() and leaves_after is None
        if not call.done():
            call.cancel()
            await asyncio.wait({call}, timeout=self.patience)
        if not call.done():
            return _crashed(question, "the call goes on although it was cancelled")
        if is_late:
            return _crashed(question, f"the call did not end within {longest:g} s")
        return Outcome(question.number, "left") if call.cancelled() else call.result()

    async def _asked(self, question: Question) -> Outcome:
        options = {"tools": [_TOOL]} if question.tools else {}
        try:
            answer = await self.router.route(
                question.task,
                [{"role": "user", "content": question.text}],
                provider=question.provider,
                stream=question.stream,
                timeout=self.timeout,
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
        warnings=answer.warnings,
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
