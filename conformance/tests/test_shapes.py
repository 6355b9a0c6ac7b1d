"""A wire is compared with recordings: what the real service never sends is named."""

import json
from dataclasses import replace

import pytest
from provider_conformance import OpenAIWire
from provider_conformance.shapes import (
    IncomparableWireError,
    invented,
    load_shapes,
    not_compared,
    recorded_shapes,
    scripted_shapes,
    unsent,
    write_shapes,
)
from provider_conformance.wires import Documented, Frame, Reply
from provider_conformance.zoo import HARNESS, ReferenceProvider
from provider_sdk.testing import count_steps

from ._recordings import ANSWERS, cassette, chat_request, exchanges, recorded

ANSWER = ANSWERS[0]
STREAM = {"content-type": "text/event-stream"}
REAL = recorded_shapes([cassette(*exchanges())], OpenAIWire())


def findings(wire, real=REAL):
    """Return what is named of a wire."""
    scripted = scripted_shapes(replace(HARNESS, wire=wire))
    return [str(finding) for finding in invented(wire, scripted, real)]


def changed(reply, change):
    """Return a reply with its JSON changed."""
    body = json.loads(reply.body)
    change(body)
    return replace(reply, steps=(json.dumps(body).encode(),))


def message_of(body):
    """Return the message of a chat completion."""
    return body["choices"][0]["message"]


def with_whole(change):
    """Return a wire whose whole answers are changed."""

    class Changed(OpenAIWire):
        def whole(self, answer):
            return changed(super().whole(answer), change)

    return Changed()


def test_honest_wire_is_not_named():
    """A wire that sends only what was recorded has no finding, and all of it is compared."""
    wire = OpenAIWire()
    assert findings(wire) == []
    assert not_compared(scripted_shapes(replace(HARNESS, wire=wire)), REAL) == []


def test_invented_field_is_named_by_its_path():
    """A field of a message that no recorded reply has is named, with the kind of reply."""
    wire = with_whole(lambda body: message_of(body).update(mood={"name": "x"}))
    assert findings(wire) == ["chat answer: `choices[].message.mood` is in no recorded reply"]


def test_wrong_type_is_named_with_those_recorded():
    """A count that is a text on the wire and a number in recordings is named."""
    wire = with_whole(lambda body: body.get("usage", {}).update(prompt_tokens="31"))
    assert findings(wire) == [
        "chat answer: `usage.prompt_tokens = text` is in no recorded reply (recorded: integer)"
    ]


def test_null_that_was_never_recorded_is_named():
    """A field that is always a number in recordings must not be null on the wire."""
    wire = with_whole(lambda body: body.update(created=None))
    assert findings(wire) == [
        "chat answer: `created = null` is in no recorded reply (recorded: integer)"
    ]


def test_wrong_word_is_named_with_those_recorded():
    """A finish reason that the service does not use is named beside those that it does."""
    wire = with_whole(lambda body: body["choices"][0].update(finish_reason="done"))
    (finding,) = findings(wire)
    assert finding.startswith('chat answer: `choices[].finish_reason = "done"` is in no recorded')
    assert "length or stop or tool_calls" in finding


def test_ids_and_texts_are_not_taken_for_words():
    """Another id, date or text than the recorded ones is no finding."""
    wire = with_whole(
        lambda body: body.update(id="chatcmpl-other9", created=9, model="some-model2")
    )
    assert findings(wire) == []


def test_invented_status_and_error_type_are_named():
    """An error with another status and type than any recorded one is named by both."""

    class Teapot(OpenAIWire):
        def failure(self, failure):
            reply = changed(
                super().failure(failure), lambda body: body["error"].update(type="tea_error")
            )
            return replace(reply, status=418)

    assert findings(Teapot())[:2] == [
        "failure: `status 418` is in no recorded reply",
        'failure: `error.type = "tea_error"` is in no recorded reply',
    ]


