"""The kit's own wires send nothing that the recorded services never sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from provider_conformance import Harness, find_harness
from provider_conformance.shapes import invented, recorded_shapes, scripted_shapes
from provider_conformance.wires import Answer, Reply, Wire

from .cassettes import cassette_of
from .exchanges import Exchange
from .wires import EXCHANGES

ROOT = Path(__file__).parents[2]
CHAT_COMPLETIONS = {"POST": "/v1/chat/completions", "GET": "/v1/models"}


@dataclass(frozen=True)
class Case:
    """A wire, as a harness configures it, and the exchanges of its service.

    Attributes:
        paths: the paths of the service by method.
        takes: whether an exchange is one of the service.
    """

    harness: Callable[[], Harness]
    paths: dict[str, str]
    takes: Callable[[Exchange], bool]

    def exchanges(self) -> list[Exchange]:
        """Return the recorded exchanges, without those that we made by hand."""
        known = ("chat", "chat_stream", "error", "list_models")
        return [
            each
            for each in EXCHANGES
            if each.operation in known and not each.id.startswith("own-") and self.takes(each)
        ]


def harness_of(folder: str, name: str = "harness.py") -> Callable[[], Harness]:
    """Return what loads the harness of a provider of this checkout."""
    file = ROOT / "providers" / folder / "tests" / name
    return lambda: find_harness(str(file))[0]


def _is_openais_list(each: Exchange) -> bool:
    return each.provider == "openai" and each.operation == "list_models"


CASES = {
    "hf": Case(
        harness_of("huggingface"),
        CHAT_COMPLETIONS,
        # Its errors have one form, whichever of its interfaces was asked.
        lambda each: each.provider == "hf" and (each.status >= 400 or "task" not in each.api),
    ),
    "openai": Case(
        harness_of("openai", "harness_openai.py"),
        CHAT_COMPLETIONS,
        lambda each: each.provider == "openai" and each.api == "chat-completions",
    ),
    "codex": Case(
        harness_of("openai"),
        {"POST": "/v1/responses", "GET": "/v1/models"},
        # All services that speak the protocol; the model list is that of chat completions.
        lambda each: each.api.startswith("responses") or _is_openais_list(each),
    ),
    "claude": Case(
        harness_of("anthropic"),
        {"POST": "/v1/messages", "GET": "/v1/models"},
        lambda each: each.provider == "anthropic" and each.api == "messages",
    ),
    "gemini": Case(
        harness_of("gemini"),
        {"POST": "/v1beta/models/asked-for:generateContent", "GET": "/v1beta/models"},
        lambda each: each.api == "generateContent",
    ),
    "ollama": Case(
        harness_of("ollama"),
        {"POST": "/api/chat", "GET": "/api/tags"},
        lambda each: (
            each.provider == "ollama" and "openai" not in each.api and "generate" not in each.api
        ),
    ),
}
RECORDED = {name: case for name, case in CASES.items() if case.exchanges()}


def findings(case: Case, wire: Wire) -> list[str]:
    """Return what is named of a wire against the exchanges of a case."""
    tapes = [cassette_of(exchange, case.paths) for exchange in case.exchanges()]
    recorded = recorded_shapes(tapes, wire)
    assert recorded.exchanges == len(tapes)
    scripted = scripted_shapes(replace(case.harness(), wire=wire))
    return [str(finding) for finding in invented(wire, scripted, recorded)]


@pytest.mark.parametrize("name", RECORDED)
def test_wire_invents_nothing(name: str) -> None:
    """All that a wire scripts is in a recorded exchange of its service, or its source is named."""
    case = RECORDED[name]
    assert findings(case, case.harness().wire) == []


@pytest.mark.parametrize("name", RECORDED)
def test_invention_is_named(name: str) -> None:
    """A field that the recorded service never sends is found in the same comparison."""
    case = RECORDED[name]
    wire = case.harness().wire

    class Inventive(type(wire)):  # type: ignore[misc]
        def __init__(self) -> None:
            vars(self).update(vars(wire))

        def whole(self, answer: Answer) -> Reply:
            reply = super().whole(answer)
            body = json.loads(reply.body) | {"mood": "cheerful"}
            return replace(reply, steps=(json.dumps(body).encode(),))

    assert findings(case, Inventive()) == ["chat answer: `mood` is in no recorded reply"]
