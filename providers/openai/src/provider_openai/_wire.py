"""The type that events of a stream are decoded into."""

from __future__ import annotations

from typing import Any

import msgspec

CUT_FIELDS = frozenset({"delta"})
"""Fields whose text servers may cut within a character."""


# msgspec skips unknown fields; the values of known ones are not typed, because servers differ.
class WireEvent(msgspec.Struct):
    """An event of a stream."""

    type: Any = None
    output_index: Any = None
    item_id: Any = None
    content_index: Any = None
    summary_index: Any = None
    delta: Any = None
    text: Any = None
    refusal: Any = None
    arguments: Any = None
    item: Any = None
    response: Any = None
    error: Any = None
