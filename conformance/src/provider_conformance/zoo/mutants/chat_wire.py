"""Mutants that CHAT must kill for the requests in which they send a conversation."""

from __future__ import annotations

from typing import Any

import httpx
from provider_sdk import Message

from provider_conformance.zoo._clients import Client, WithClient
from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.chat_request import Asked, Rewriting, dicts
from provider_conformance.zoo.mutants.options import Optioning
from provider_conformance.zoo.reference import Mutable


@mutant("PC-CHAT-046", "provider.default_model")
class IgnoresChosenDefault(Mutable):
    """Takes a default model and keeps its own."""

    def __init__(self, *, default_model: str | None = None, **config: Any) -> None:
        super().__init__(**config)


@mutant("PC-CHAT-046", "the model in the request")
class AsksDefaultOfClass(Mutable):
    """Says which default was chosen, and asks that of its class."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        return messages, model or type(self).default_model, stream, options


class _Renaming(Client):
    headers_to_send: tuple[str, str] = ("", "")

    async def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        """Send a request with another header."""
        name, value = self.headers_to_send
        if request.method == "POST":
            request.headers[name] = value
        return await super().send(request, **how)


class _WithHeader(WithClient):
    header: tuple[str, str]

    def __init__(self, **config: Any) -> None:
        client = _Renaming()
        client.headers_to_send = self.header
        super().__init__(client=client, **config)


@mutant("PC-CHAT-047", "the content type of the request, whole")
class SendsPlainText(_WithHeader):
    """Sends JSON as plain text."""

    header = ("content-type", "text/plain")


@mutant("PC-CHAT-047", "the content type of the request, whole, charset")
class NamesLatin(_WithHeader):
    """Says that its body is Latin-1."""

    header = ("content-type", "application/json; charset=iso-8859-1")


@mutant("PC-CHAT-047", "Accept of the request, whole")
class AcceptsPages(_WithHeader):
    """Takes web pages alone."""

    header = ("accept", "text/html")


@mutant("PC-CHAT-048", "fields that nobody asked for in complete()")
class StoresAnswers(Optioning):
    """Has the service store every answer."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return options | {"extra_body": {"store": True, **(options.get("extra_body") or {})}}


@mutant("PC-CHAT-048", "fields that nobody asked for in a question with tools")
class NamesUserOfTools(Optioning):
    """Adds who asks to calls with tools."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        if not options.get("tools"):
            return options
        return options | {"extra_body": {"user": "me", **(options.get("extra_body") or {})}}


@mutant("PC-CHAT-049", "to raise TypeError")
class IgnoresUnknownKeys(Rewriting):
    """Sends of a message what it knows."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        known = {*Message.__dataclass_fields__, "reasoning_content", "reasoning_details"}
        return [{n: v for n, v in turn.items() if n in known} for turn in dicts(messages)]


@mutant("PC-CHAT-048", "messages of a question with response_format")
class AsksForJsonInWords(Mutable):
    """Adds a sentence to conversations that ask for JSON."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> Asked:
        """Change what is asked."""
        if (options.get("response_format") or {}).get("type") == "json_object":
            messages = [*messages, {"role": "user", "content": "Answer in JSON."}]
        return messages, model, stream, options


@mutant("PC-CHAT-048", "options that nobody asked for in a question with seed")
class MakesSeedsSteady(Optioning):
    """Sends a temperature of 0 with every seed."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return {"temperature": 0.0, **options} if options.get("seed") else options
