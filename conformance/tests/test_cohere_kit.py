"""Cohere's own protocol: the kit proves its provider, and its wire bites."""

import random
from dataclasses import replace

import pytest
from provider_conformance import Service, run
from provider_conformance.wires import Answer, Call, SeenRequest
from provider_sdk import ProviderQuotaError, StreamFailure, Usage

from ._cohere import HARNESS, CohereProvider, dialect

KEY = "canary-cohere-key"
SEED = random.SystemRandom().randrange(10**6)


def test_provider_reaches_silver():
    """Every check passes, or is the proof of a refusal, without a deviation."""
    report = run(HARNESS, seed=SEED)
    assert [result.message for result in report.results if not result.is_good] == []
    assert (report.verdict, report.level) == ("PASS", "silver")


class Broken(dialect.CohereDialect):
    """The dialect, to be broken in one place."""

    def changed(self, response):
        """Return an answer as it is misread."""
        return response

    def parse_chat(self, call, reply):
        """Return the answer, misread."""
        return self.changed(super().parse_chat(call, reply))


class BillsInsteadOfCounting(Broken):
    """Takes what is billed for the tokens of the answer."""

    def changed(self, response):
        """Return the answer with the counts of the bill."""
        billed = response.raw.get("usage", {}).get("billed_units", {})
        usage = Usage(billed.get("input_tokens"), billed.get("output_tokens"))
        return replace(response, usage=usage)


class HidesThePlan(Broken):
    """Gives the text that comes with a call for the plan."""

    def changed(self, response):
        """Return the answer with its plan as its text."""
        return replace(response, text=response.text + (response.reasoning or ""), reasoning=None)


class DemandsAnyTool(Broken):
    """Demands some tool where one was named."""

    def chat_request(self, call):
        """Return the request for whichever tool."""
        if isinstance(call.options.get("tool_choice"), str | None):
            return super().chat_request(call)
        return super().chat_request(
            replace(call, options={**call.options, "tool_choice": "required"})
        )


class GuessesTheKind(Broken):
    """Takes each failure inside a stream for credit that is used up."""

    def stream_decoder(self, call):
        """Return a decoder that guesses."""
        decoder = super().stream_decoder(call)
        feed = decoder.feed
        decoder.feed = lambda data: [guessed(event) for event in feed(data)]
        return decoder


def guessed(event):
    """Return a used-up credit for a failure."""
    if isinstance(event, StreamFailure):
        return StreamFailure(ProviderQuotaError(event.error.message))
    return event


class NamesAModel(Broken):
    """Makes up the model that answered."""

    def changed(self, response):
        """Return the answer of a model that nobody named."""
        return replace(response, model="command-latest")


class KnowsOneWord(Broken):
    """Knows only the usual word for the usual end."""

    def changed(self, response):
        """Return an odd end for the other word."""
        is_other = response.raw_finish_reason == "STOP_SEQUENCE"
        return replace(response, finish_reason="other") if is_other else response


class NamesNoExchange(Broken):
    """Loses the id of the exchange."""

    def changed(self, response):
        """Return the answer without it."""
        return replace(response, request_id=None)


class StopsAtTheFirstPage(Broken):
    """Gives the first hundred models for all."""

    def parse_models(self, reply):
        """Return a page that is the last."""
        return replace(super().parse_models(reply), cursor=None)


class DropsTheSystemPrompt(Broken):
    """Sends a conversation without its system message."""

    def chat_request(self, call):
        """Return the request for the rest."""
        kept = tuple(message for message in call.messages if message.role != "system")
        return super().chat_request(replace(call, messages=kept))


@pytest.mark.parametrize(
    ("broken", "id"),
    [
        (BillsInsteadOfCounting, "PC-USAGE-001"),
        (NamesAModel, "PC-CHAT-015"),
        (KnowsOneWord, "PC-CHAT-020"),
        (NamesNoExchange, "PC-CHAT-033"),
        (StopsAtTheFirstPage, "PC-MODELS-003"),
        (DropsTheSystemPrompt, "PC-CHAT-004"),
        (HidesThePlan, "PC-CHAT-023"),
        (GuessesTheKind, "PC-END-033"),
        (DemandsAnyTool, "PC-TOOLS-022"),
    ],
)
def test_checks_bite_on_this_wire_too(broken, id):
    """A provider that is broken in one place fails the check for it."""
    provider = type(broken.__name__, (CohereProvider,), {"dialect": broken()})
    (sound,) = run(HARNESS, seed=SEED, only=[id]).results
    (found,) = run(replace(HARNESS, provider=provider), seed=SEED, only=[id]).results
    assert (sound.status, found.is_good) == ("pass", False)


class TrustsTheStatus(CohereProvider):
    """Takes the status of the check of a key for its answer."""

    async def check_health(self):
        """Raise if the check fails, and not if it says no."""
        await self.fetch(self.dialect.models_request(None))


def test_key_that_is_not_valid_is_unhealthy():
    """A successful status with ``"valid": false`` is caught."""
    only = ["PC-HEALTH"]
    assert run(HARNESS, seed=SEED, only=only).failed == []
    report = run(replace(HARNESS, provider=TrustsTheStatus), seed=SEED, only=only)
    assert report.failed != []


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"model":"m"}', b"\xff"])
def test_request_that_is_none_is_refused(body):
    """Bytes that are no request get the protocol's error, not a fault of the service."""
    service = Service(HARNESS.wire, KEY, random.Random(SEED))
    request = SeenRequest("POST", "", "/v2/chat", "", {"authorization": f"Bearer {KEY}"}, body)
    service.reply_next(Answer(["a"], calls=[Call("c", "f", {})]))
    assert service.handle(request).reply.status == 400
    assert service.own_errors == []
