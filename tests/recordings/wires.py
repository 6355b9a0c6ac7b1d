"""Which provider answers for which exchange: one row a wire."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from provider_anthropic import ClaudeProvider
from provider_gemini import GeminiProvider
from provider_huggingface import HfProvider
from provider_ollama import OllamaProvider
from provider_openai import CodexProvider, OpenAIProvider, ResponsesCompatibleProvider
from provider_sdk import HttpProvider, OpenAICompatibleProvider

from .exchanges import Exchange, load
from .facts import Answer, chat_completion, generated_content, message, response

MESSAGES_END = re.compile(rb'"stop_reason":\s*"\w|"type":\s*"message_stop"')
CHAT_COMPLETIONS_END = re.compile(rb'"finish_reason":\s*"\w|\[DONE\]')
GEMINI_END = re.compile(rb'"(finish|block)Reason":\s*"?\w')
GEMINI_ID = re.compile(rb'"responseId":\s*"([^"]+)"')
RESPONSES_END = re.compile(rb'"type":\s*"response\.(completed|incomplete)"')
OLLAMA_END = re.compile(rb'"done":\s*true')


class CompatibleProvider(OpenAICompatibleProvider):
    """Any service that speaks OpenAI chat completions."""

    name = "compatible"
    base_url = "https://service.test/v1"


class CompatibleResponsesProvider(ResponsesCompatibleProvider):
    """Any service that speaks the Responses API."""

    name = "compatible"
    base_url = "https://service.test/v1"


@dataclass(frozen=True)
class Wire:
    """How the exchanges of one wire are replayed.

    Attributes:
        provider: the class that is tried.
        takes: whether an exchange is of this wire; the first row that takes it counts.
        expected: what the provider must make of an exchange's facts.
        end: what shows in a stream that the answer has come to its end.
        prefix: what stands before the ids of a model list, and is no part of them.
        names_exchange: what shows the id of the exchange in a body, if no header names it.
        repeats_end: whether old services say with every piece that the answer ends, so that nobody
            can tell which piece is the last.
    """

    provider: type[HttpProvider]
    takes: Callable[[Exchange], bool]
    expected: Callable[[Exchange], Answer]
    end: re.Pattern[bytes]
    prefix: str = ""
    names_exchange: re.Pattern[bytes] | None = None
    repeats_end: bool = False


WIRES = (
    Wire(
        provider=CompatibleProvider,
        takes=lambda exchange: exchange.api.startswith("openai-compat"),
        expected=chat_completion,
        end=CHAT_COMPLETIONS_END,
    ),
    Wire(
        provider=HfProvider,
        takes=lambda exchange: exchange.provider == "hf",
        expected=chat_completion,
        end=CHAT_COMPLETIONS_END,
    ),
    Wire(
        provider=OpenAIProvider,
        takes=lambda exchange: exchange.api == "chat-completions",
        expected=chat_completion,
        end=CHAT_COMPLETIONS_END,
    ),
    Wire(
        provider=OllamaProvider,
        takes=lambda exchange: exchange.provider == "ollama",
        expected=chat_completion,
        end=OLLAMA_END,
    ),
    Wire(
        provider=ClaudeProvider,
        takes=lambda exchange: exchange.api == "messages",
        expected=message,
        end=MESSAGES_END,
    ),
    Wire(
        provider=GeminiProvider,
        takes=lambda exchange: exchange.api == "generateContent",
        expected=generated_content,
        end=GEMINI_END,
        prefix="models/",
        names_exchange=GEMINI_ID,
        repeats_end=True,
    ),
    Wire(
        provider=CodexProvider,
        takes=lambda exchange: exchange.api == "responses",
        expected=response,
        end=RESPONSES_END,
    ),
    Wire(
        provider=CompatibleResponsesProvider,
        takes=lambda exchange: exchange.api.startswith("responses-compat"),
        expected=response,
        end=RESPONSES_END,
    ),
)

_NOBODYS = "is for nobody: the contract has chat and model lists"
_OPERATIONS = ("chat", "chat_stream", "error", "list_models")


def wire_of(exchange: Exchange) -> Wire:
    """Return the row that takes an exchange which is in scope."""
    return next(wire for wire in WIRES if wire.takes(exchange))


def out_of_scope(exchange: Exchange) -> str | None:
    """Return why no provider is tried with an exchange, ``None`` if one is."""
    if exchange.operation not in _OPERATIONS:
        return f"{exchange.operation} {_NOBODYS}"
    if exchange.api == "/api/generate":
        return f"{exchange.api} {_NOBODYS}"
    if any(wire.takes(exchange) for wire in WIRES):
        return None
    return f"{exchange.provider}'s own protocol has no provider here"


EXCHANGES = load()
IN_SCOPE = [exchange for exchange in EXCHANGES if out_of_scope(exchange) is None]


def select(*outcomes: str) -> dict[str, Any]:
    """Return the arguments of ``parametrize`` for the exchanges with some outcomes."""
    chosen = [exchange for exchange in IN_SCOPE if exchange.outcome in outcomes]
    return {"argnames": "exchange", "argvalues": chosen, "ids": [each.id for each in chosen]}
