"""The contract without asyncio, for scripts and notebooks: every call blocks until it is done.

```python
from provider_sdk import sync

with sync.connect("hf") as provider:
    print(provider.complete("Why is the sky blue?"))
```

All calls run on one private event loop in a daemon thread, so they work beside a running loop
(Jupyter) and from several threads. An interrupt (Ctrl-C) cancels the call that is under way.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, overload

from provider_sdk._base import BaseProvider
from provider_sdk._messages import Messages
from provider_sdk._options import ChatOptions
from provider_sdk._responses import ChatChunk, ChatResponse
from provider_sdk._routing.registry import PROVIDER_REGISTRY
from provider_sdk._stream import ChatStream

if TYPE_CHECKING:
    from provider_sdk._models import ModelInfo

__all__ = ["SyncChatStream", "SyncProvider", "connect"]

_T = TypeVar("_T")


def connect(name: str, **config: Any) -> SyncProvider:
    """Build the provider that the registry knows by this name.

    Args:
        name: such as ``"hf"``.
        config: what its constructor takes.

    Raises:
        RegistryError: the name is unknown, or claimed twice.
        ProviderAuthError: a required credential is missing.
    """
    return SyncProvider(PROVIDER_REGISTRY[name](**config))


class SyncProvider:
    """Any provider, with calls that block until they are done.

    Its methods are those of ``BaseProvider`` without ``await``, and raise the same.

    Args:
        provider: the provider to call.

    Attributes:
        provider: as the argument.
    """

    def __init__(self, provider: BaseProvider) -> None:
        self.provider = provider

    def __repr__(self) -> str:
        return f"SyncProvider({self.provider!r})"

    @overload
    def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: Literal[False] = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse: ...
    @overload
    def chat(
        self,
        messages: Messages,
        model: str | None = None,
        *,
        stream: Literal[True],
        **options: Unpack[ChatOptions],
    ) -> SyncChatStream: ...
    @overload
    def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | SyncChatStream: ...
    def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | SyncChatStream:
        """Answer a conversation; see ``BaseProvider.chat``."""
        answer = _wait(self.provider.chat(messages, model, stream, **options))
        return SyncChatStream(answer) if isinstance(answer, ChatStream) else answer

    def complete(
        self, prompt: str, model: str | None = None, **options: Unpack[ChatOptions]
    ) -> str:
        """Answer a single prompt with text; see ``BaseProvider.complete``."""
        return _wait(self.provider.complete(prompt, model, **options))

    def health_check(self) -> bool:
        """Ask the service whether it accepts this credential; see ``BaseProvider.health_check``."""
        return _wait(self.provider.health_check())

    def list_models(self) -> list[str]:
        """Return the ids of all models; see ``BaseProvider.list_models``."""
        return _wait(self.provider.list_models())

    def describe_models(self) -> list[ModelInfo]:
        """Return what the service says about its models; see ``BaseProvider.describe_models``."""
        return _wait(self.provider.describe_models())

    def close(self) -> None:
        """Close all connections; afterwards every call raises ``ProviderError``."""
        _wait(self.provider.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class SyncChatStream:
    """A ``ChatStream`` to iterate without ``await``; leaving ``with`` closes the connection."""

    def __init__(self, stream: ChatStream) -> None:
        self._stream = stream

    @property
    def response(self) -> ChatResponse:
        """The whole answer, once the stream has ended; see ``ChatStream.response``."""
        return self._stream.response

    @property
    def partial(self) -> ChatResponse:
        """The answer as far as it was read."""
        return self._stream.partial

    def collect(self) -> ChatResponse:
        """Read to the end and return the whole answer."""
        return _wait(self._stream.collect())

    def close(self) -> None:
        """Close the connection; further calls do nothing."""
        _wait(self._stream.aclose())

    def __iter__(self) -> Iterator[ChatChunk]:
        return self

    def __next__(self) -> ChatChunk:
        chunk = _wait(self._next())
        if chunk is None:
            raise StopIteration
        return chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def _next(self) -> ChatChunk | None:
        return await anext(self._stream, None)


class _LoopThread(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="provider_sdk.sync", daemon=True)
        self.loop = asyncio.new_event_loop()

    def run(self) -> None:
        self.loop.run_forever()


_lock = threading.Lock()
_thread: _LoopThread | None = None


def _running_thread() -> _LoopThread:
    global _thread
    with _lock:
        # A forked child inherits the object, but not the thread.
        if _thread is None or not _thread.is_alive():
            _thread = _LoopThread()
            _thread.start()
        return _thread


def _wait(work: Coroutine[Any, Any, _T]) -> _T:
    thread = _running_thread()
    if threading.current_thread() is thread:
        work.close()
        raise RuntimeError("a blocking call from a coroutine of provider_sdk.sync never ends")
    future = asyncio.run_coroutine_threadsafe(work, thread.loop)
    try:
        return future.result()
    except BaseException:
        # An interrupt ends only the wait, so cancel the call; one that has ended ignores that.
        future.cancel()
        raise
