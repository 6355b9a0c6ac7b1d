"""Push machines from bytes to lines, server-sent events and JSON values; no I/O.

Each takes bytes in any cut (``feed``), returns what they complete, and gives up what it still
holds at the end (``flush``). Memory is bounded: a line or event longer than the documented limit
raises ``DecodeLimitError`` instead of growing a buffer.
"""

from provider_sdk.decoding._json import decode_json
from provider_sdk.decoding._lines import MAX_LINE_BYTES, DecodeLimitError, LineDecoder
from provider_sdk.decoding._ndjson import NDJSONDecoder
from provider_sdk.decoding._sse import MAX_EVENT_BYTES, ServerSentEvent, SSEDecoder

__all__ = [
    "MAX_EVENT_BYTES",
    "MAX_LINE_BYTES",
    "DecodeLimitError",
    "LineDecoder",
    "NDJSONDecoder",
    "SSEDecoder",
    "ServerSentEvent",
    "decode_json",
]
