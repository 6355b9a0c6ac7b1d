"""The contract under a strict type checker; checked, never run."""

from typing import Literal, Unpack, assert_type, overload

from provider_sdk import (
    BaseProvider,
    ChatChunk,
    ChatOptions,
    ChatResponse,
    ChatStream,
    Messages,
    ObservedAttempt,
    Observer,
    OpenAICompatibleProvider,
    ProviderError,
    ProviderRouter,
    Route,
    register_provider,
    sync,
)
from provider_sdk.testing import FakeProvider

MESSAGES: Messages = [{"role": "user", "content": "Why is the sky blue?"}]


class Compatible(OpenAICompatibleProvider):
    """Class attributes are enough."""

    name = "compatible"
    base_url = "https://api.acme.example/v1"
    api_key_env = ("ACME_API_KEY",)
    default_model = "acme-large"


class Adapter(BaseProvider):
    """An adapter over a foreign client repeats the three overloads."""

    name = "adapter"

    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: Literal[False] = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse: ...
    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        *,
        stream: Literal[True],
        **options: Unpack[ChatOptions],
    ) -> ChatStream: ...
    @overload
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | ChatStream: ...
    async def chat(
        self,
        messages: Messages,
        model: str | None = None,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> ChatResponse | ChatStream:
        """Answer."""
        raise NotImplementedError

    async def complete(
        self, prompt: str, model: str | None = None, **options: Unpack[ChatOptions]
    ) -> str:
        """Answer."""
        return prompt

    async def health_check(self) -> bool:
        """Be well."""
        return True

    async def list_models(self) -> list[str]:
        """Have one."""
        return ["echo"]


async def answers(provider: BaseProvider, stream: bool) -> None:
    """What ``chat`` returns follows from ``stream``."""
    assert_type(await provider.chat(MESSAGES), ChatResponse)
    assert_type(await provider.chat(MESSAGES, "m", stream=False, seed=7), ChatResponse)
    assert_type(await provider.chat(MESSAGES, stream=True), ChatStream)
    assert_type(await provider.chat(MESSAGES, stream=stream), ChatResponse | ChatStream)
    assert_type(await provider.complete("Why?", temperature=0.2), str)


async def streams(provider: Adapter) -> ChatResponse:
    """A stream is iterated, and then holds the response."""
    async with await provider.chat(MESSAGES, stream=True) as stream:
        async for chunk in stream:
            assert_type(chunk, ChatChunk)
    return stream.response


def blocking(provider: sync.SyncProvider, stream: bool) -> None:
    """The blocking face has the same overloads."""
    assert_type(provider.chat(MESSAGES), ChatResponse)
    assert_type(provider.chat(MESSAGES, "m", stream=False, seed=7), ChatResponse)
    assert_type(provider.chat(MESSAGES, stream=True), sync.SyncChatStream)
    assert_type(provider.chat(MESSAGES, stream=stream), ChatResponse | sync.SyncChatStream)
    for chunk in provider.chat(MESSAGES, stream=True):
        assert_type(chunk, ChatChunk)
    with sync.connect("hf", timeout=5) as connected:
        assert_type(connected.complete("Why?", temperature=0.2), str)


class Log(Observer):
    """Overrides what it wants to know."""

    def finished(self, attempt: ObservedAttempt, response: ChatResponse) -> None:
        """Show the retries."""
        assert_type(attempt.retries, int)


async def routed(stream: bool, options: ChatOptions) -> None:
    """A router has the overloads of a provider, and is one."""
    async with ProviderRouter({"fallback_chain": ["hf"]}, observer=Log()) as router:
        assert_type(await router.route("agent", MESSAGES), ChatResponse)
        assert_type(await router.route("agent", MESSAGES, stream=True, seed=7), ChatStream)
        assert_type(
            await router.route("agent", MESSAGES, provider="hf", model="m", stream=stream),
            ChatResponse | ChatStream,
        )
        response: ChatResponse = await router.route("agent", MESSAGES, **options)
        assert_type(response.route, Route | None)
        assert_type(router.as_provider("coding"), BaseProvider)
        assert_type(router.get_provider("hf"), BaseProvider)
        assert_type(router.last_route, Route | None)
        await router.route("agent", MESSAGES, temprature=0.2)  # type: ignore[call-overload]


async def scripted() -> None:
    """The fake is a provider, and takes every kind of reply."""
    error = ProviderError("it broke")
    fake: BaseProvider = FakeProvider("text", ChatResponse(), error, ["Bl", "ue.", error])
    assert_type(await fake.chat(MESSAGES), ChatResponse)
    assert_type(await FakeProvider("text").chat(MESSAGES, stream=True), ChatStream)


async def unpacked(provider: BaseProvider, options: ChatOptions) -> None:
    """Options that were put together elsewhere are passed on as they are."""
    response: ChatResponse = await provider.chat(MESSAGES, **options)
    assert_type(response.text, str)
    assert_type(await provider.complete("Why?", **options), str)


async def mistakes(provider: BaseProvider) -> None:
    """An option that is unknown, or of the wrong type, is found before the program runs."""
    await provider.chat(MESSAGES, temprature=0.2)  # type: ignore[call-overload]
    await provider.complete("Why?", max_tokens="many")  # type: ignore[arg-type]


register_provider("compatible", Compatible)
register_provider("adapter", Adapter)
