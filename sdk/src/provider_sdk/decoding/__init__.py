"""Decoders and readers for the bytes and JSON that services really send; no I/O.

*Decoders* of lines, server-sent events and JSON values: ``feed`` takes bytes in pieces of any size
and returns what they complete; ``flush`` returns the rest. Memory is bounded: a line or event that
is longer than the documented limit raises ``DecodeLimitError`` instead of growing a buffer.
``ThinkSplitter`` and ``CharacterJoiner`` work the same way on text, and ``TextBuffer`` collects
text that arrives in very many pieces.

*Readers* of decoded JSON, which never raise if a value is missing or has another type:
``text_or_none``, ``number_or_none``, ``flag_or_none``, ``mapping_or_empty``, ``list_of_mappings``,
``list_of_texts``, ``token_count``, ``arguments_text``, ``call_id``; and ``json_reply`` for a whole
reply, whose errors say what came instead of JSON. ``missing_calls`` warns of a whole answer that
announces calls and holds none, as streams do by themselves. ``json_safe`` makes strict JSON of
decoded JSON.
"""

from provider_sdk._aggregate import TextBuffer, missing_calls
from provider_sdk._json import decode_json, json_safe
from provider_sdk._public import show_public_path
from provider_sdk.decoding._characters import CharacterJoiner
from provider_sdk.decoding._fields import (
    arguments_text,
    call_id,
    flag_or_none,
    list_of_mappings,
    list_of_texts,
    mapping_or_empty,
    number_or_none,
    text_or_none,
    token_count,
)
from provider_sdk.decoding._lines import MAX_LINE_BYTES, DecodeLimitError, LineDecoder
from provider_sdk.decoding._ndjson import NDJSONDecoder
from provider_sdk.decoding._reply import json_reply
from provider_sdk.decoding._sse import MAX_EVENT_BYTES, ServerSentEvent, SSEDecoder
from provider_sdk.decoding._thinking import Split, ThinkSplitter

__all__ = [
    "MAX_EVENT_BYTES",
    "MAX_LINE_BYTES",
    "CharacterJoiner",
    "DecodeLimitError",
    "LineDecoder",
    "NDJSONDecoder",
    "SSEDecoder",
    "ServerSentEvent",
    "Split",
    "TextBuffer",
    "ThinkSplitter",
    "arguments_text",
    "call_id",
    "decode_json",
    "flag_or_none",
    "json_reply",
    "json_safe",
    "list_of_mappings",
    "list_of_texts",
    "mapping_or_empty",
    "missing_calls",
    "number_or_none",
    "text_or_none",
    "token_count",
]

show_public_path(__name__)
