"""For tests: a provider that answers from a script, and a count of the work that code does.

```python
from provider_sdk.testing import FakeProvider

fake = FakeProvider("Blue.", ProviderRateLimitError("slow down", retry_after=3))
assert await my_application(fake) == "The sky is blue."
assert fake.calls[0].messages[-1].text == "What colour is the sky?"
```

Whoever writes a decoder can prove with ``count_steps`` that its work grows with its input, and not
with the square of it.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from provider_sdk._base import CredentialRule
from provider_sdk._capabilities import CAPABILITIES, Capability
from provider_sdk._dialect import ChatCall, Delta, StreamEnd, StreamEvent, StreamFailure
from provider_sdk._errors import ProviderError
from provider_sdk._event_sources import ScriptedSource, events_of
from provider_sdk._messages import Message
from provider_sdk._models import ModelInfo
from provider_sdk._prepared import PreparedProvider
from provider_sdk._responses import ChatResponse
from provider_sdk._stream import ChatStream

__all__ = ["FakeCall", "FakeProvider", "Reply", "count_steps"]

_Answer = str | ChatResponse | Sequence[str | ProviderError]
Reply = _Answer | Exception
"""What the fake does with one call. A text or a ``ChatResponse`` is the answer; an exception is
raised. The texts of a list make one answer, which a stream yields one text per chunk; a
``ProviderError`` in the list is raised after the texts before it."""


@dataclass(frozen=True, slots=True)
class FakeCall:
    """A call that a ``FakeProvider`` received, with copies of its arguments.

    Attributes:
        messages: the conversation as ``Message`` objects.
        model: the model that was named, else the fake's default.
        stream: whether a stream was asked for.
        options: the options that were set.
    """

    messages: tuple[Message, ...]
    model: str
    stream: bool
    options: Mapping[str, Any]


class FakeProvider(PreparedProvider):
    """Answers each call with the next reply, and records the calls.

    It follows the contract like any provider: an unknown option raises ``TypeError``, a capability
    that its class does not declare is refused, and a call after ``aclose()`` raises
    ``ProviderError``.

    Args:
        replies: one per call; see ``Reply``. A further call raises ``AssertionError``, which code
            that catches provider errors does not hide.
        repeat: start again after the last reply.
        default_model: the model for calls that name none.
        models: what ``list_models`` returns.
        healthy: what ``health_check`` returns.

    Attributes:
        calls: every ``FakeCall`` so far; refused calls are not among them.
    """

    name = "fake"
    credential: ClassVar[CredentialRule] = "none"
    capabilities: ClassVar[frozenset[Capability]] = CAPABILITIES - {"token_counting"}

    def __init__(
        self,
        *replies: Reply,
        repeat: bool = False,
        default_model: str = "fake-model",
        models: Sequence[str] = ("fake-model",),
        healthy: bool = True,
    ) -> None:
        super().__init__(default_model=default_model)
        self.calls: list[FakeCall] = []
        self.models = models
        self.healthy = healthy
        self._count = len(replies)
        self._replies = itertools.cycle(replies) if repeat else iter(replies)

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Answer with the next reply."""
        self.calls.append(FakeCall(call.messages, call.model, call.stream, {**call.options}))
        reply = self._next_reply()
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, ChatResponse) and not call.stream:
            return replace(reply, model=reply.model or call.model)
        stream = self._stream(reply, call.model)
        return await (stream.wait_first_event() if call.stream else stream.collect())

    async def check_health(self) -> None:
        """Raise unless ``healthy``."""
        if not self.healthy:
            raise ProviderError("the fake is not healthy")

    async def fetch_models(self) -> list[ModelInfo]:
        """Return ``models``."""
        return [ModelInfo(id) for id in self.models]

    def _next_reply(self) -> Reply:
        for reply in self._replies:
            return reply
        raise AssertionError(
            f"call {len(self.calls)} of the fake has no reply: it was given {self._count}; give it "
            "more, or repeat=True"
        )

    def _stream(self, reply: _Answer, model: str) -> ChatStream:
        facts = reply if isinstance(reply, ChatResponse) else ChatResponse()
        return ChatStream(
            ScriptedSource([event] for event in self._events(reply)),
            provider=self.name,
            model=model,
            served_by=facts.served_by,
            request_id=facts.request_id,
            warnings=facts.warnings,
            provider_data=facts.provider_data,
        )

    def _events(self, reply: _Answer) -> list[StreamEvent]:
        if isinstance(reply, ChatResponse):
            return events_of(reply)
        pieces = [reply] if isinstance(reply, str) else reply
        return [
            *(Delta(piece) if isinstance(piece, str) else StreamFailure(piece) for piece in pieces),
            Delta(finish_reason="stop", raw_finish_reason="stop"),
            StreamEnd(),
        ]


def count_steps(work: Callable[[], object]) -> int:
    """Return how many lines of Python a function runs; unlike its time, that is always the same."""
    count = 0

    # Python traces no function that traces, so a measurement of coverage cannot see this one.
    def trace(*_: object) -> Any:  # pragma: no cover
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
