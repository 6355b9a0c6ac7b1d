"""A protocol that is unlike all others: the kit proves its provider, and its wire is sound."""

import asyncio
import random
import re
from dataclasses import fields, replace
from typing import get_args

import pytest
from provider_conformance import Service, run
from provider_conformance.cassettes import (
    SCENARIOS,
    UnreadableCassetteError,
    drift,
    read_cassettes,
    record,
)
from provider_conformance.drivers import SocketDriver
from provider_conformance.faults import FAULTS
from provider_conformance.lab.payload import random_answer
from provider_conformance.wires import Answer, ErrorKind, FrameKind, SeenRequest, Traits, Wire
from provider_conformance.wires._framing import FramingKind
from provider_sdk import ChatResponse, ProviderError

from ._tagline import FILE, HARNESS, TaglineProvider, dialect

WIRE = HARNESS.wire
KEY = "canary-tagline-key"
SEED = random.SystemRandom().randrange(10**6)


@pytest.fixture
def rng():
    """Return a source of chance whose seed a failure shows."""
    print(f"seed {SEED}")
    return random.Random(SEED)


@pytest.fixture
def service(rng):
    """Return a service that speaks tagline."""
    return Service(WIRE, KEY, rng)


@pytest.fixture
def address(service):
    """Serve it."""
    with SocketDriver(service) as driver:
        yield driver.address


# The provider.


@pytest.mark.parametrize("driver", ["respx", "socket"])
def test_provider_reaches_silver(driver):
    """Every check passes, or is the proof of a refusal, on both drivers."""
    report = run(HARNESS, seed=SEED, driver=driver)
    assert [result.message for result in report.results if not result.is_good] == []
    assert (report.verdict, report.level) == ("PASS", "silver")


def test_what_is_not_declared_is_refused():
    """Checks that need what the protocol lacks prove refusals instead."""
    report = run(HARNESS, seed=SEED, only=["PC-CHAT-006", "PC-CHAT-023", "PC-OPTIONS"])
    refused = {result.id for result in report.results if result.status == "refused"}
    assert refused == {
        "PC-CHAT-006",
        "PC-CHAT-023",
        "PC-OPTIONS-007",
        "PC-OPTIONS-008",
        "PC-OPTIONS-009",
        "PC-OPTIONS-021",
        "PC-OPTIONS-024",
    }


@pytest.mark.parametrize(
    "declared",
    [{"credential": "none"}, {"capabilities": frozenset()}, {"capabilities": frozenset({"tools"})}],
    ids=["no credential", "no capability", "tools and no stream"],
)
def test_whatever_is_declared_is_proved(declared):
    """A provider that declares less proves as much: the other side of each check."""
    provider = type("DeclaresLess", (TaglineProvider,), declared)
    report = run(replace(HARNESS, provider=provider), seed=SEED, driver="respx")
    assert [result.message for result in report.results if not result.is_good] == []
    assert report.level == "silver"


class DropsTheSystemPrompt(dialect.TaglineDialect):
    """Sends a conversation without its system message."""

    def chat_request(self, call):
        """Return the request for the rest."""
        kept = tuple(message for message in call.messages if message.role != "system")
        return super().chat_request(replace(call, messages=kept))


class SendsBearer(dialect.TaglineDialect):
    """Puts the key where other protocols have it."""

    def auth_headers(self, credential):
        """Return the usual header."""
        return {"authorization": f"Bearer {credential}"}


class DecodesEachPart(dialect.TaglineDialect):
    """Takes every part of the body for whole lines."""

    def stream_decoder(self, call):
        """Return a decoder that forgets what it held."""
        decoder = super().stream_decoder(call)
        feed = decoder.feed
        decoder.feed = lambda data: [*feed(data), *decoder.flush()]
        return decoder


class HasNoText(dialect.TaglineDialect):
    """Returns an answer whose text is None if it cannot read the reply."""

    def parse_chat(self, call, reply):
        """Read it, or give up."""
        try:
            return super().parse_chat(call, reply)
        except ProviderError:
            return ChatResponse(text=None)


class StopsAtTheFirstPage(dialect.TaglineDialect):
    """Gives the first hundred models for all."""

    def parse_models(self, reply):
        """Return a page that is the last."""
        return replace(super().parse_models(reply), cursor=None)


class SaysDone(dialect.TaglineDialect):
    """Ends every answer well."""

    def parse_chat(self, call, reply):
        """Return an answer that ended by itself."""
        return replace(super().parse_chat(call, reply), finish_reason="stop")


