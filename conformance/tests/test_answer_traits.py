"""What a protocol can say of an answer is demanded; what it cannot say must not be made up."""

import json
from dataclasses import replace

import pytest
from provider_conformance import OpenAIWire, run
from provider_conformance.wires import AnthropicWire, Failure, GeminiWire, OllamaWire
from provider_conformance.zoo import HARNESS, ReferenceProvider
from provider_sdk import ChatResponse, OpenAIDialect, UnsupportedCapabilityError

SEED = 7
GROUPS = ("CHAT", "TOOLS", "STREAM", "USAGE", "END")


def statuses(provider, wire, *only):
    """Return the status of each check of these groups or ids."""
    harness = replace(HARNESS, provider=provider, wire=wire)
    report = run(harness, seed=SEED, only=only, driver="respx")
    return {result.id: result.status for result in report.results}


def failed(provider, wire, *only):
    """Return the ids of the checks that do not pass."""
    found = statuses(provider, wire, *only)
    return [id for id, status in found.items() if status not in ("pass", "refused")]


class Plain(OpenAIWire):
    """The reference's protocol without what a service may lack."""

    lacking = ()
    left_out = frozenset()

    def __init__(self):
        super().__init__()
        self.traits = replace(self.traits, **dict(self.lacking))

    def whole(self, answer):
        """Write an answer without the fields that are left out."""
        reply = super().whole(self.sayable(answer))
        body = {n: v for n, v in json.loads(reply.body).items() if n not in self.left_out}
        return replace(reply, steps=(json.dumps(body).encode(),))

    def frames(self, answer, chat):
        """Write the events of an answer without these fields."""
        frames = super().frames(self.sayable(answer), chat)
        return [replace(frame, data=self.shorter(frame.data)) for frame in frames]

    def shorter(self, data):
        """Return an event without the fields that are left out."""
        if not data.startswith(b"data: {"):
            return data
        body = json.loads(data[6:])
        kept = {name: value for name, value in body.items() if name not in self.left_out}
        return b"data: " + json.dumps(kept).encode() + b"\n\n"

    def sayable(self, answer):
        """Return what the protocol can say of an answer."""
        return answer


class Nameless(Plain):
    """Answers do not name the model."""

    lacking = (("names_model", False),)
    left_out = frozenset({"model"})


class Thoughtless(Plain):
    """Answers hold no reasoning, in no form."""

    lacking = (
        ("returns_reasoning", False),
        ("inline_thinking", False),
        ("state", False),
    )

    def sayable(self, answer):
        """Return the answer without its reasoning."""
        return replace(answer, reasoning=())


class InBody(Plain):
    """The body names the exchange, and no header does."""

    lacking = (
        ("request_id_header", None),
        ("request_id_in_body", True),
    )

    def whole(self, answer):
        """Write the id into the body."""
        return super().whole(replace(answer, extra={**answer.extra, "request": answer.request_id}))

    def frames(self, answer, chat):
        """Write the id into each event."""
        named = replace(answer, extra={**answer.extra, "request": answer.request_id})
        return super().frames(named, chat)


class Kindless(Plain):
    """An error inside a stream says nothing but its words."""

    lacking = (("stream_error_kinds", False),)

    def failure_frame(self, failure):
        """Write the words of an error."""
        frame = super().failure_frame(failure)
        body = json.dumps({"error": {"message": failure.message}}).encode()
        return replace(frame, data=b"data: " + body + b"\n\n")


class Sequential(Plain):
    """Pieces, calls and ends come one after the other."""

    lacking = (
        ("joined_finish", False),
        ("interleaved_calls", False),
        ("anonymous_calls", False),
    )

    def sayable(self, answer):
        """Demand what the traits allow, and no more."""
        assert not answer.joins_finish
        assert not answer.interleaves
        assert all(call.id for call in answer.calls)
        return answer


class LoneRefusal(Plain):
    """A refusal comes without any other content."""

    lacking = (("lone_refusals", True),)

    def sayable(self, answer):
        """Demand that nothing else is in an answer with a refusal."""
        beside = answer.pieces or answer.reasoning or answer.calls or answer.state is not None
        assert not (answer.refusal and beside)
        return answer


class SplitCompletion(Plain):
    """What was written is counted in two parts, of which one may be left out."""

    lacking = (("split_completion", True),)

    def sayable(self, answer):
        """Return the answer with the sum of what there is of both parts."""
        usage = answer.usage
        if usage is None or usage.completion is not None:
            return answer
        return replace(answer, usage=replace(usage, completion=usage.reasoning))


class Unfailing(Plain):
    """A successful reply never says that the answer failed."""

    def failed_answer(self, failure):
        """Have no such reply."""


class Changed(ReferenceProvider):
    """Changes each whole answer."""

    def changed(self, response):
        """Return the answer to return."""
        raise NotImplementedError

    async def chat(self, messages, model=None, stream=False, **options):
        """Answer, changed."""
        answer = await super().chat(messages, model, stream, **options)
        return self.changed(answer) if isinstance(answer, ChatResponse) else answer


class MakesUpModel(Changed):
    """Names a model of its own."""

    def changed(self, response):
        """Name the model."""
        return replace(response, model="gpt-7")


