"""State of a provider's own: out of an answer, through a session, into the next call."""

import json
from dataclasses import replace

import pytest
from provider_sdk import (
    ChatResponse,
    Delta,
    HttpRequest,
    Message,
    StreamEnd,
    StreamInterruptedError,
    ToolCallDelta,
    json_body,
)
from provider_sdk.chat_completions import OpenAIDialect
from provider_sdk.testing import FakeProvider

from ._service import USER, AcmeProvider, Reply, Service, completion, streamed

SIGNED = [
    {"reasoning": "Hm.", "signature": "r"},
    {"text": "Blue.", "signature": "t"},
    {"call": 0, "signature": "c"},
    {"call": 1, "signature": "d"},
]


class SigningDecoder:
    """Signs what it decodes; the bytes say how far it comes."""

    def feed(self, data):
        """Return a stream in which text, reasoning and calls are signed."""
        calls = [ToolCallDelta(index, f"c{index}", "sum", "{}") for index in (0, 1)]
        events = [
            Delta(reasoning="Hm."),
            Delta(provider_data=SIGNED[0]),
            Delta("Bl"),
            Delta("ue.", provider_data=SIGNED[1]),
            Delta(tool_calls=calls[:1], provider_data=SIGNED[2]),
            Delta(tool_calls=calls[1:], provider_data=SIGNED[3]),
            Delta(finish_reason="tool_calls"),
            StreamEnd(),
        ]
        return events if data == b"all" else events[:4]

    def flush(self):
        """Return nothing: nothing is held back."""
        return []


class SigningDialect(OpenAIDialect):
    """A wire that signs its answers, and wants the signatures back."""

    def chat_request(self, call):
        """Send what the messages hold of this provider's state."""
        state = [message.provider_data.get(call.provider) for message in call.messages]
        return HttpRequest("POST", "/chat", json_body(state))

    def parse_chat(self, call, reply):
        """Keep the state of a whole answer."""
        return replace(super().parse_chat(call, reply), provider_data={call.provider: SIGNED})

    def stream_decoder(self, call):
        """Return what signs a stream."""
        return SigningDecoder()


class SigningProvider(AcmeProvider):
    """Speaks it."""

    dialect = SigningDialect()


def replies():
    """Answers in every form: whole, streamed, and whole though a stream was asked for."""
    return {
        "whole": (Reply(completion()), False),
        "streamed": (streamed(b"all"), True),
        "unstreamed": (Reply(completion()), True),
    }


@pytest.mark.parametrize("form", replies())
async def test_state_comes_back_with_the_next_call(form):
    """In the order of the answer, through a session, whatever form the answer had."""
    reply, stream = replies()[form]
    service = Service(reply, Reply(completion()))
    provider = service.provider(SigningProvider)
    answer = await provider.chat(USER, stream=stream)
    message = (await answer.collect() if stream else answer).message
    stored = json.loads(json.dumps(message.to_dict()))

    await provider.chat([*USER, stored, *USER])

    assert message.provider_data == {"acme": SIGNED}
    assert service.bodies[1] == [None, SIGNED, None]


async def test_state_alone_is_no_chunk():
    """A reader of the stream sees text, reasoning and calls."""
    stream = await Service(streamed(b"all")).provider(SigningProvider).chat(USER, stream=True)

    assert [chunk.text async for chunk in stream] == ["", "Bl", "ue.", "", ""]


async def test_a_cut_answer_keeps_its_state():
    """``partial`` may be appended, too."""
    stream = await Service(streamed(b"cut")).provider(SigningProvider).chat(USER, stream=True)

    with pytest.raises(StreamInterruptedError) as caught:
        await stream.collect()

    assert caught.value.partial.message.provider_data == {"acme": SIGNED[:2]}


async def test_an_answer_without_state_has_none():
    """Most wires know no such thing."""
    stream = await FakeProvider("Blue.").chat(USER, stream=True)

    assert (await stream.collect()).provider_data == {}


@pytest.mark.parametrize("stream", [False, True])
async def test_the_fake_answers_with_state(stream):
    """Tests of sessions need some, of any shape and of any provider."""
    data = {"claude": {"signature": "x"}}
    answer = await FakeProvider(ChatResponse(text="Blue.", provider_data=data)).chat(
        USER, stream=stream
    )

    response = await answer.collect() if stream else answer

    assert response.message == Message("assistant", "Blue.", provider_data=data)


def test_half_a_character_is_mended_in_a_request():
    """A half surrogate pair anywhere in a body becomes U+FFFD, and a whole pair its character."""
    body = json_body({"a\ud83d": [{"b": "\ude00"}], "c": "\ud83d\ude00"})

    assert json.loads(body) == {"a\ufffd": [{"b": "\ufffd"}], "c": "\U0001f600"}
