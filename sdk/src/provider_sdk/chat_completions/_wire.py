"""The types that chunks of a stream are decoded into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from provider_sdk.chat_completions._finish import finish_reason
from provider_sdk.decoding import mapping_or_empty

CUT_FIELDS = frozenset(
    {
        *("content", "refusal", "arguments", "text", "summary", "thinking"),
        *("reasoning", "reasoning_content", "reasoning_text"),
    }
)
"""Fields whose text servers may cut within a character."""


# Objects are typed, so that msgspec skips unknown fields; values are not, because servers differ.
class WireDelta(msgspec.Struct):
    """What a chunk adds to the answer."""

    content: Any = None
    refusal: Any = None
    reasoning_content: Any = None
    reasoning: Any = None
    reasoning_text: Any = None
    thinking: Any = None
    reasoning_details: Any = None
    tool_calls: Any = None
    function_call: Any = None
    usage: Any = None
    error: Any = None


class WireChoice(msgspec.Struct):
    """A chunk of one of the answers.

    ``text`` is what servers of the older completions send instead of a delta. ``message`` is the
    whole answer, which some send in the last chunk, and a few in the only one.
    """

    index: Any = 0
    delta: WireDelta | None = None
    message: Any = None
    text: Any = None
    finish_reason: Any = None
    usage: Any = None
    error: Any = None

    @property
    def is_empty(self) -> bool:
        """Whether it adds nothing to the answer."""
        if self.message or self.text:
            return False
        return self.delta is None or self.delta in (WireDelta(), WireDelta(content=""))

    @property
    def is_last(self) -> bool:
        """Whether it has a finish reason."""
        return self.finish_reason is not None and finish_reason(self.finish_reason) is not None

    def errors(self) -> Iterator[object]:
        """Yield the fields for errors, of its own and of what it holds."""
        yield self.error
        yield None if self.delta is None else self.delta.error
        yield mapping_or_empty(self.message).get("error")


class WireChunk(msgspec.Struct):
    """An event of a stream."""

    id: Any = None
    model: Any = None
    choices: list[WireChoice] | None = None
    usage: Any = None
    x_groq: Any = None
    error: Any = None
    errors: Any = None
    base_resp: Any = None
    code: Any = None

    @property
    def may_be_error(self) -> bool:
        """Whether it has a field for errors that a service may send beside a part of the answer."""
        return not (
            self.error is None
            and self.errors is None
            and self.base_resp is None
            and self.code is None
        )