def test_invented_event_is_named():
    """An event whose name no recorded stream has is named."""

    class Names(OpenAIWire):
        def frames(self, answer, chat):
            frames = super().frames(answer, chat)
            return [Frame("start", b"event: hello\n" + frames[0].data), *frames]

    assert findings(Names()) == ["stream: `event hello` is in no recorded reply"]


def test_terminator_that_was_never_recorded_is_named():
    """A stream that ends with data which no recorded stream has is named by it."""

    class Ends(OpenAIWire):
        def frames(self, answer, chat):
            *frames, last = super().frames(answer, chat)
            return [*frames, Frame("noise", b"data: [END]\n\n"), last]

    assert findings(Ends()) == ["stream: `event [END]` is in no recorded reply"]


def test_content_type_is_compared_without_parameters():
    """Another content type is named; a charset is not."""

    class Types(OpenAIWire):
        stream_type = "text/event-stream; charset=utf-8"

        def whole(self, answer):
            return replace(super().whole(answer), headers={"content-type": "text/json"})

    assert findings(Types()) == ["chat answer: `content type text/json` is in no recorded reply"]


def test_header_that_the_wire_relies_on_is_named():
    """A header for the request's id that was never recorded is named."""

    class Traced(OpenAIWire):
        def __init__(self):
            super().__init__()
            self.traits = replace(self.traits, request_id_header="x-trace")

    assert findings(Traced()) == ["any reply: `header x-trace` is in no recorded reply"]


def test_fields_are_told_apart_by_the_type_of_their_object():
    """A field of one type of object does not excuse it in an object of another type."""

    def chat(*parts):
        return recorded(chat_request(stream=False), answer(parts))

    def answer(parts):
        wire = with_whole(lambda body: message_of(body).update(content=list(parts)))
        return wire.whole(ANSWER)

    thought, text = {"type": "thinking", "signature": "s1"}, {"type": "text", "text": "a 1"}
    real = recorded_shapes([cassette(chat(thought, text))], OpenAIWire())
    wrong = {"type": "text", "text": "a 1", "signature": "s1"}
    wire = with_whole(lambda body: message_of(body).update(content=[wrong]))
    named = findings(wire, real)
    path = "choices[].message.content[](type=text).signature"
    assert f"chat answer: `{path}` is in no recorded reply" in named


def test_arguments_are_content():
    """Keys of a call's arguments are compared with nothing, whatever was recorded."""

    class Decoded(OpenAIWire):
        def whole(self, answer):
            def decode(body):
                for call in message_of(body).get("tool_calls", ()):
                    call["function"]["arguments"] = json.loads(call["function"]["arguments"])

            return changed(super().whole(answer), decode)

    real = recorded_shapes([cassette(*exchanges(Decoded()))], OpenAIWire())
    assert findings(Decoded(), real) == []


def test_numbers_with_a_point_are_told_from_integers():
    """Where the service writes every count as 31.0, a wire that writes 31 is named."""

    def count(value):
        return with_whole(
            lambda body: "usage" in body and body["usage"].update(prompt_tokens=value)
        )

    real = recorded_shapes([cassette(*exchanges(count(31.0)))], OpenAIWire())
    assert findings(count(7.0), real) == []
    assert findings(count(7), real) == [
        "chat answer: `usage.prompt_tokens = integer` is in no recorded reply (recorded: float)"
    ]


def test_what_was_not_recorded_is_not_compared():
    """Without a recorded failure nothing is said of failures, but that they were not compared."""
    only_answers = [each for each in exchanges() if each.status < 400]
    real = recorded_shapes([cassette(*only_answers)], OpenAIWire())
    wire = OpenAIWire()
    scripted = scripted_shapes(replace(HARNESS, wire=wire))
    assert not_compared(scripted, real) == ["failure"]
    assert all("failure: " not in finding for finding in findings(wire, real))


def test_documented_places_are_not_named():
    """What the author found in the documentation is excused, and nothing else."""
    wire = with_whole(lambda body: body.update(mood={"name": "x"}, tone="y"))
    wire.documented = [
        Documented("https://example.org/api", "no recording is moody", ["chat answer: mood"])
    ]
    assert findings(wire) == ["chat answer: `tone` is in no recorded reply"]


