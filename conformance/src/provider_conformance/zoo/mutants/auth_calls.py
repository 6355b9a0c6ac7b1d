"""Mutants that AUTH must kill: those who forget the credential of one call, or its variable."""

from __future__ import annotations

import os
from typing import Any

from provider_sdk import HttpExchange, HttpRequest, ModelInfo

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


class Anonymous(Mutable):
    """The ground of mutants that leave the credential out of some requests."""

    anonymous = False

    async def open(self, request: HttpRequest) -> HttpExchange:
        """Send a request, perhaps without the credential."""
        if self.anonymous:
            request.headers.pop("authorization", None)  # type: ignore[attr-defined]
        return await super().open(request)


@mutant("PC-AUTH-015", "the credential of describe_models(): the one given")
class DescribesAnonymously(Anonymous):
    """Describes models without the credential, because the list looked public."""

    async def list_models(self) -> list[str]:
        """List as it should."""
        return [model.id for model in await super().describe_models()]

    async def describe_models(self) -> list[ModelInfo]:
        """Describe without a credential."""
        self.anonymous = True
        try:
            return await super().describe_models()
        finally:
            self.anonymous = False


@mutant("PC-AUTH-015", "the credential of complete(): the one given")
class CompletesAnonymously(Anonymous):
    """Completes prompts on a path of its own, which has no headers."""

    async def complete(self, prompt: str, model: str | None = None, **options: Any) -> str:
        """Complete without a credential."""
        self.anonymous = True
        try:
            return await super().complete(prompt, model, **options)
        finally:
            self.anonymous = False


@mutant("PC-AUTH-015", "the credential of both attempts: the one given")
class RetriesAnonymously(Mutable):
    """Consumes the credential with the first attempt."""

    sent: bytes = b""

    async def open(self, request: HttpRequest) -> HttpExchange:
        """Send a request; the same again without the credential."""
        if request.body and request.body == self.sent:
            request.headers.pop("authorization", None)  # type: ignore[attr-defined]
        self.sent = request.body or b""
        return await super().open(request)


@mutant("PC-AUTH-016", "building without an argument: to find the credential")
class KnowsNoVariables(Mutable):
    """Names a variable, and does not read it."""

    def __init__(self, **config: Any) -> None:
        name = self.api_key_env[0]
        held = os.environ.pop(name, None)
        try:
            super().__init__(**config)
        finally:
            if held is not None:
                os.environ[name] = held