@pytest.mark.parametrize(
    ("broken", "id"),
    [
        (DropsTheSystemPrompt, "PC-CHAT-004"),
        (SendsBearer, "PC-AUTH-002"),
        (DecodesEachPart, "PC-FUZZ-002"),
        (HasNoText, "PC-ERROR-026"),
        (StopsAtTheFirstPage, "PC-MODELS-003"),
        (SaysDone, "PC-CHAT-017"),
    ],
)
def test_checks_bite_on_this_wire_too(broken, id):
    """A provider that is broken in one place fails the check for it."""
    provider = type(broken.__name__, (TaglineProvider,), {"dialect": broken()})
    assert run(HARNESS, seed=SEED, only=[id]).failed == []
    assert run(replace(HARNESS, provider=provider), seed=SEED, only=[id]).failed == [id]


def test_failure_runs_again_from_its_file():
    """The line that repeats a check names the harness as the command was given it."""
    provider = type("Broken", (TaglineProvider,), {"dialect": SaysDone()})
    (result,) = run(replace(HARNESS, provider=provider), seed=7, only=["PC-CHAT-017"]).results
    line = f"provider-conformance run {FILE} --only PC-CHAT-017 --seed 7 --driver respx"
    assert line in result.message


# The wire.


@pytest.mark.parametrize("body", [b"", b"set model x\n", b"call a b {}\n", b"\xff"])
def test_request_that_is_none_is_refused(service, body):
    """Bytes that are no request get the protocol's error, not a fault of the service."""
    request = SeenRequest("POST", "", "/chat", "", {"x-tagline-key": KEY}, body)
    service.reply_next(Answer(["a"]))
    assert service.handle(request).reply.status == 400
    assert service.own_errors == []


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_can_be_served(service, address, fault):
    """A served fault is an error of the contract, or a slow answer, and no fault of the kit."""
    service.reply_always(FAULTS[fault](service), "chat")
    config = {"api_key": KEY, "base_url": address, "max_retries": 0}
    async with TaglineProvider(**config) as provider:
        try:
            async with asyncio.timeout(10):
                outcome = await provider.chat([{"role": "user", "content": "Hm?"}], timeout=1)
        except ProviderError as error:
            outcome = error
    assert isinstance(outcome, ProviderError) == (fault != "slow")
    assert service.own_errors == []


@pytest.fixture
def tapes(service, address, monkeypatch, tmp_path):
    """Return a function that records the service into a folder of this name."""
    monkeypatch.setenv("TAGLINE_API_KEY", KEY)

    def made(name):
        record(HARNESS, address, "tagline/large", tmp_path / name)
        return tmp_path / name

    return made


def test_recording_is_replayed(tapes):
    """Cassettes of a protocol that is not JSON hold every scenario, no key, and replay."""
    folder = tapes("tapes")
    assert {tape.scenario for tape in read_cassettes(folder)} == set(SCENARIOS)
    assert not [file.name for file in folder.iterdir() if KEY in file.read_text()]
    report = run(replace(HARNESS, cassettes=folder), "replay", SEED)
    assert report.verdict == "PASS", [result.message for result in report.results]


def test_new_tag_is_drift(service, tapes):
    """The wire tells which tags a recording holds, so that a new one is seen."""
    before = read_cassettes(tapes("before"))
    assert drift(before, read_cassettes(tapes("again")), WIRE.values) == []
    service.reply_next(replace(random_answer(random.Random(1)), extra={"mood": 1}))
    after = read_cassettes(tapes("after"))
    assert drift(before, after, WIRE.values) == ["chat: exchange 1 body.mood is new (text)"]


def test_drift_that_cannot_be_seen_is_not_denied(tapes):
    """Without the wire a comparison is refused instead of finding nothing."""
    tape = read_cassettes(tapes("tapes"))
    with pytest.raises(UnreadableCassetteError, match="name the harness"):
        drift(tape, tape)


# The guide.


def test_guide_names_all_of_the_port():
    """Every method, attribute, trait and kind that a wire may have to do with is in the guide."""
    guide = (FILE.parents[1] / "index.md").read_text(encoding="utf-8")
    port = {name for name in {**vars(Wire), **Wire.__annotations__} if not name.startswith("_")}
    traits = {field.name for field in fields(Traits)}
    kinds = {*get_args(FrameKind), *get_args(ErrorKind), *get_args(FramingKind)}
    named = set(re.findall(r"`(\w+)[`(]", guide))
    assert (port | traits | kinds) - named == set()
