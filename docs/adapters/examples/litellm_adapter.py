"""An adapter over LiteLLM."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import httpx
import provider_sdk as sdk
from provider_conformance import Harness, OpenAIWire
from provider_sdk import ChatResponse, ChatStream, ProviderError, adapting
from provider_sdk.chat_completions import read_error

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else the import downloads prices
import litellm
import openai
from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

litellm.suppress_debug_info = True
for _name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
    logging.getLogger(_name).handlers.clear()  # they would print to the application's terminal
_T = TypeVar("_T")
_DIALECT = sdk.OpenAIDialect()
_TIMEOUT = openai.Timeout(None, connect=5.0)  # the deadline of the call bounds the rest
# Loading certificates takes tens of milliseconds, in which an event loop would stand still.
_TLS = httpx.create_ssl_context()


class LiteLLMProvider(sdk.PreparedProvider):
    """Uses ``litellm.acompletion``, which translates to and from OpenAI's shapes.

    LiteLLM uses OpenAI's client, and accepts one from its caller; so the adapter controls
    connections, redirects and the model list. If a stream requests usage and the service sends
    none, LiteLLM counts tokens itself and does not say so; so the adapter does not request it.
    """

    name = "litellm"
    api_key_env = ("OPENAI_API_KEY",)
    default_model = "gpt-5-mini"
    capabilities: ClassVar[frozenset[sdk.Capability]] = sdk.CAPABILITIES - {
        "token_counting",
        "usage_in_stream",
    }

    def __init__(self, *, base_url: str | None = None, **config: Any) -> None:
        super().__init__(**config)
        self._base_url = sdk.checked_base_url(base_url or "https://api.openai.com/v1")
        self._loop_and_client: tuple[asyncio.AbstractEventLoop, openai.AsyncOpenAI] | None = None

    async def answer(self, call: sdk.ChatCall) -> ChatResponse | ChatStream:
        """Answer through LiteLLM; see ``PreparedProvider.answer``."""
        work = self._stream if call.stream else self._whole
        return await self._call_client(lambda: work(call), call.deadline.left, self.max_retries)

    async def fetch_models(self) -> list[sdk.ModelInfo]:
        """Return the models that the service lists."""
        return await self._call_client(self._models, self.timeout, self.max_retries)

    async def check_health(self) -> None:
        """Raise unless the service lists models for this credential."""
        await self._call_client(self._models, self.timeout, max_retries=0)

    async def aclose(self) -> None:
        """Close the client's connections, and end the task in which LiteLLM logs."""
        await super().aclose()
        if self._loop_and_client is not None:
            await self._client.close()
        await GLOBAL_LOGGING_WORKER.stop()  # the next call starts it again, whoever makes it

    async def _call_client(
        self, work: Callable[[], Awaitable[_T]], seconds: float, max_retries: int
    ) -> _T:
        return await adapting.call_client(
            work, seconds=seconds, translate=_translated, max_retries=max_retries
        )

    @property
    def _client(self) -> openai.AsyncOpenAI:
        # Connections belong to the event loop that opened them.
        loop = asyncio.get_running_loop()
        if self._loop_and_client is None or self._loop_and_client[0] is not loop:
            self._loop_and_client = loop, self._new_client()
        return self._loop_and_client[1]

    def _new_client(self) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(
            api_key=self.api_key,
            base_url=self._base_url,
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False, verify=_TLS),
        )

    @property
    def _service_arguments(self) -> dict[str, Any]:
        # The client has the address already, but LiteLLM reads it too: unless it is OpenAI's, it
        # does not request usage.
        return {"client": self._client, "api_base": self._base_url}

    async def _models(self) -> list[sdk.ModelInfo]:
        # litellm.get_valid_models() blocks, and returns an empty list for every failure.
        answer: Any = await self._client.models.list(timeout=_TIMEOUT)
        body = answer.encode() if isinstance(answer, str) else answer.to_json().encode()
        page = _DIALECT.parse_models(sdk.HttpReply(200, {}, body))
        return list(page.models)

    async def _whole(self, call: sdk.ChatCall) -> ChatResponse:
        answer = await litellm.acompletion(**self._service_arguments, **_request_arguments(call))
        response = _DIALECT.parse_chat(call, sdk.HttpReply(200, {}, _json_of(answer)))
        usage = _without_zeros(response.usage)
        return replace(response, usage=usage, request_id=_request_id(answer))

    async def _stream(self, call: sdk.ChatCall) -> ChatStream:
        chunks = await litellm.acompletion(
            **self._service_arguments, **_request_arguments(call), stream=True
        )
        response = chunks.completion_stream.response
        if "event-stream" not in response.headers.get("content-type", ""):
            # OpenAI's client would find no event in it, and LiteLLM would invent a finish reason.
            whole = _DIALECT.parse_chat(call, sdk.HttpReply(200, {}, await response.aread()))
            return self._chat_stream(sdk.ScriptedSource([sdk.events_of(whole)]), call, response)
        decoder = _DIALECT.stream_decoder(call)
        source = adapting.ClientSource(
            chunks,
            events=lambda chunk: (
                decoder.feed(_event_of(chunk, chunks)) if chunk else decoder.flush()
            ),
            translate=_translated,
            close=chunks.aclose,
            is_report=_is_reported_error,
        )
        stream = await self._chat_stream(source, call, response).wait_first_event()
        source.limit_idle(self.idle_limit_s)
        return stream

    def _chat_stream(
        self, source: sdk.EventSource, call: sdk.ChatCall, response: Any
    ) -> ChatStream:
        request_id = _DIALECT.request_id(response.headers)
        return ChatStream(source, provider=self.name, model=call.model, request_id=request_id)


