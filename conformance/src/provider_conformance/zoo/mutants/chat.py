"""Mutants that CHAT must kill."""

from __future__ import annotations

from dataclasses import replace

from provider_sdk import ChatResponse

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


@mutant("PC-CHAT-001", "response.text")
class FormatsText(Mutable):
    """Puts the words of the answer on one line."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, text=" ".join(response.text.split()))
