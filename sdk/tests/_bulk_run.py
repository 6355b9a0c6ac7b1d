"""Providers, journals and inputs for tests of bulk runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from provider_sdk import BaseProvider, ChatResponse, Usage
from provider_sdk.bulk.inputs import Form
from provider_sdk.bulk.job import Job
from provider_sdk.bulk.limits import Outcome
from provider_sdk.bulk.rows import Result, Row


def row(index: int = 0, **changes: Any) -> Row:
    """A row that asks something."""
    given: dict[str, Any] = {
        "index": index,
        "id": f"id-{index}",
        "messages": [{"role": "user", "content": f"question {index}"}],
        "hash": "00",
    }
    return Row(**{**given, **changes})


def job(**changes: Any) -> Job:
    """A run of which only what a test changes matters."""
    given: dict[str, Any] = {
        "directory": Path("nowhere"),
        "input": Path("nowhere"),
        "form": Form(),
        "shards": (),
        "make_provider": Scripted,
    }
    return Job(**{**given, **changes})


def write_input(path: Path, prompts: Iterable[str]) -> Path:
    """Write an input with a row for each prompt."""
    path.write_text("".join(json.dumps({"prompt": prompt}) + "\n" for prompt in prompts))
    return path


def answer(text: str = "yes") -> ChatResponse:
    """An answer that says what it used."""
    return ChatResponse(text=text, model="m-1", usage=Usage(10, 5), served_by="back")


class Scripted(BaseProvider):
    """Answers with the next of its replies, and with the last again and again.

    A reply is an answer, an error, or a function that is awaited with the prompt.
    """

    name = "scripted"
    credential = "none"
    default_model = "m"
    timeout = 120.0

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies) or [answer()]
        self.calls: list[tuple[str, str | None, dict[str, Any]]] = []
        self.closed = 0

    async def chat(self, messages, model=None, stream=False, **options):
        prompt = messages[-1]["content"]
        self.calls.append((prompt, model, options))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, BaseException):
            raise reply
        return await reply(prompt) if callable(reply) else reply

    async def complete(self, prompt, model=None, **options):
        raise NotImplementedError

    async def health_check(self):
        raise NotImplementedError

    async def list_models(self):
        raise NotImplementedError

    async def aclose(self):
        self.closed += 1


class Notes:
    """A journal that remembers what it was told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.results: list[Result] = []

    async def intend(self, row: int, attempt: int) -> None:
        self.told.append(("intend", row, attempt))

    async def note(self, row: int, attempt: int, outcome: str) -> None:
        self.told.append(("note", row, attempt, outcome))

    async def record(self, result: Result) -> None:
        self.told.append(("record", result.index, result.state))
        self.results.append(result)


class FakePermit:
    """A permit that knows what became of it."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.outcome: Outcome | None = None

    def release(self, outcome: Outcome) -> None:
        self.outcome = outcome


class Turns:
    """Lets every row be sent at once, after ``delays`` if there are any."""

    def __init__(self, *delays: float) -> None:
        self.delays = list(delays)
        self.permits: list[FakePermit] = []
        self.pauses: list[float] = []

    async def acquire(self, tokens: int) -> Any:
        if self.delays:
            await asyncio.sleep(self.delays.pop(0))
        permit = FakePermit(tokens)
        self.permits.append(permit)
        return permit

    def release(self, permit: Any, outcome: Outcome) -> None:
        permit.release(outcome)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(seconds)
