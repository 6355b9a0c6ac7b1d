"""How many tokens a model reads and writes at most."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from provider_sdk import (
    BaseProvider,
    ChatOptions,
    ContextLengthError,
    ManagesModels,
    ModelInfo,
    ProviderError,
    estimate_tokens,
)

from ollama_cli.conversation.known_windows import KnownWindows

DEFAULT = 32_768
"""What is assumed of a model if neither its service nor the settings say it."""

ASK_FROM = 800
"""A conversation of fewer tokens fits every model, and no service is asked."""

_ASK_S = 1.0
_ANSWER = 4096
_THINKING = 8192
_LEAST = 256
_NUMBER = re.compile(r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?![\w-])|(?<![\w.,-])\d{3,9}(?![\w-])")
_DATED = re.compile(r"-\d{8}")


@dataclass(frozen=True, slots=True)
class Window:
    """How many tokens a model reads and writes at most, and who says so.

    Attributes:
        tokens: how many.
        source: ``"service"``, ``"settings"``, or ``"default"`` if nobody does.
    """

    tokens: int
    source: Literal["service", "settings", "default"]


class Windows:
    """Finds the windows of models; one per process.

    A service is asked once, and what it says is kept for days in the data folder.

    Args:
        clock: returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._known = KnownWindows(clock)
        self._asked: set[tuple[str, str]] = set()

    async def of(
        self, provider: BaseProvider, model: str | None, settings: Mapping[str, Any], tokens: int
    ) -> Window:
        """Return the window of a model: from its service, the settings, or a default.

        It never fails; a service that does not answer within a second is passed over.

        Args:
            provider: who offers the model.
            model: its name; ``None`` for the provider's default.
            settings: the user's settings.
            tokens: how many the conversation has; the service is not asked about a short one.
        """
        model = model or provider.default_model
        found = self._known.get(provider, model)
        if found is None and model and tokens >= ASK_FROM:
            found = await self._from_service(provider, model)
        if found:
            return Window(found, "service")
        if stated := settings.get("context_window"):
            return Window(stated, "settings")
        return Window(DEFAULT, "default")

    def learn(self, provider: BaseProvider, model: str | None, window: Window) -> None:
        """Keep a window that the service told in an error; see ``window_after``."""
        self._known.put(provider, model or provider.default_model, window.tokens)

    async def _from_service(self, provider: BaseProvider, model: str) -> int | None:
        key = (provider.name, model)
        if key in self._asked:
            return None
        self._asked.add(key)
        try:
            async with asyncio.timeout(_ASK_S):
                found = await _ask(provider, model)
        except (ProviderError, TimeoutError):
            self._known.put(provider, model, None, failed=True)
            return None
        found = found if found and found >= _LEAST else None  # such a number is a mistake
        self._known.put(provider, model, found)
        return found


async def _ask(provider: BaseProvider, model: str) -> int | None:
    if isinstance(provider, ManagesModels):
        return (await provider.show(model)).context_window
    return window_in(await provider.describe_models(), model)


def window_in(models: list[ModelInfo], model: str) -> int | None:
    """Return the window of a model by a service's list, ``None`` if it does not say.

    ``name:backend`` is the model at one back end, as Hugging Face has it, and a name without a date
    stands for the newest with one, as Anthropic has it.
    """
    name, _, backend = model.rpartition(":")
    dated = []
    for info in models:
        if info.id == model:
            return info.context_window
        if name and info.id == name:
            at = {each.provider: each.context_window for each in info.backends}
            return at.get(backend) or info.context_window
        if info.id.startswith(model) and _DATED.fullmatch(info.id[len(model) :]):
            dated.append((info.id, info.context_window))
    return max(dated)[1] if dated else None


def reserve_of(options: ChatOptions) -> int:
    """Return how many tokens are kept for the answer to a call, its thoughts and its tools.

    Args:
        options: the options of the call.
    """
    answer = options.get("max_tokens") or 0
    if answer <= 0:
        effort = options.get("reasoning_effort")
        answer = _ANSWER + (_THINKING if effort and effort != "none" else 0)
    return answer + estimate_tokens(tools=options.get("tools"))


def window_after(error: ContextLengthError, window: Window, sent: int, reserve: int) -> Window:
    """Return the window to fit a conversation to after a service found it too long.

    It is always small enough that the conversation is compacted. Most services name the number of
    tokens that were sent and the limit; if so, what the estimate was wrong by is made up for.

    Args:
        error: what the service answered.
        window: what was thought to be the window.
        sent: the estimate of what was sent.
        reserve: as for ``fit``.
    """
    numbers = sorted({int(text.replace(",", "")) for text in _NUMBER.findall(error.message)})
    numbers = [number for number in numbers if number >= _LEAST]
    tokens = min(window.tokens, sent + reserve) // 2
    if len(numbers) > 1:
        limit, asked = numbers[-2:]
        tokens = int(limit * max(0.5, min(1.0, (sent + reserve) / asked)))
    elif numbers and numbers[0] < window.tokens:
        tokens = numbers[0]
    return Window(max(_LEAST, min(tokens, sent)), "service")
