"""The types that chunks of a stream are decoded into."""

from __future__ import annotations

from typing import Any

import msgspec

from provider_sdk.chat_completions._errors import says_error
from provider_sdk.chat_completions._finish import finish_reason

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


class WireChunk(msgspec.Struct):
    """An event of a stream."""

    id: Any = None
    object: Any = None
    model: Any = None
    choices: list[WireChoice] | None = None
    usage: Any = None
    x_groq: Any = None
    error: Any = None
    errors: Any = None
    error_type: Any = None
    detail: Any = None
    message: Any = None

    @property
    def is_error(self) -> bool:
        """Whether it reports an error, in one of the forms that error bodies have."""
        if (self.error is not None and says_error(self.error)) or self.object == "error":
            return True
        if self.choices is not None or self.usage is not None:
            return False
        return any((self.errors, self.error_type, self.detail, self.message))
