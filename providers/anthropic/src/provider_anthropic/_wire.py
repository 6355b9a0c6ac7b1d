"""The types that events of a stream are decoded into."""

from __future__ import annotations

from typing import Any

import msgspec

CUT_FIELDS = frozenset({"text", "thinking"})
"""Fields whose text servers may cut within a character."""


# Objects are typed, so that msgspec skips unknown fields; values are not, because servers differ.
class WireDelta(msgspec.Struct):
    """What an event changes, in a content block or in the message."""

    type: Any = None
    text: Any = None
    thinking: Any = None
    partial_json: Any = None
    signature: Any = None
    citation: Any = None
    content: Any = None
    encrypted_content: Any = None
    stop_reason: Any = None
    stop_details: Any = None


class WireEvent(msgspec.Struct):
    """An event of a stream."""

    type: Any = None
    index: Any = None
    delta: WireDelta | None = None
    content_block: Any = None
    message: Any = None
    usage: Any = None
    error: Any = None
