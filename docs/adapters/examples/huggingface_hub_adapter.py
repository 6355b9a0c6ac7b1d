"""An adapter over Hugging Face's own client."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, ClassVar, TypeVar

import httpx2
import provider_sdk as sdk
from huggingface_hub import AsyncInferenceClient, InferenceTimeoutError, errors, get_async_session
from huggingface_hub.utils import build_hf_headers
from provider_conformance import Harness, OpenAIWire
from provider_sdk import ChatResponse, ChatStream, ProviderError, adapting
from provider_sdk.chat_completions import read_error

_T = TypeVar("_T")
_DIALECT = sdk.OpenAIDialect()
_TIMEOUT = httpx2.Timeout(None, connect=5.0)  # the deadline of the call bounds the rest


class HubClientProvider(sdk.PreparedProvider):
    """Uses ``huggingface_hub.AsyncInferenceClient``, which connects and reads events.

    The client returns objects in the shape of OpenAI's JSON. They are turned back into JSON, which
    the SDK's dialect reads. It has no call for the token check and the model list, so these are
    requested through its session. It writes JSON schemas in its own form, so they are refused.
    """

    name = "hub-client"
    api_key_env = ("HF_TOKEN",)
    default_model = "openai/gpt-oss-120b"
    capabilities: ClassVar[frozenset[sdk.Capability]] = sdk.CAPABILITIES - {
        "json_schema",
        "token_counting",
    }

    def __init__(
        self, *, base_url: str | None = None, hub_url: str | None = None, **config: Any
    ) -> None:
        super().__init__(**config)
        self._base_url = sdk.checked_base_url(base_url or "https://router.huggingface.co/v1")
        self._hub_url = sdk.checked_base_url(hub_url or "https://huggingface.co")
        self._loop_and_client: tuple[asyncio.AbstractEventLoop, AsyncInferenceClient] | None = None
        self._of_streams: set[AsyncInferenceClient] = set()

    async def answer(self, call: sdk.ChatCall) -> ChatResponse | ChatStream:
        """Answer through the client; see ``PreparedProvider.answer``."""
        work = self._stream if call.stream else self._whole
        return await self._call_client(lambda: work(call), call.deadline.left, self.max_retries)

    async def fetch_models(self) -> list[sdk.ModelInfo]:
        """Return the models that the router lists."""
        return await self._call_client(self._models, self.timeout, self.max_retries)

    async def check_health(self) -> None:
        """Raise unless the Hub knows the account of this token, and the router answers."""
        await self._call_client(self._check_account_and_models, self.timeout, max_retries=0)

    def relax(self, call: sdk.ChatCall, error: sdk.ProviderRequestError) -> sdk.ChatCall | None:
        """Return the call without the request for usage, if that was rejected."""
        return _DIALECT.relax(call, error)

    async def aclose(self) -> None:
        """Close the client's connections, and those of open streams."""
        await super().aclose()
        for client in list(self._of_streams):
            await client.close()
        if self._loop_and_client is not None:
            await self._client.close()

    async def _call_client(
        self, work: Callable[[], Awaitable[_T]], seconds: float, max_retries: int
    ) -> _T:
        return await adapting.call_client(
            work, seconds=seconds, translate=_translated, max_retries=max_retries
        )

    async def _check_account_and_models(self) -> None:
        # HfApi.whoami() blocks, follows redirects and has no time limit.
        account = await self._read(f"{self._hub_url}/api/whoami-v2")
        if not account.json().get("name"):
            raise sdk.ProviderResponseError("the Hub named no account")
        await self._models()

    async def _models(self) -> list[sdk.ModelInfo]:
        listing = await self._read(f"{self._base_url}/models")
        page = _DIALECT.parse_models(sdk.HttpReply(200, {}, listing.content))
        return list(page.models)

    async def _read(self, url: str) -> httpx2.Response:
        headers = build_hf_headers(token=self.api_key)
        async with get_async_session() as session:
            response = await session.get(
                url, headers=headers, follow_redirects=False, timeout=_TIMEOUT
            )
        return response.raise_for_status()

    @property
    def _client(self) -> AsyncInferenceClient:
        # Connections belong to the event loop that opened them.
        loop = asyncio.get_running_loop()
        if self._loop_and_client is None or self._loop_and_client[0] is not loop:
            self._loop_and_client = loop, self._new_client()
        return self._loop_and_client[1]

    def _new_client(self, headers: Mapping[str, str] | None = None) -> AsyncInferenceClient:
        return AsyncInferenceClient(
            base_url=self._base_url,
            token=self.api_key,
            headers=dict(headers or {}),
            timeout=_TIMEOUT,  # type: ignore[arg-type]  # annotated float, passed on to httpx2
        )

    async def _whole(self, call: sdk.ChatCall) -> ChatResponse:
        headers = call.options.get("extra_headers")
        client = self._new_client(headers) if headers else self._client
        try:
            answer = await client.chat_completion(**_request_arguments(call))
        finally:
            if client is not self._client:
                await client.close()
        return _DIALECT.parse_chat(call, sdk.HttpReply(200, {}, _json_of(answer)))

    async def _stream(self, call: sdk.ChatCall) -> ChatStream:
        # The client returns a stream's connection only when the client itself is closed.
        client = self._new_client(call.options.get("extra_headers"))
        self._of_streams.add(client)
        try:
            chunks: Any = await client.chat_completion(**_request_arguments(call), stream=True)
        except BaseException:
            await self._close(client)
            raise
        decoder = _DIALECT.stream_decoder(call)
        source = adapting.ClientSource(
            chunks,
            events=lambda chunk: decoder.feed(_event(chunk)) if chunk else decoder.flush(),
            translate=_translated,
            close=lambda: self._close(client, chunks),
            is_report=lambda error: isinstance(error, errors.TextGenerationError),
        )
        stream = ChatStream(source, provider=self.name, model=call.model)
        await stream.wait_first_event()
        source.limit_idle(self.idle_limit_s)
        return stream

    async def _close(
        self, client: AsyncInferenceClient, chunks: AsyncGenerator[Any, None] | None = None
    ) -> None:
        self._of_streams.discard(client)
        if chunks is not None:
            await chunks.aclose()
        await client.close()


