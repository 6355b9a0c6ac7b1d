"""Answers of the OpenAI dialect, without a network."""

import json
from collections.abc import Iterable
from typing import Any, get_args

from hypothesis import strategies as st
from provider_sdk import ChatCall, ChatResponse, Delta, FinishReason, HttpReply, Message
from provider_sdk._aggregate import Aggregate
from provider_sdk.chat_completions import OpenAIDialect

from ._cuts import fed
from ._service import sse

DIALECT = OpenAIDialect()
CALL = ChatCall("asked-model", (Message("user", "Why?"),), {}, stream=True)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 500) | st.floats() | st.text(max_size=5),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["index", "id", "type", "function", "name", "arguments", "text", "code", "message"]
            ),
            values,
            max_size=4,
        )
    ),
    max_leaves=8,
)
"""Whatever a service may put where something else belongs."""


def reply(body: Any, status: int = 200, **headers: str) -> HttpReply:
    """A whole reply; ``_`` in a header name stands for ``-``."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpReply(status, {n.replace("_", "-"): v for n, v in headers.items()}, data)


def events_of(pieces: Iterable[bytes]) -> list[Any]:
    """The events that the decoder makes of a stream."""
    return fed(DIALECT.stream_decoder(CALL), pieces)


def added_up(*chunks: Any, pieces: Iterable[bytes] | None = None) -> ChatResponse:
    """The answer of a stream of these chunks, or of these bytes."""
    aggregate = Aggregate()
    for event in events_of([sse(*chunks)] if pieces is None else pieces):
        if isinstance(event, Delta):
            aggregate.add(event)
    return aggregate.response(model=CALL.model)


def parsed(body: Any) -> ChatResponse:
    """The answer in a whole body."""
    return DIALECT.parse_chat(CALL, reply(body))


def assert_keeps_types(response: ChatResponse) -> None:
    """Every field holds what the contract says, whatever the wire held."""
    assert isinstance(response.text, str)
    assert isinstance(response.model, str)
    assert response.finish_reason in get_args(FinishReason)
    for value in (response.reasoning, response.refusal, response.raw_finish_reason):
        assert value is None or (isinstance(value, str) and value)
    for call in response.tool_calls:
        assert isinstance(call.id, str)
        assert isinstance(call.name, str)
        assert isinstance(call.arguments_text, str)
        assert call.arguments is None or isinstance(call.arguments, dict)
    json.dumps({**response.to_dict(), "raw": None})
