"""OpenAI's own client behind the contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, ClassVar, Literal, NoReturn, TypeVar, Unpack, overload

import openai
import provider_sdk as sdk
from provider_conformance import Harness, OpenAIWire
from provider_sdk import ChatOptions, ChatResponse, ChatStream, Messages, ProviderError, adapting
from provider_sdk.chat_completions import read_error

_T = TypeVar("_T")
_DIALECT = sdk.OpenAIDialect()
_IDLE_LIMIT_S = 60.0
_HEALTH_LIMIT_S = 10.0


class OpenAIClientProvider(sdk.BaseProvider):
    """Asks through ``openai.AsyncOpenAI``, which connects, authorizes, retries and reads events.

    What it hands over is OpenAI's JSON in objects. As JSON again, the SDK's dialect reads it.
    """

    name = "openai-client"
    capabilities: ClassVar[frozenset[sdk.Capability]] = sdk.CAPABILITIES - {"token_counting"}

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        default_model: str = "gpt-5-mini",
        timeout: float = 120.0,
        max_retries: int = 2,
    ) -> None:
        self._key = adapting.required_credential(api_key, ("OPENAI_API_KEY",), self.name)
        if timeout <= 0 or max_retries < 0:
            raise ValueError("timeout must be positive, and max_retries not negative")
        self.default_model = default_model
        self._base_url = base_url
        self._timeout = timeout
        self._max_retries = max_retries
        self._redact = adapting.Redactor([self._key])
        self._no_stream_usage: set[str] = set()
        self._unhealthy: ProviderError | None = None
        self._closed = False
        self._made: tuple[asyncio.AbstractEventLoop, openai.AsyncOpenAI] | None = None

    def __reduce__(self) -> NoReturn:
        raise TypeError("it holds a credential and cannot be pickled")

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
        """Answer a conversation; see ``BaseProvider.chat``."""
        checked = adapting.checked_options(options)
        conversation = adapting.normalized(messages)
        adapting.check_supported(self, conversation, checked, stream=stream)
        name = model or self.default_model
        usage = name not in self._no_stream_usage
        call = sdk.ChatCall(name, conversation, checked, stream, usage)
        try:
            seconds = checked.get("timeout") or self._timeout
            return await self._ask(lambda: self._answer(call), seconds, self._max_retries)
        except ProviderError as error:
            error.model = name
            raise

    async def complete(
        self, prompt: str, model: str | None = None, **options: Unpack[ChatOptions]
    ) -> str:
        """Answer a single prompt with text; see ``BaseProvider.complete``."""
        response = await self.chat([{"role": "user", "content": prompt}], model, **options)
        return response.text or response.refusal or ""

    async def health_check(self) -> bool:
        """Whether the service lists models for this credential."""
        try:
            await self._ask(self._ids, min(self._timeout, _HEALTH_LIMIT_S), max_retries=0)
        except ProviderError as error:
            if self._closed:
                raise
            self._unhealthy = error
            return False
        return True

    async def list_models(self) -> list[str]:
        """Return the ids of all models; see ``BaseProvider.list_models``."""
        return await self._ask(self._ids, self._timeout, self._max_retries)

    async def aclose(self) -> None:
        """Close the client's connections."""
        self._closed = True
        if self._made is not None:
            await self._client.close()

    def _health_failure(self) -> ProviderError:
        return self._unhealthy or super()._health_failure()

    @property
    def _client(self) -> openai.AsyncOpenAI:
        # Connections belong to the event loop that opened them.
        loop = asyncio.get_running_loop()
        if self._made is None or self._made[0] is not loop:
            self._made = loop, self._new_client()
        return self._made[1]

    def _new_client(self) -> openai.AsyncOpenAI:
        # What the client does otherwise than the contract is turned off, and done here: it follows
        # redirects, tries again after quota errors, and bounds each read instead of the call.
        return openai.AsyncOpenAI(
            api_key=self._key,
            base_url=self._base_url,
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(
                follow_redirects=False, timeout=openai.Timeout(None, connect=5.0)
            ),
        )

    async def _ask(self, work: Callable[[], Awaitable[_T]], seconds: float, max_retries: int) -> _T:
        if self._closed:
            raise ProviderError("this provider is closed", provider=self.name)
        return await adapting.call_client(
            work, seconds=seconds, translate=self._translated, max_retries=max_retries
        )

    def _translated(self, error: Exception) -> ProviderError:
        failure = error if isinstance(error, ProviderError) else _failure(error)
        failure.provider = self.name
        failure.message = self._redact(failure.message)
        failure.args = (failure.message,)
        return failure

    async def _answer(self, call: sdk.ChatCall) -> ChatResponse | ChatStream:
        try:
            return await (self._stream(call) if call.stream else self._whole(call))
        except openai.APIStatusError as error:
            relaxed = _DIALECT.relax(call, self._translated(error))
            if relaxed is None:
                raise
        self._no_stream_usage.add(call.model)
        return await self._answer(relaxed)

    async def _ids(self) -> list[str]:
        page = _DIALECT.parse_models(_reply(await self._client.models.list()))
        return list(dict.fromkeys(model.id for model in page.models))

    async def _whole(self, call: sdk.ChatCall) -> ChatResponse:
        # The head first: what breaks after it has broken the answer, and is no connection error.
        create = self._client.chat.completions.with_streaming_response.create
        async with create(**_request(call)) as response:
            answer = await response.parse()
        request_id = _DIALECT.request_id(response.headers)
        return replace(_DIALECT.parse_chat(call, _reply(answer)), request_id=request_id)

    async def _stream(self, call: sdk.ChatCall) -> ChatStream:
        request = {**_request(call), "stream": True}
        if call.include_usage:
            request["stream_options"] = {"include_usage": True}
        chunks = await self._client.chat.completions.create(**request)
        if "event-stream" not in chunks.response.headers.get("content-type", ""):
            # The client would find no event in it, and end without a word.
            body = await chunks.response.aread()
            whole = _DIALECT.parse_chat(call, sdk.HttpReply(200, {}, body))
            return self._chat_stream(sdk.ScriptedSource([sdk.events_of(whole)]), call, chunks)
        decoder = _DIALECT.stream_decoder(call)
        source = adapting.ClientSource(
            chunks,
            events=lambda chunk: decoder.feed(_event(chunk)) if chunk else decoder.flush(),
            translate=self._translated,
            close=chunks.close,
            is_report=_is_report,
        )
        stream = await self._chat_stream(source, call, chunks).wait_first_event()
        source.limit_idle(_IDLE_LIMIT_S)
        return stream

    def _chat_stream(
        self, source: sdk.EventSource, call: sdk.ChatCall, chunks: openai.AsyncStream[Any]
    ) -> ChatStream:
        request_id = _DIALECT.request_id(chunks.response.headers)
        return ChatStream(source, provider=self.name, model=call.model, request_id=request_id)


