"""Finding the window of a model: from its service, the settings, or a default."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from provider_sdk import BaseProvider

from ollama_cli.conversation.context import Conversation, messages_of
from ollama_cli.conversation.known_windows import KnownWindows
from ollama_cli.conversation.measure import tokens_of
from ollama_cli.conversation.window import LEAST, Window

if TYPE_CHECKING:
    from provider_sdk import ModelInfo

DEFAULT = 32_768
"""What is assumed of a model if neither its service nor the settings say it."""

ASK_FROM = 800
"""A conversation of fewer tokens fits every model, and no service is asked."""

_ASK_S = 1.0
_DATED = re.compile(r"-\d{8}")


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
        self,
        provider: BaseProvider,
        model: str | None,
        settings: Mapping[str, Any],
        conversation: Conversation,
    ) -> Window:
        """Return the window of a model: from its service, the settings, or a default.

        It never fails; a service that does not answer within a second is passed over. None is asked
        if it does not matter, because the conversation is short, or has only begun.

        Args:
            provider: who offers the model.
            model: its name; ``None`` for the provider's default.
            settings: the user's settings.
            conversation: what is to fit.
        """
        model = model or provider.default_model
        found = self._known.get(provider, model)
        if found is None and model and _matters(conversation):
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
        except Exception:  # noqa: BLE001 - no fault of a provider ends a call that can do without
            self._known.put(provider, model, None, failed=True)
            return None
        found = found if found and found >= LEAST else None  # such a number is a mistake
        self._known.put(provider, model, found)
        return found


def _matters(conversation: Conversation) -> bool:
    if not conversation.turns and not conversation.summary:
        return False
    tokens = 0
    for message in messages_of(conversation):
        tokens += tokens_of([message])
        if tokens >= ASK_FROM:
            return True
    return False


async def _ask(provider: BaseProvider, model: str) -> int | None:
    from provider_sdk import ManagesModels  # only long conversations pay for it

    if isinstance(provider, ManagesModels):
        return (await provider.show(model)).context_window
    return window_in(await provider.describe_models(), model)


def window_in(models: Sequence[ModelInfo], model: str) -> int | None:
    """Return the window of a model by a service's list, ``None`` if it does not say.

    ``name:backend`` is the model at one back end, as Hugging Face has it, and a name without a date
    stands for the newest with one, as Anthropic has it.
    """
    name, _, backend = model.rpartition(":")
    dated: list[ModelInfo] = []
    for info in models:
        if info.id == model:
            return info.context_window
        if name and info.id == name:
            at = {each.provider: each.context_window for each in info.backends}
            return at.get(backend) or info.context_window
        if info.id.startswith(model) and _DATED.fullmatch(info.id[len(model) :]):
            dated.append(info)
    return max(dated, key=lambda info: info.id).context_window if dated else None
