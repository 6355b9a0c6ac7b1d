"""What a request leaves unsaid means what the protocol makes of it."""

from dataclasses import replace

import pytest
from provider_conformance import OpenAIWire, run
from provider_conformance.zoo import HARNESS, ReferenceProvider

SEED = 7


class StrictWire(OpenAIWire):
    """A tool or schema is strict unless it says that it is not."""

    def __init__(self):
        super().__init__()
        self.traits = replace(self.traits, strict_unless_told=True)

    def read_chat(self, request):
        """Fill in what the service takes for granted."""
        chat = super().read_chat(request)
        options = dict(chat.options)
        for tool in options.get("tools", ()):
            tool["function"].setdefault("strict", True)
        options.get("response_format", {}).get("json_schema", {}).setdefault("strict", True)
        return replace(chat, options=options)


class TellsAll(ReferenceProvider):
    """Says of every tool and schema whether it is strict."""

    async def chat(self, messages, model=None, stream=False, **options):
        """Say so."""
        if tools := options.get("tools"):
            options["tools"] = [_told(tool, "function") for tool in tools]
        if (options.get("response_format") or {}).get("json_schema"):
            options["response_format"] = _told(options["response_format"], "json_schema")
        return await super().chat(messages, model, stream, **options)


def _told(outer, name):
    return {**outer, name: {"strict": False, **outer[name]}}


class LimitedWire(OpenAIWire):
    """The service rejects a small limit."""

    def __init__(self, least_tokens):
        super().__init__()
        self.traits = replace(self.traits, least_tokens=least_tokens)

    def read_chat(self, request):
        """Reject it."""
        chat = super().read_chat(request)
        if chat.options.get("max_tokens", 16) < 16:
            raise ValueError("max_tokens: at least 16")
        return chat


class RetiringWire(OpenAIWire):
    """The service keeps its state to itself unless it is asked for it."""

    def read_chat(self, request):
        """Look for the question."""
        chat = super().read_chat(request)
        surplus = {name: value for name, value in chat.surplus.items() if name != "with_state"}
        return replace(chat, wants_state="with_state" in chat.body, surplus=surplus)


class AsksForState(ReferenceProvider):
    """Asks for it."""

    async def chat(self, messages, model=None, stream=False, **options):
        """Ask."""
        options["extra_body"] = {"with_state": True, **(options.get("extra_body") or {})}
        return await super().chat(messages, model, stream, **options)


def status(provider, wire, id):
    """Return the status of one check."""
    report = run(replace(HARNESS, provider=provider, wire=wire), seed=SEED, only=[id])
    return {result.id: result.status for result in report.results}[id]


@pytest.mark.parametrize("id", ["PC-TOOLS-030", "PC-OPTIONS-008"])
@pytest.mark.parametrize(
    ("provider", "expected"), [(TellsAll, "pass"), (ReferenceProvider, "fail")]
)
def test_strictness(provider, expected, id):
    """If a tool or schema is strict unless told, a provider must tell it of those that are not."""
    assert status(provider, StrictWire(), id) == expected


def test_strictness_that_is_made_up():
    """If what is unsaid is not strict, nothing may be said of it."""
    assert status(TellsAll, OpenAIWire(), "PC-TOOLS-030") == "fail"


@pytest.mark.parametrize(("least", "expected"), [(16, "pass"), (1, "fail")])
def test_smallest_limit(least, expected):
    """The smallest limit that is tried is the smallest that the service accepts."""
    assert status(ReferenceProvider, LimitedWire(least), "PC-OPTIONS-003") == expected


@pytest.mark.parametrize(
    ("provider", "expected"), [(AsksForState, "pass"), (ReferenceProvider, "fail")]
)
def test_state_that_must_be_asked_for(provider, expected):
    """Where state comes only to who asks for it, a provider must ask."""
    assert status(provider, RetiringWire(), "PC-CHAT-050") == expected