def _request_arguments(call: sdk.ChatCall) -> dict[str, Any]:
    messages = [message.to_dict() for message in call.messages]
    for message in messages:
        message.pop("provider_data", None)
    options = {name: value for name, value in call.options.items() if name != "timeout"}
    if "stop" in options:
        # LiteLLM sends four stop texts at most, unless they are in the extra body.
        options["extra_body"] = {"stop": options.pop("stop"), **(options.get("extra_body") or {})}
    # The prefix chooses the protocol. Retries are the business of `call_client`.
    return {
        "model": f"openai/{call.model}",
        "messages": messages,
        "max_retries": 0,
        "timeout": _TIMEOUT,
        "allowed_openai_params": list(options),
        **options,
    }


def _json_of(answer: Any) -> bytes:
    data = answer.model_dump()
    for choice in data["choices"]:
        message, fields = choice["message"], choice.get("provider_specific_fields") or {}
        message.update(message.pop("provider_specific_fields", None) or {})  # a refusal is there
        choice["finish_reason"] = fields.get("native_finish_reason", choice["finish_reason"])
    return json.dumps(data).encode()


def _event_of(chunk: Any, chunks: Any) -> bytes:
    data = chunk.model_dump()
    data["model"] = chunk._hidden_params.get("provider_response_model")
    for choice in data["choices"]:
        if choice["finish_reason"]:
            choice["finish_reason"] = chunks.received_finish_reason
            if chunks.received_finish_reason is None:
                return b""  # invented: the stream ended without one
    return b"data: %b\n\n" % json.dumps(data).encode()


def _without_zeros(usage: sdk.Usage | None) -> sdk.Usage | None:
    # LiteLLM writes 0 for a count that was not sent.
    counts = usage.to_dict() if usage else {}
    sent = {name: count for name, count in counts.items() if count and name != "source"}
    return sdk.Usage(**sent) if sent else None


def _request_id(answer: Any) -> str | None:
    headers = answer._hidden_params.get("additional_headers") or {}
    return headers.get("llm_provider-x-request-id")


def _is_reported_error(error: Exception) -> bool:
    origin = next(_openai_errors(error), None)
    return origin is not None and not isinstance(origin, openai.APIConnectionError)


def _translated(error: Exception) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    # The exception of OpenAI's client is in the context. It says more than LiteLLM's own, which is
    # a subclass of it with an invented response.
    origin = next(_openai_errors(error), None)
    if isinstance(origin, openai.APIStatusError):
        headers = {name.lower(): value for name, value in origin.response.headers.items()}
        body = origin.response.content
        failure = _DIALECT.parse_error(sdk.HttpReply(origin.status_code, headers, body))
        failure.retry_after = failure.retry_after or adapting.retry_after(headers)
        failure.request_id = _DIALECT.request_id(headers)
        return failure
    if isinstance(origin, openai.APITimeoutError):
        return sdk.ProviderTimeoutError("the service could not be reached in time")
    if isinstance(origin, openai.APIConnectionError):
        return sdk.ProviderUnavailableError(f"the connection failed: {origin.__cause__ or origin}")
    if origin is not None:  # inside a stream
        body = json.dumps({"error": origin.body}).encode()
        return _DIALECT.make_error(None, read_error(sdk.HttpReply(200, {}, body)))
    return sdk.ProviderResponseError(f"the client could not read the answer: {error!r}")


def _openai_errors(error: BaseException | None) -> Iterator[openai.APIError]:
    while error is not None:
        if isinstance(error, openai.APIError) and type(error).__module__.startswith("openai"):
            yield error
        error = error.__cause__ or error.__context__


HARNESS = Harness(LiteLLMProvider, OpenAIWire())
