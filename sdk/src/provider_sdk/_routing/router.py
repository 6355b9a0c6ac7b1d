"""Several providers as one: ``ProviderRouter``."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack, overload

from provider_sdk._accounting.counter import UsageCounter
from provider_sdk._base import BaseProvider
from provider_sdk._messages import Messages
from provider_sdk._observing import Observer
from provider_sdk._options import ChatOptions
from provider_sdk._responses import ChatResponse
from provider_sdk._routing.credentials import ChooseCredential
from provider_sdk._routing.engine import Engine
from provider_sdk._routing.provider import RoutedProvider
from provider_sdk._routing.route import Route
from provider_sdk._routing.settings import check_task, checked_settings
from provider_sdk._stream import ChatStream
from provider_sdk._validation import safe_repr

if TYPE_CHECKING:
    from provider_sdk._health import Health
    from provider_sdk._routing.outlook import Outlook


class ProviderRouter:
    """Finds the provider that answers, and asks the next if one cannot.

    ```python
    async with ProviderRouter() as router:
        response = await router.route("coding", messages)
        print(response.text, response.route.provider)
    ```

    Who is named for a task answers, or its error is raised: the argument ``provider``, else
    ``OLLAMA_CLI_<TASK>_PROVIDER``, else ``settings["tasks"]``, else ``settings["provider"]``. If
    nobody is named, those of the chain are asked in order.

    Building it reads neither files nor network nor the environment. It may be used from several
    threads and event loops at once.

    Args:
        settings: ``{"provider", "model", "tasks", "providers", "fallback_chain", "local_only",
            "budgets", "prices"}``; ``None`` for none.
        observer: is told of all attempts, fallbacks and cool-downs.
        choose_credential: chooses the credential of each provider; by default each uses what it
            finds.

    Raises:
        ValueError: a setting is unknown or has the wrong form.
        TypeError: the observer is not an ``Observer``.
    """

    def __init__(
        self,
        settings: Mapping[str, Any] | None = None,
        *,
        observer: Observer | None = None,
        choose_credential: ChooseCredential | None = None,
    ) -> None:
        if not isinstance(observer, Observer | None):
            raise TypeError(f"observer must be an Observer, not {safe_repr(observer)}")
        self._engine = Engine(checked_settings(settings), observer, choose_credential)
        self._faces: dict[tuple[str, str | None], RoutedProvider] = {}

    @overload
    async def route(
        self,
        task_type: str,
        messages: Messages,
        *,
        provider: str | None = None,
        model: str | None = None,
        stream: Literal[False] = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse: ...
    @overload
    async def route(
        self,
        task_type: str,
        messages: Messages,
        *,
        provider: str | None = None,
        model: str | None = None,
        stream: Literal[True],
        **options: Unpack[ChatOptions],
    ) -> ChatStream: ...
    @overload
    async def route(
        self,
        task_type: str,
        messages: Messages,
        *,
        provider: str | None = None,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | ChatStream: ...
    async def route(
        self,
        task_type: str,
        messages: Messages,
        *,
        provider: str | None = None,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | ChatStream:
        """Answer a conversation; see ``BaseProvider.chat``.

        Args:
            task_type: ``"coding"``, ``"agent"`` or ``"subagent"``.
            messages: the conversation.
            provider: the one provider to ask; it is not replaced.
            model: the model to ask. Without a provider it is for the first of the chain that can
                take the call; all others use their own defaults.
            stream: whether to get the answer piece by piece.
            options: see ``ChatOptions``.

        Raises:
            ValueError: the task is unknown or reserved.
            UnknownProviderError: nobody has the name that an argument, a variable, a setting or
                the chain holds.
            AllProvidersFailedError: nobody of the chain could answer.
            BudgetExceededError: a limit of the setting ``budgets`` is reached; nothing was sent.
            TypeError: as ``chat``.
            ProviderError: as ``chat``.
        """
        answering = self._face(task_type, provider).chat(messages, model, stream, **options)
        del options  # an error's frames must not show headers, as in ``PreparedProvider.chat``
        return await answering

    @property
    def last_route(self) -> Route | None:
        """How the last answered call came to its answer; ``None`` before the first."""
        return self._engine.last_route

    @property
    def usage(self) -> UsageCounter:
        """What all calls used; the observer, if that is a ``UsageCounter``."""
        return self._engine.accounts.usage

    def list_available_providers(self) -> list[str]:
        """Return who could answer, in the order of the chain, then the others; sends nothing."""
        self._engine.candidates.require_open()
        return [each.name for each in self._engine.standings() if each.state == "usable"]

    async def health_check_all(self) -> dict[str, Health]:
        """Ask all providers at once whether they are healthy; a failure is a reason, not raised."""
        from provider_sdk._routing.health import health_of_all  # a call does not need it

        self._engine.candidates.require_open()
        return await health_of_all(self._engine.standings())

    def get_provider(self, name: str) -> BaseProvider:
        """Return the provider with this name; it is built once, and closed with the router.

        Raises:
            UnknownProviderError: nobody has that name.
            RegistryError: it cannot be loaded or built.
            ProviderError: it has no credential, is not local although ``local_only`` is set, or
                the router is closed.
        """
        return self._engine.named(name, "")

    def make_provider(self, name: str, **arguments: Any) -> BaseProvider:
        """Return a new provider with this name, as the settings describe it; the caller closes it.

        Args:
            name: the name.
            arguments: further arguments of its constructor, such as ``timeout``.

        Raises:
            UnknownProviderError: as ``get_provider``.
            RegistryError: as ``get_provider``.
            ProviderError: as ``get_provider``.
        """
        return self._engine.new(name, arguments)

    def as_provider(self, task: str = "agent") -> BaseProvider:
        """Return a provider called ``router`` that answers each call as ``route`` does.

        Its class can do what any of the chain can. Closing it closes the router.

        Raises:
            ValueError: the task is unknown or reserved.
        """
        check_task(task)
        body = {"capabilities": self._engine.union(), "__doc__": RoutedProvider.__doc__}
        kind: type[RoutedProvider] = type("RoutedProvider", (RoutedProvider,), body)
        return kind(self._engine, task)

    def explain(
        self, task: str = "agent", *, provider: str | None = None, model: str | None = None
    ) -> list[Outlook]:
        """Return who would answer a plain call now, and why the others would not; sends nothing.

        Raises:
            ValueError: the task is unknown or reserved.
            UnknownProviderError: the setting ``fallback_chain`` names a provider that is not there.
        """
        check_task(task)
        self._engine.candidates.require_open()
        return self._engine.outlook(task, provider, model)

    async def aclose(self) -> None:
        """Close all providers that were built; afterwards every call raises ``ProviderError``."""
        await self._engine.candidates.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _face(self, task: str, provider: str | None) -> RoutedProvider:
        """Return the routed provider of a task, made once."""
        check_task(task)
        if provider is not None:
            # Only names that exist are kept.
            self._engine.candidates.find(provider, "the argument `provider`")
        face = self._faces.get((task, provider))
        if face is None:
            face = self._faces[task, provider] = RoutedProvider(self._engine, task, provider)
        return face
