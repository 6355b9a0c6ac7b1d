"""The provider for OpenAI's models over chat completions."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from provider_sdk import (
    ChatCall,
    ChatResponse,
    ChatStream,
    Dialect,
    OpenAICompatibleProvider,
    ProviderRequestError,
    ProviderWarning,
)

from provider_openai._account import OpenAIAccount
from provider_openai._chat_dialect import OpenAIChatDialect
from provider_openai._chat_models import SAMPLING, forbids_sampling
from provider_openai._chat_relax import relaxed, with_learned
from provider_openai._chat_request import fitted, is_own
from provider_openai._models import CHAT_MODEL


class OpenAIProvider(OpenAIAccount, OpenAICompatibleProvider):
    """OpenAI's models at ``api.openai.com``, over chat completions.

    The credential comes from ``api_key`` or ``OPENAI_API_KEY``, the address from ``base_url`` or
    ``OPENAI_BASE_URL``. Models that only the Responses API serves, and tools beside reasoning of
    later ones, need the provider ``codex``.

    Args:
        config: see ``OpenAIAccount`` and ``HttpProvider``.
    """

    name = "openai"
    dialect: ClassVar[Dialect] = OpenAIChatDialect()
    default_model = CHAT_MODEL

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._is_own = is_own(self.base_url)
        # What rejections taught, by model and effort; each would cost a request per call.
        self._learned: dict[tuple[str, object], Mapping[str, Any]] = {}

    def forbidden_sampling(self, model: str) -> frozenset[str]:
        """Return the sampling options that one of OpenAI's models always rejects."""
        return SAMPLING if self._is_own and forbids_sampling(model) else frozenset()

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Send the call with the fields that the service wants, and return its answer.

        What rejections taught is remembered once a call that follows it is answered.
        """
        sent = self._with_learned(call)
        _warn(sent.notes[len(call.notes) :])
        answer = await super().answer(fitted(sent, own=self._is_own))
        if sent.learned:
            self._learned[_key(sent)] = sent.learned
        return answer

    def relax(self, call: ChatCall, error: ProviderRequestError) -> ChatCall | None:
        """Return the reduced call to try, and warn if it lacks what the caller asked for."""
        sent = self._with_learned(call)
        reduced = relaxed(sent, str(error), own=self._is_own)
        if reduced is None:
            return super().relax(sent, error)
        _warn(reduced.notes[len(sent.notes) :])
        return reduced

    def _with_learned(self, call: ChatCall) -> ChatCall:
        return with_learned(call, self._learned.get(_key(call), {}))


def _key(call: ChatCall) -> tuple[str, object]:
    return call.model, call.options.get("reasoning_effort")


def _warn(notes: Iterable[str]) -> None:
    for note in notes:
        warnings.warn(note, ProviderWarning, stacklevel=3)
