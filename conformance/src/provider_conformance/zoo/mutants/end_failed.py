"""Mutants that END must kill for what they make of answers that failed."""

from __future__ import annotations

from typing import Any, ClassVar

from provider_sdk import ChatCall, ChatResponse, HttpReply, OpenAIDialect

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


class _Hopeful(OpenAIDialect):
    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        if b'"choices"' not in reply.body and b'"error"' in reply.body:
            return ChatResponse(model=call.model)
        return super().parse_chat(call, reply)


@mutant("PC-END-034", "a failed answer: to raise ProviderError")
class SuccessIsAnAnswer(Mutable):
    """Takes whatever comes with status 200 for an answer, perhaps an empty one."""

    dialect: ClassVar[Any] = _Hopeful()