class MakesUpReasoning(Changed):
    """Has reasoning for every answer."""

    def changed(self, response):
        """Make the reasoning up."""
        return replace(response, reasoning="Hm.")


class _ReadsBody(OpenAIDialect):
    def parse_chat(self, call, reply):
        response = super().parse_chat(call, reply)
        return replace(response, request_id=response.raw.get("request") or None)


class MakesUpKind(ReferenceProvider):
    """Takes every error inside a stream for a rejected call."""

    async def chat(self, messages, model=None, stream=False, **options):
        """Answer; errors of a stream get a class."""
        answer = await super().chat(messages, model, stream, **options)
        if stream:
            answer.on_error(lambda error: UnsupportedCapabilityError(error.message))
        return answer


@pytest.mark.parametrize(
    "wire",
    [
        *(Nameless, Thoughtless, Kindless, Sequential, Unfailing),
        *(LoneRefusal, SplitCompletion),
    ],
)
def test_protocol_that_lacks_something(wire):
    """A provider that keeps the contract passes whatever its protocol cannot say."""
    assert failed(ReferenceProvider, wire(), *GROUPS) == []


@pytest.mark.parametrize(
    ("provider", "wire", "id"),
    [
        (MakesUpModel, Nameless, "PC-CHAT-015"),
        (MakesUpReasoning, Thoughtless, "PC-CHAT-023"),
        (MakesUpKind, Kindless, "PC-END-033"),
    ],
)
def test_what_cannot_be_said_is_not_made_up(provider, wire, id):
    """What the protocol has no place for is red if the provider has it all the same."""
    assert failed(ReferenceProvider, wire(), id) == []
    assert failed(provider, wire(), id) == [id]


def test_id_in_the_body_is_demanded():
    """A provider that only reads headers misses the id of an exchange that its body names."""

    class ReadsBody(ReferenceProvider):
        dialect = _ReadsBody()
        capabilities = ReferenceProvider.capabilities - {"streaming"}

    class ReadsHeaders(ReferenceProvider):
        capabilities = ReferenceProvider.capabilities - {"streaming"}

    assert failed(ReadsBody, InBody(), "PC-CHAT-033", "PC-CHAT-060") == []
    both = ["PC-CHAT-033", "PC-CHAT-060"]
    assert failed(ReadsHeaders, InBody(), *both) == both


def test_calls_without_reasoning_capability_keep_reasoning_apart():
    """Reasoning that comes unasked is kept apart, though the provider cannot steer it."""

    class Unsteered(ReferenceProvider):
        capabilities = ReferenceProvider.capabilities - {"reasoning"}

    class ThinksAloud(Unsteered):
        async def chat(self, messages, model=None, stream=False, **options):
            """Put the reasoning before the text."""
            answer = await super().chat(messages, model, stream, **options)
            if stream or not answer.reasoning:
                return answer
            return replace(answer, text=f"{answer.reasoning}{answer.text}", reasoning=None)

    assert failed(Unsteered, OpenAIWire(), "CHAT", "STREAM") == []
    assert "PC-CHAT-060" in failed(ThinksAloud, OpenAIWire(), "CHAT")


def test_effort_that_cannot_be_sent_is_refused():
    """A provider that declares reasoning must refuse an effort that its protocol cannot say."""

    class Refuses(ReferenceProvider):
        async def chat(self, messages, model=None, stream=False, **options):
            """Answer unless an effort is asked."""
            if options.get("reasoning_effort") is not None:
                raise UnsupportedCapabilityError("the service decides how much to reason")
            return await super().chat(messages, model, stream, **options)

    class Ignores(ReferenceProvider):
        async def chat(self, messages, model=None, stream=False, **options):
            """Drop the effort."""
            options.pop("reasoning_effort", None)
            return await super().chat(messages, model, stream, **options)

    class Unsteered(Plain):
        lacking = (("steers_reasoning", False),)

    assert failed(Refuses, Unsteered(), "PC-OPTIONS-009") == []
    assert failed(Ignores, Unsteered(), "PC-OPTIONS-009") == ["PC-OPTIONS-009"]


@pytest.mark.parametrize("wire", [OpenAIWire(), AnthropicWire(), GeminiWire(), OllamaWire()])
def test_failed_answer_is_successful(wire):
    """A wire returns a reply with status 200 for a failed answer, or no reply at all."""
    reply = wire.failed_answer(Failure("server", "it broke"))
    assert reply is None or (reply.status == 200 and b"it broke" in reply.body)


class Toolless(Plain):
    """A protocol that has no word for the end of an answer that calls tools."""

    lacking = (("finish_words", {"stop": "stop", "length": "length"}),)

    def sayable(self, answer):
        """Return the answer, whose end must have a word."""
        assert answer.finish in self.traits.finish_words
        return answer


class WithoutTools(ReferenceProvider):
    """A provider for a service without tools."""

    capabilities = ReferenceProvider.capabilities - {"tools", "parallel_tools"}


def test_ends_without_a_word_are_not_scripted():
    """A wire without tools need not know how an answer that calls some would end."""
    assert failed(WithoutTools, Toolless()) == []
