"""What the tests of ``batch`` share: inputs, and services that answer them."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from provider_sdk import ChatResponse, ProviderQuotaError, ProviderRequestError, Usage
from provider_sdk.testing import FakeProvider


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write rows as JSON Lines, and return the path."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def questions(count: int, folder: Path, name: str = "in.jsonl") -> Path:
    """Write an input of so many questions: ``Question 0?`` with the id ``q0``, and so on."""
    rows = ({"id": f"q{number}", "prompt": f"Question {number}?"} for number in range(count))
    return write_rows(folder / name, rows)


def answers_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of an output."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class Rows(FakeProvider):
    """Answers each question with itself, and keeps what it was asked.

    Args:
        wrong: the prompts that it refuses, while they are in it.

    Attributes:
        wrong: as the argument.
        spent: the prompts for which it has no quota.
    """

    def __init__(self, wrong: Iterable[str] = (), **config: Any) -> None:
        super().__init__(**config)
        self.wrong = set(wrong)
        self.spent: set[str] = set()
        self.asked: list[str] = []
        self.options: list[Mapping[str, Any]] = []
        self.systems: list[str | None] = []

    async def answer(self, call: Any) -> ChatResponse:
        """Answer one call."""
        prompt = call.messages[-1].text
        self.asked.append(prompt)
        self.options.append(dict(call.options))
        first = call.messages[0]
        self.systems.append(first.text if first.role == "system" else None)
        if prompt in self.spent:
            raise ProviderQuotaError("the quota is used up")
        if prompt in self.wrong:
            raise ProviderRequestError("it cannot be answered", status=400, request_id="req_1")
        return ChatResponse(
            text=f"About {prompt}",
            model="fake-model",
            usage=Usage(prompt_tokens=3, completion_tokens=2, total_tokens=5),
            finish_reason="stop",
        )

    async def aclose(self) -> None:
        """Stay open: each process of a run makes its own, and this one stands for all of them."""
