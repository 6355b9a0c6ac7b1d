"""What a check works with: a scripted service, providers that use it, and assertions."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from provider_sdk import BaseProvider, ChatResponse, ChatStream, Messages, ProviderError

from provider_conformance._harness import Harness
from provider_conformance._service import Service
from provider_conformance._text import repr_of
from provider_conformance.drivers import Driver
from provider_conformance.lab import payload
from provider_conformance.lab._difference import first_difference, same
from provider_conformance.lab._exceptions import exception_line
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._isolation import CapturedOutput
from provider_conformance.lab._secrets import secret_forms, without_secrets
from provider_conformance.lab._subjects import PLAIN, speaking_of
from provider_conformance.wires import Wire
from provider_conformance.wires._answer import Answer, SeenChat
from provider_conformance.wires._checked import UNREADABLE

if TYPE_CHECKING:
    from provider_conformance.cassettes import Cassette

Body = Callable[["Lab"], Awaitable[None]]
"""The code of a check; raises ``Failed`` if the provider breaks the rule."""

_E = TypeVar("_E", bound=BaseException)
_T = TypeVar("_T")

_POLLS = 100
_POLL_S = 0.001


class Lab:
    """Everything that one check uses; each check gets a new one.

    Attributes:
        harness: the provider and its wire.
        service: the scripted service.
        driver: connects the provider to the service.
        rng: the only source of random values, so that a seed repeats the check.
        credential: the credential that the service accepts; ``None`` if the provider has none.
        captured: what was logged, warned and printed so far.
        cassettes: recorded exchanges of the provider.
        errors: every exception that the provider raised into an assertion.
        secrets: every credential of the check. The runner fails a check if one shows in
            ``errors``, ``returned``, ``captured`` or the text of a provider.
        returned: further values that the provider returned, each with a description.
    """

    def __init__(
        self,
        harness: Harness,
        service: Service,
        driver: Driver,
        rng: random.Random,
        captured: CapturedOutput,
        cassettes: Sequence[Cassette] = (),
    ) -> None:
        self.harness = harness
        self.service = service
        self.driver = driver
        self.rng = rng
        self.captured = captured
        self.cassettes = cassettes
        self.credential = service.credential
        self.providers: list[BaseProvider] = []
        self.errors: list[BaseException] = []
        self.secrets: set[str] = {self.credential} if self.credential else set()
        self.returned: list[tuple[str, object]] = []

    @property
    def wire(self) -> Wire:
        """The wire of the service; its faults are ``WireFaultError``."""
        return self.service.wire

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities that the provider declares."""
        return self.harness.capabilities

    # Building.

    def config(self, **config: Any) -> dict[str, Any]:
        """Return constructor arguments: the credential, no retries, and ``config``.

        An argument that is ``None`` is left out.
        """
        keywords: dict[str, Any] = {"max_retries": 0}
        if self.credential is not None:
            keywords["api_key"] = self.credential
        keywords.update(config)
        return {name: value for name, value in keywords.items() if value is not None}

    def provider(self, **config: Any) -> BaseProvider:
        """Return a provider that uses the service; it is closed when the check ends."""
        provider = self.harness.build(self.driver.address, self.config(**config))
        self.providers.append(provider)
        return provider

    def probe_config(self, **config: Any) -> dict[str, Any]:
        """Return the arguments with which ``probe`` reaches the service."""
        return {**self.harness.config(self.driver.address), **self.config(**config)}

    def another_credential(self) -> str:
        """Return a credential that the service does not know."""
        secret = payload.credential(self.rng)
        self.secrets.add(secret)
        return secret

    def use_credential(self, credential: str) -> None:
        """Make the service accept another credential; providers built from now on are given it."""
        self.secrets.add(credential)
        self.credential = self.service.credential = credential

    def answer(self, **fields: Any) -> Answer:
        """Return a random text answer with usage; ``fields`` are fields of ``Answer`` to set."""
        chosen: dict[str, Any] = {
            "pieces": payload.pieces(self.rng),
            "usage": payload.tokens(self.rng),
            **fields,
        }
        return Answer(**chosen)

    def text(self) -> str:
        """Return a random sentence with characters outside ASCII."""
        return payload.sentence(self.rng)

    def user_message(self) -> list[dict[str, Any]]:
        """Return a conversation that is one random user message."""
        return [{"role": "user", "content": self.text()}]

    # Calling.

    async def chat(
        self, provider: BaseProvider, messages: Messages | None = None, **options: Any
    ) -> ChatResponse:
        """Return the response to a call without streaming; by default to a random message."""
        response = await provider.chat(
            messages if messages is not None else self.user_message(), self.harness.model, **options
        )
        self.instance("the result of chat()", ChatResponse, response)
        self.returned.append(("a response", response))
        return cast("ChatResponse", response)

    async def open_stream(
        self, provider: BaseProvider, messages: Messages | None = None, **options: Any
    ) -> ChatStream:
        """Return the stream of a call, still to be read and closed."""
        stream = await provider.chat(
            messages if messages is not None else self.user_message(),
            self.harness.model,
            stream=True,
            **options,
        )
        self.true("the result of chat(stream=True)", _is_stream(stream), "a ChatStream", stream)
        # Its text, because a stream that is kept is not collected, and some checks drop one.
        self.returned.append(("repr(stream)", repr_of(stream)))
        return cast("ChatStream", stream)

    async def stream(
        self, provider: BaseProvider, messages: Messages | None = None, **options: Any
    ) -> tuple[list[str], ChatResponse]:
        """Read a stream to its end; return the texts of its chunks and its response."""
        async with await self.open_stream(provider, messages, **options) as stream:
            texts = [chunk.text async for chunk in stream]
        self.returned.append(("the response of a stream", stream.response))
        return texts, stream.response

    async def must_succeed(self, provider: BaseProvider, *, stream: bool = False) -> ChatResponse:
        """Make an exchange that must succeed.

        A check that expects a failure does this first: a provider that always fails must not pass.
        """
        answer = self.answer()
        self.service.reply_next(answer)
        with speaking_of(PLAIN):
            if stream:
                _, response = await self.stream(provider)
            else:
                response = await self.chat(provider)
            self.equal("text of the exchange that must succeed", answer.text, response.text)
        return response

    def last_chat(self) -> SeenChat:
        """Return the last chat call that reached the service.

        Raises:
            Failed: none did, or it is not valid in the protocol.
        """
        if not self.service.requests():
            raise Failed("requests for a chat", "one", "none")
        try:
            return self.service.chats()[-1]
        except UNREADABLE as error:
            raise Failed("the request's body", "a chat call in the protocol", str(error)) from None

    def redacted(self, text: str) -> str:
        """Return the text with every credential of the check replaced."""
        for secret in self.secrets:
            for form in secret_forms(secret):
                text = text.replace(form, "[credential]")
        return without_secrets(self.secrets, text)

    # Asserting.

    def equal(self, what: str, expected: object, actual: object) -> None:
        """Fail unless both are equal and of the same type: True is not 1."""
        if not same(expected, actual):
            difference = first_difference(expected, actual)
            raise Failed(what, expected, actual, difference=difference)

    def true(self, what: str, holds: object, expected: str, actual: object) -> None:
        """Fail unless ``holds`` is true; ``expected`` and ``actual`` are for the message."""
        if not holds:
            raise Failed(what, expected, actual)

    def instance(self, what: str, kind: type, value: object) -> None:
        """Fail unless the value is an instance of a class."""
        if not isinstance(value, kind):
            raise Failed(what, f"a {kind.__name__}", f"a {type(value).__name__}: {repr_of(value)}")

    async def raises(self, kind: type[_E], call: Awaitable[object], what: str = "the call") -> _E:
        """Return the exception of this class that a call raises; fail if it does anything else."""
        try:
            outcome = await call
        except kind as error:
            self.errors.append(error)
            return error
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a provider raises is the finding
            self.errors.append(error)
            raise Failed(what, f"to raise {kind.__name__}", exception_line(error)) from None
        if _is_stream(outcome):
            await cast("ChatStream", outcome).aclose()
        raise Failed(what, f"to raise {kind.__name__}", f"returned {outcome!r}")

    async def outcome(self, call: Awaitable[_T]) -> _T | ProviderError:
        """Return the result of a call, or the ``ProviderError`` that it raises."""
        try:
            return await call
        except ProviderError as error:
            self.errors.append(error)
            return error

    async def wait_until(self, holds: Callable[[], object]) -> bool:
        """Poll a condition for a moment; return whether it came true."""
        for _ in range(_POLLS):
            if holds():
                return True
            await self.driver.settle()
            # A provider that limits its own rate may pause for a moment before it sends.
            await asyncio.sleep(_POLL_S)
        return bool(holds())

    def request_count(self, route: str = "chat") -> int:
        """Return how many requests of a route have reached the service."""
        return len(self.service.requests(route))

    def same_tool_calls(self, what: str, answer: Answer, response: ChatResponse) -> None:
        """Fail unless the response has exactly the tool calls of the answer."""
        expected = [(call.id, call.name, dict(call.arguments)) for call in answer.calls]
        actual = [(call.id, call.name, call.arguments) for call in response.tool_calls]
        self.equal(what, expected, actual)


async def read_to_end(stream: ChatStream) -> ChatResponse:
    """Read a stream to its end and return its response."""
    async for _ in stream:
        pass
    return stream.response


def _is_stream(value: object) -> bool:
    # An adapter may return an object that behaves like a stream without subclassing it.
    return all(hasattr(value, name) for name in ("__anext__", "__aenter__", "__aexit__", "aclose"))


def usage_dict(response: ChatResponse) -> Mapping[str, int | None] | None:
    """Return the token counts of a response, ``None`` if it has no usage."""
    usage = response.usage
    if usage is None:
        return None
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "cached_tokens": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }


def joined(texts: Sequence[str]) -> str:
    """Return the texts of a stream's chunks as one."""
    return "".join(texts)
