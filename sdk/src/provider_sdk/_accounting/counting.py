"""Counting a prompt by the service's endpoint, or estimating it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple, Unpack

from provider_sdk._accounting.estimate import estimate_tokens
from provider_sdk._base import BaseProvider
from provider_sdk._messages import Messages, normalized
from provider_sdk._options import ChatOptions, checked_options

_Count = Callable[..., Awaitable[int]]


class TokenCount(NamedTuple):
    """How many tokens a call would read, and who counted.

    Attributes:
        tokens: how many.
        source: ``"reported"`` by the service, or ``"estimated"`` here.
    """

    tokens: int
    source: Literal["reported", "estimated"]


async def count_tokens(
    provider: BaseProvider,
    messages: Messages,
    model: str | None = None,
    **options: Unpack[ChatOptions],
) -> TokenCount:
    """Return how many tokens a provider would read for a call.

    A provider with the capability ``token_counting`` and a method ``count_tokens`` asks its
    service, which does not bill it. For any other, such as a router, the count is an estimate, and
    nothing is sent.

    Args:
        provider: the provider.
        messages: the conversation, as ``chat`` takes it.
        model: the model; ``None`` for the provider's default.
        options: those of the call; tools are read too.

    Raises:
        TypeError: as ``chat``.
        ProviderError: as ``chat``; a failing endpoint is not replaced by an estimate.
    """
    # A router can count by its capabilities, which are those of its providers, and has no endpoint.
    count: _Count | None = getattr(provider, "count_tokens", None)
    if count is not None and "token_counting" in provider.capabilities:
        return TokenCount(await count(messages, model, **options), "reported")
    conversation = normalized(messages, provider.name)
    options = checked_options(options)
    return TokenCount(estimate_tokens(conversation, tools=options.get("tools")), "estimated")
