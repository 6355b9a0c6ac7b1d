"""What no recording shows, and where it is documented instead."""

from __future__ import annotations

from provider_conformance.wires import Documented

_ENDS = "(type=message-end).delta"
_RECORDED_STREAM = (
    "https://github.com/0xPlaygrounds/rig/blob/faf0937e4c6150b7eb3ee5c0ee68d4a365efdd41/"
    "tests/cassettes/cohere/streaming_grammar/reasoning_then_tool_call.yaml"
)
_STATUSES = (400, 401, 402, 403, 429, 500, 503, 504)

DOCUMENTED = (
    Documented(
        source="https://docs.cohere.com/reference/errors",
        reason="of failures, only an unknown model was recorded",
        names=[f"failure: status {status}" for status in _STATUSES],
    ),
    Documented(
        source="https://docs.cohere.com/reference/chat-stream",
        reason="no answer was recorded that failed after it had begun",
        names=[
            f"failure in a stream: {_ENDS}.error",
            f'failure in a stream: {_ENDS}.finish_reason = "ERROR"',
            f'failure in a stream: {_ENDS}.finish_reason = "TIMEOUT"',
        ],
    ),
    Documented(
        source="https://docs.cohere.com/reference/chat-stream",
        reason="only a whole answer was recorded that ended at a stop sequence",
        names=[f'stream: {_ENDS}.finish_reason = "STOP_SEQUENCE"'],
    ),
    Documented(
        source=_RECORDED_STREAM,
        reason="of answers with this count, only a streamed one was recorded",
        names=["chat answer: usage.tokens.reasoning_tokens"],
    ),
    Documented(
        source="https://docs.cohere.com/reference/list-models",
        reason="the one list that was recorded has a single page",
        names=["model list: next_page_token"],
    ),
)