def _request(call: sdk.ChatCall) -> dict[str, Any]:
    messages = [message.to_dict() for message in call.messages]
    for message in messages:
        message.pop("provider_data", None)
    options = {name: value for name, value in call.options.items() if name != "timeout"}
    return {"model": call.model, "messages": messages, **options}


def _json(answer: Any) -> bytes:
    return json.dumps(answer.to_dict(warnings=False)).encode()


def _event(chunk: Any) -> bytes:
    return b"data: %b\n\n" % _json(chunk)


def _reply(answer: Any) -> sdk.HttpReply:
    # The client hands over the text of what it does not take for JSON.
    return sdk.HttpReply(200, {}, answer.encode() if isinstance(answer, str) else _json(answer))


def _is_report(error: Exception) -> bool:
    return isinstance(error, openai.APIError) and not isinstance(error, openai.APIConnectionError)


def _failure(error: Exception) -> ProviderError:
    if isinstance(error, openai.APIStatusError):
        # The response is at hand, and says more than the exception.
        headers = {name.lower(): value for name, value in error.response.headers.items()}
        body = error.response.content
        failure = _DIALECT.parse_error(sdk.HttpReply(error.status_code, headers, body))
        failure.retry_after = failure.retry_after or adapting.retry_after(headers)
        failure.request_id = error.request_id
        return failure
    if isinstance(error, openai.APITimeoutError):
        return sdk.ProviderTimeoutError("the service could not be reached in time")
    if isinstance(error, openai.APIConnectionError):
        return sdk.ProviderUnavailableError(f"the connection failed: {error.__cause__ or error}")
    if isinstance(error, openai.APIError):  # inside a stream
        body = json.dumps({"error": error.body}).encode()
        return _DIALECT.make_error(None, read_error(sdk.HttpReply(200, {}, body)))
    return sdk.ProviderResponseError(f"the client could not read the answer: {error!r}")


HARNESS = Harness(OpenAIClientProvider, OpenAIWire())