def test_what_is_wrong_with_errors_is_named_once():
    """An invented field of errors, whole and in streams, is one finding."""

    class Explains(OpenAIWire):
        def failure(self, failure):
            return changed(super().failure(failure), explain)

        def failure_frame(self, failure):
            body = json.loads(super().failure(failure).body)
            explain(body)
            return Frame("end", b"data: " + json.dumps(body).encode() + b"\n\n")

    def explain(body):
        body["error"]["advice"] = "wait 7"

    named = findings(Explains())
    assert [finding.partition(":")[0] for finding in named] == ["failure"] * len(named)
    assert all(".advice` is in no recorded reply" in finding for finding in named)


def test_what_the_wire_never_sends_is_told():
    """A recorded field that the wire lacks is information, named once and not by its parts."""
    wire = with_whole(lambda body: body.update(moderation={"flagged": {"by": 1}}))
    real = recorded_shapes([cassette(*exchanges(wire))], OpenAIWire())
    scripted = scripted_shapes(replace(HARNESS, wire=OpenAIWire()))
    assert [str(finding) for finding in unsent(scripted, real)] == [
        "chat answer: `moderation` is recorded, and the wire does not send it"
    ]


def test_stored_shapes_compare_like_the_recordings(tmp_path):
    """A file of shapes names the same as the cassettes that it was made of."""
    wire = with_whole(lambda body: body["choices"][0].update(finish_reason="done", mood=1))
    honest = scripted_shapes(replace(HARNESS, wire=OpenAIWire()))
    write_shapes(REAL, honest, tmp_path / "shapes.json")
    stored = load_shapes(tmp_path / "shapes.json")
    assert findings(wire, stored) == findings(wire) != []
    assert findings(OpenAIWire(), stored) == []


def test_stored_shapes_hold_no_content(tmp_path):
    """Neither texts nor the keys of arguments of a recording stand in its file of shapes."""

    class Decoded(OpenAIWire):
        def whole(self, answer):
            def decode(body):
                for call in message_of(body).get("tool_calls", ()):
                    call["function"]["arguments"] = json.loads(call["function"]["arguments"])

            return changed(super().whole(answer), decode)

    real = recorded_shapes([cassette(*exchanges(Decoded()))], OpenAIWire())
    file = tmp_path / "shapes.json"
    write_shapes(real, scripted_shapes(replace(HARNESS, wire=Decoded())), file)
    kept = file.read_text()
    assert [
        word for word in ("Red", "green", "wrong", "Oslo", "city", "weather") if word in kept
    ] == []
    assert "tool_calls" in kept


def test_comparison_is_linear():
    """Twice the events take twice the steps."""

    def taken(count):
        body = b'data: {"choices":[{"index":0,"delta":{"content":"a 1"}}]}\n\n' * count
        reply = Reply(headers=STREAM, steps=(body,), streamed=True)
        exchange = recorded(chat_request(stream=True), reply)
        return count_steps(lambda: recorded_shapes([cassette(exchange)], OpenAIWire()))

    assert taken(2_000) < 2.2 * taken(1_000)


def test_wire_without_calls_is_asked_for_none():
    """A wire of a protocol without tool calls is not asked to script any."""

    class Plain(OpenAIWire):
        def whole(self, answer):
            assert not answer.calls
            return super().whole(answer)

    class Provider(ReferenceProvider):
        capabilities = ReferenceProvider.capabilities - {"tools"}

    wire = Plain()
    wire.traits = replace(wire.traits, finish_words={"stop": "stop"}, interleaved_calls=True)
    assert scripted_shapes(replace(HARNESS, provider=Provider, wire=wire)).parts


def test_fault_in_frames_is_told():
    """A wire whose frames cannot be sent is told so, instead of being compared without them."""

    class Ends(OpenAIWire):
        def frames(self, answer, chat):
            raise KeyError("missing")

    with pytest.raises(IncomparableWireError, match="raised KeyError in frames"):
        findings(Ends())