def _request_arguments(call: sdk.ChatCall) -> dict[str, Any]:
    messages = [message.to_dict() for message in call.messages]
    for message in messages:
        message.pop("provider_data", None)
    # The client merges the extra body into its own, which also sends options without a keyword.
    ours = ("timeout", "extra_headers", "extra_body")
    body = {name: value for name, value in call.options.items() if name not in ours}
    if call.stream and call.include_usage:
        body["stream_options"] = {"include_usage": True}
    body |= call.options.get("extra_body") or {}
    return {"model": call.model, "messages": messages, "extra_body": body}


def _json_of(answer: Any) -> bytes:
    return json.dumps(_plain(answer)).encode()


def _plain(value: Any) -> Any:
    """Return the client's objects as plain data, with the fields that its types do not name."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    known = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return {name: _plain(item) for name, item in {**value, **known}.items()}


def _event(chunk: Any) -> bytes:
    return b"data: %b\n\n" % _json_of(chunk)


def _translated(error: Exception) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    # The response says more than the exception. It is on the exception; or on one in its context,
    # if the client failed while it read the error.
    for one in (error, error.__context__):
        if isinstance(one, errors.HfHubHTTPError | httpx2.HTTPStatusError):
            return _error_in(one.response)
    if isinstance(error, InferenceTimeoutError):
        return sdk.ProviderTimeoutError("the service could not be reached in time")
    if isinstance(error, errors.TextGenerationError):  # inside a stream
        body = json.dumps({"error": error.args[0]}).encode()
        return _DIALECT.make_error(None, read_error(sdk.HttpReply(200, {}, body)))
    if isinstance(error, httpx2.HTTPError):
        return sdk.ProviderUnavailableError(f"the connection failed: {error}")
    return sdk.ProviderResponseError(f"the client could not read the answer: {error!r}")


def _error_in(response: httpx2.Response) -> ProviderError:
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        body = response.content
    except httpx2.ResponseNotRead:  # the body broke off, or is a stream's and was not read
        body = b""
    reply = sdk.HttpReply(response.status_code, headers, body)
    failure = _DIALECT.parse_error(reply)
    failure.retry_after = failure.retry_after or adapting.retry_after(headers)
    failure.request_id = _DIALECT.request_id(headers)
    return failure


HARNESS = Harness(
    HubClientProvider,
    OpenAIWire(token_path="/api/whoami-v2"),
    keywords={"hub_url": "{address}"},
)
