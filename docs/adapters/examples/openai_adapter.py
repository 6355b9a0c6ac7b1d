"""An adapter over OpenAI's own client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import httpx
import openai
import provider_sdk as sdk
from provider_conformance import Harness, OpenAIWire
from provider_sdk import ChatResponse, ChatStream, ProviderError, adapting
from provider_sdk.chat_completions import read_error

_T = TypeVar("_T")
_DIALECT = sdk.OpenAIDialect()
# Loading certificates takes tens of milliseconds, in which an event loop would stand still.
_TLS = httpx.create_ssl_context()


class OpenAIClientProvider(sdk.PreparedProvider):
    """Uses ``openai.AsyncOpenAI``, which connects, authorizes and reads events.

    The client returns objects in the shape of OpenAI's JSON. They are turned back into JSON, which
    the SDK's dialect reads.
    """

    name = "openai-client"
    api_key_env = ("OPENAI_API_KEY",)
    default_model = "gpt-5-mini"
    capabilities: ClassVar[frozenset[sdk.Capability]] = sdk.CAPABILITIES - {"token_counting"}

    def __init__(self, *, base_url: str | None = None, **config: Any) -> None:
        super().__init__(**config)
        self._base_url = base_url
        self._loop_and_client: tuple[asyncio.AbstractEventLoop, openai.AsyncOpenAI] | None = None

    async def answer(self, call: sdk.ChatCall) -> ChatResponse | ChatStream:
        """Answer through the client; see ``PreparedProvider.answer``."""
        work = self._stream if call.stream else self._whole
        return await self._call_client(lambda: work(call), call.deadline.left, self.max_retries)

    async def fetch_models(self) -> list[sdk.ModelInfo]:
        """Return the models that the client lists."""
        return await self._call_client(self._models, self.timeout, self.max_retries)

    async def check_health(self) -> None:
        """Raise unless the service lists models for this credential."""
        await self._call_client(self._models, self.timeout, max_retries=0)

    def relax(self, call: sdk.ChatCall, error: sdk.ProviderRequestError) -> sdk.ChatCall | None:
        """Return the call without the request for usage, if that was rejected."""
        return _DIALECT.relax(call, error)

    async def aclose(self) -> None:
        """Close the client's connections."""
        await super().aclose()
        if self._loop_and_client is not None:
            await self._client.close()

    @property
    def _client(self) -> openai.AsyncOpenAI:
        # Connections belong to the event loop that opened them.
        loop = asyncio.get_running_loop()
        if self._loop_and_client is None or self._loop_and_client[0] is not loop:
            self._loop_and_client = loop, self._new_client()
        return self._loop_and_client[1]

    def _new_client(self) -> openai.AsyncOpenAI:
        # Turn off what the client does differently from the contract: it follows redirects,
        # retries after quota errors, and limits the time of each read instead of the call.
        return openai.AsyncOpenAI(
            api_key=self.api_key,
            base_url=self._base_url,
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(
                follow_redirects=False, timeout=openai.Timeout(None, connect=5.0), verify=_TLS
            ),
        )

    async def _call_client(
        self, work: Callable[[], Awaitable[_T]], seconds: float, max_retries: int
    ) -> _T:
        return await adapting.call_client(
            work, seconds=seconds, translate=_translated, max_retries=max_retries
        )

    async def _models(self) -> list[sdk.ModelInfo]:
        page = _DIALECT.parse_models(_reply_of(await self._client.models.list()))
        return list(page.models)

    async def _whole(self, call: sdk.ChatCall) -> ChatResponse:
        # First only the head: if the connection breaks after it, the answer is broken.
        create = self._client.chat.completions.with_streaming_response.create
        async with create(**_request_arguments(call)) as response:
            answer = await response.parse()
        request_id = _DIALECT.request_id(response.headers)
        return replace(_DIALECT.parse_chat(call, _reply_of(answer)), request_id=request_id)

    async def _stream(self, call: sdk.ChatCall) -> ChatStream:
        request = {**_request_arguments(call), "stream": True}
        if call.include_usage:
            request["stream_options"] = {"include_usage": True}
        chunks = await self._client.chat.completions.create(**request)
        if "event-stream" not in chunks.response.headers.get("content-type", ""):
            # The client would find no event in it, and end without an error.
            body = await chunks.response.aread()
            whole = _DIALECT.parse_chat(call, sdk.HttpReply(200, {}, body))
            return self._chat_stream(sdk.ScriptedSource([sdk.events_of(whole)]), call, chunks)
        decoder = _DIALECT.stream_decoder(call)
        source = adapting.ClientSource(
            chunks,
            events=lambda chunk: decoder.feed(_event(chunk)) if chunk else decoder.flush(),
            translate=_translated,
            close=chunks.close,
            is_report=_is_reported_error,
        )
        stream = await self._chat_stream(source, call, chunks).wait_first_event()
        source.limit_idle(self.idle_limit_s)
        return stream

    def _chat_stream(
        self, source: sdk.EventSource, call: sdk.ChatCall, chunks: openai.AsyncStream[Any]
    ) -> ChatStream:
        request_id = _DIALECT.request_id(chunks.response.headers)
        return ChatStream(source, provider=self.name, model=call.model, request_id=request_id)


def _request_arguments(call: sdk.ChatCall) -> dict[str, Any]:
    messages = [message.to_dict() for message in call.messages]
    for message in messages:
        message.pop("provider_data", None)
    options = {name: value for name, value in call.options.items() if name != "timeout"}
    return {"model": call.model, "messages": messages, **options}


def _json_of(answer: Any) -> bytes:
    return json.dumps(answer.to_dict(warnings=False)).encode()


def _event(chunk: Any) -> bytes:
    return b"data: %b\n\n" % _json_of(chunk)


def _reply_of(answer: Any) -> sdk.HttpReply:
    # If the reply is not JSON, the client returns its text.
    return sdk.HttpReply(200, {}, answer.encode() if isinstance(answer, str) else _json_of(answer))


def _is_reported_error(error: Exception) -> bool:
    return isinstance(error, openai.APIError) and not isinstance(error, openai.APIConnectionError)


def _translated(error: Exception) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, openai.APIStatusError):
        # The exception holds the response, which says more than the exception itself.
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
