"""LiteLLM behind the contract."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, ClassVar, Literal, NoReturn, TypeVar, Unpack, overload

import provider_sdk as sdk
from provider_conformance import Harness, OpenAIWire
from provider_sdk import ChatOptions, ChatResponse, ChatStream, Messages, ProviderError, adapting

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else the import asks the network
import litellm
import openai

litellm.suppress_debug_info = True
_T = TypeVar("_T")
_DIALECT = sdk.OpenAIDialect()
_IDLE_LIMIT_S = 60.0
_HEALTH_LIMIT_S = 10.0


class LiteLLMProvider(sdk.BaseProvider):
    """Asks through ``litellm.acompletion``, which translates to and from OpenAI's shapes.

    Asked for usage in a stream, LiteLLM counts for itself where the service sends none, and does
    not say so. It lists models from a cache, and has none for every failure. Both capabilities are
    left out, and what needs them is refused.
    """

    name = "litellm"
    capabilities: ClassVar[frozenset[sdk.Capability]] = sdk.CAPABILITIES - {
        "model_listing",
        "token_counting",
        "usage_in_stream",
    }

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str = "https://api.openai.com/v1",
        default_model: str = "gpt-5-mini",
        timeout: float = 120.0,
        max_retries: int = 2,
    ) -> None:
        self._key = adapting.required_credential(api_key, ("OPENAI_API_KEY",), self.name)
        if timeout <= 0 or max_retries < 0:
            raise ValueError("timeout must be positive, and max_retries not negative")
        self.default_model = default_model
        self._service = {"api_base": sdk.checked_base_url(base_url), "api_key": self._key}
        self._timeout = timeout
        self._max_retries = max_retries
        self._redact = adapting.Redactor([self._key])
        self._unhealthy: ProviderError | None = None
        self._closed = False

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
        call = sdk.ChatCall(name, conversation, checked, stream)
        try:
            seconds = checked.get("timeout") or self._timeout
            work = self._stream if stream else self._whole
            return await self._ask(lambda: work(call), seconds, self._max_retries)
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
            await self._ask(self._listing, min(self._timeout, _HEALTH_LIMIT_S), max_retries=0)
        except ProviderError as error:
            if self._closed:
                raise
            self._unhealthy = error
            return False
        return True

    async def list_models(self) -> list[str]:
        """Refuse: LiteLLM cannot be asked for a list without its cache."""
        raise adapting.unsupported(self, "model_listing", "a model list")

    async def aclose(self) -> None:
        """Take no further calls; LiteLLM keeps its connections for itself."""
        self._closed = True

    def _health_failure(self) -> ProviderError:
        return self._unhealthy or super()._health_failure()

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

    async def _listing(self) -> None:
        # What litellm.get_valid_models() asks where its cache is empty; there is only this
        # blocking form, without a time limit.
        config = litellm.OpenAIGPTConfig()
        await asyncio.to_thread(config.get_models, **self._service)

    async def _whole(self, call: sdk.ChatCall) -> ChatResponse:
        answer = await litellm.acompletion(**self._service, **_request(call))
        response = _DIALECT.parse_chat(call, sdk.HttpReply(200, {}, _json(answer)))
        usage = _sent(response.usage)
        return replace(response, usage=usage, request_id=_request_id(answer))

    async def _stream(self, call: sdk.ChatCall) -> ChatStream:
        chunks = await litellm.acompletion(**self._service, **_request(call), stream=True)
        decoder = _DIALECT.stream_decoder(call)
        source = adapting.ClientSource(
            chunks,
            events=lambda chunk: decoder.feed(_event(chunk)) if chunk else decoder.flush(),
            translate=self._translated,
            close=chunks.aclose,
        )
        request_id = _request_id(chunks)
        stream = ChatStream(source, provider=self.name, model=call.model, request_id=request_id)
        await stream.wait_first_event()
        source.limit_idle(_IDLE_LIMIT_S)
        return stream


def _request(call: sdk.ChatCall) -> dict[str, Any]:
    messages = [message.to_dict() for message in call.messages]
    for message in messages:
        message.pop("provider_data", None)
    options = {name: value for name, value in call.options.items() if name != "timeout"}
    # The prefix chooses the protocol, and further attempts are made above.
    return {
        "model": f"openai/{call.model}",
        "messages": messages,
        "max_retries": 0,
        "timeout": openai.Timeout(None, connect=5.0),
        "allowed_openai_params": list(options),
        **options,
    }


def _json(answer: Any) -> bytes:
    data = answer.model_dump()
    for choice in data["choices"]:
        message = choice.get("message") or {}
        message.update(message.pop("provider_specific_fields", None) or {})  # a refusal is there
    return json.dumps(data).encode()


def _event(chunk: Any) -> bytes:
    return b"data: %b\n\n" % _json(chunk)


def _sent(usage: sdk.Usage | None) -> sdk.Usage | None:
    # LiteLLM writes 0 for what was not sent.
    counts = usage.to_dict() if usage else {}
    sent = {name: count for name, count in counts.items() if count and name != "source"}
    return sdk.Usage(**sent) if sent else None


def _request_id(answer: Any) -> str | None:
    headers = answer._hidden_params.get("additional_headers") or {}
    return headers.get("llm_provider-x-request-id")


def _failure(error: Exception) -> ProviderError:
    if isinstance(error, litellm.APIConnectionError | litellm.exceptions.MidStreamFallbackError):
        return sdk.ProviderUnavailableError(f"the connection failed: {error}")
    status = getattr(error, "status_code", None)
    if not isinstance(status, int):
        return sdk.ProviderResponseError(f"the client could not read the answer: {error!r}")
    # LiteLLM keeps the service's error object, or its words behind words of its own.
    said = getattr(error, "body", None)
    body = json.dumps({"error": said}) if said else str(error).rpartition("Exception - ")[2]
    headers = dict(getattr(error, "litellm_response_headers", None) or {})
    reply = sdk.HttpReply(status, headers, body.encode())
    failure = _DIALECT.parse_error(reply)
    failure.retry_after = failure.retry_after or adapting.retry_after(headers)
    failure.request_id = _DIALECT.request_id(headers)
    return failure


HARNESS = Harness(LiteLLMProvider, OpenAIWire())
