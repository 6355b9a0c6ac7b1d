"""A right provider that shares nothing with the SDK's own but the protocol's dialect."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

import httpx
from provider_sdk import (
    BaseProvider,
    ChatCall,
    ChatResponse,
    ChatStream,
    Deadline,
    HttpReply,
    ModelInfo,
    ProviderError,
    ProviderRequestError,
    ProviderTimeoutError,
    address_setting,
    events_of,
)
from provider_sdk.adapting import (
    Redactor,
    check_supported,
    checked_options,
    is_retryable,
    normalized,
    required_credential,
    secrets_in,
    unsupported,
)

from provider_conformance.zoo._right import right
from provider_conformance.zoo.reference import ReferenceProvider
from provider_conformance.zoo.right._exchange import lower
from provider_conformance.zoo.right._handmade_http import DIALECT, Body, Http, made, understood
from provider_conformance.zoo.right._handmade_stream import HandmadeStream

_MOST_MESSAGE = 2000
_T = TypeVar("_T")


@right()
class Handmade(BaseProvider):
    """Subclasses BaseProvider alone, with its own httpx client, retries, deadline and streams."""

    name = ReferenceProvider.name
    api_key_env = ReferenceProvider.api_key_env
    base_url_env = ReferenceProvider.base_url_env
    capabilities = ReferenceProvider.capabilities

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        default_model: str | None = None,
        timeout: float = 120.0,
        max_retries: int = 2,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        key = required_credential(api_key, self.api_key_env, self.name)
        self._redact = Redactor([key])
        default_url = ReferenceProvider.base_url
        url = address_setting("base_url", base_url, self.base_url_env, default_url)
        self.default_model = _checked_model(default_model) or ReferenceProvider.default_model
        self._timeout = _checked_seconds(timeout)
        self._retries = _checked_count(max_retries)
        if not isinstance(http_client, httpx.AsyncClient | None):
            raise ValueError("http_client must be an httpx.AsyncClient")
        self._http = Http(url, DIALECT.auth_headers(key), http_client)
        self._without_usage: set[str] = set()
        self._closed = False

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a provider holds a credential and cannot be pickled")

    # The contract.

    async def chat(  # type: ignore[override]
        self, messages: Any, model: str | None = None, stream: bool = False, **options: Any
    ) -> ChatResponse | ChatStream:
        """Answer a conversation."""
        self._require_open()
        conversation = normalized(messages, self.name)
        chosen = checked_options(options)
        check_supported(self, conversation, chosen, stream=stream)
        deadline = Deadline.after(chosen.get("timeout") or self._timeout)
        asked = self._model(model)
        usage = asked not in self._without_usage
        call = ChatCall(asked, conversation, chosen, stream, usage, self.name, (), deadline)
        try:
            return await self._in_time(lambda: self._answered(call), deadline)
        except ProviderError as error:
            failure = self._completed(error, call)
        raise failure

    async def complete(self, prompt: str, model: str | None = None, **options: Any) -> str:
        """Answer a prompt."""
        messages = [{"role": "user", "content": prompt}]
        response = cast("ChatResponse", await self.chat(messages, model, **options))
        return response.text or response.refusal or ""

    async def health_check(self) -> bool:
        """Ask for the models."""
        self._require_open()
        try:
            await self._listed(0, min(self._timeout, 10.0))
        except ProviderError as error:
            self.health_error = self._completed(error)
            return False
        self.health_error = None
        return True

    async def list_models(self) -> list[str]:
        """List the ids of the models."""
        return [model.id for model in await self.describe_models()]

    async def describe_models(self) -> list[ModelInfo]:
        """List the models."""
        self._require_open()
        if "model_listing" not in self.capabilities:
            raise unsupported(self, "model_listing", "a model list")
        try:
            return await self._listed(self._retries, self._timeout)
        except ProviderError as error:
            failure = self._completed(error)
        raise failure

    async def aclose(self) -> None:
        """Close the connections."""
        self._closed = True
        await self._http.aclose()

    # Before the call.

    def _require_open(self) -> None:
        if self._closed:
            raise ProviderError("this provider is closed", provider=self.name)

    def _model(self, model: Any) -> str:
        name = self.default_model if model is None else model
        if not isinstance(name, str) or not name.strip():
            raise ProviderRequestError("name a model: the call has none", provider=self.name)
        return name

    # Calls.

    async def _in_time(self, work: Callable[[], Awaitable[_T]], deadline: Deadline) -> _T:
        try:
            async with asyncio.timeout_at(deadline.at):
                return await work()
        except TimeoutError:
            pass
        raise ProviderTimeoutError(f"no answer within {deadline.seconds:g} s", hint="Ask for less.")

    async def _tried(
        self, attempt: Callable[[], Awaitable[_T]], further: int, deadline: Deadline
    ) -> _T:
        wait = 0.5
        while True:
            try:
                return await attempt()
            except ProviderError as error:
                pause = wait * random.uniform(1, 1.3)
                pause = pause if error.retry_after is None else error.retry_after
                if further <= 0 or pause >= deadline.left or not is_retryable(error):
                    raise
            await asyncio.sleep(pause)
            further, wait = further - 1, min(2 * wait, 30.0)

    async def _answered(self, call: ChatCall) -> ChatResponse | ChatStream:
        while True:
            try:
                return await self._tried(
                    lambda: self._attempt(call),  # noqa: B023 - it is awaited at once
                    self._retries,
                    call.deadline,
                )
            except ProviderRequestError as error:
                relaxed = DIALECT.relax(call, error)
                if relaxed is None:
                    raise
            if not relaxed.include_usage:
                self._without_usage.add(call.model)
            call = relaxed

    async def _attempt(self, call: ChatCall) -> ChatResponse | ChatStream:
        request = made(lambda: DIALECT.chat_request(call))
        response, body = await self._http.open(request, call.options.get("extra_headers") or {})
        headers = lower(response.headers)
        facts = {"request_id": DIALECT.request_id(headers), "served_by": None}
        whole = not call.stream or await self._is_whole(response, body)
        events: list[Any] = []
        if whole:
            reply = HttpReply(response.status_code, headers, await body.read_all())
            answer = await understood(lambda: DIALECT.parse_chat(call, reply), reply)
            if not call.stream:
                return answer
            events = events_of(answer)
            call = replace(call, notes=("the service did not stream its answer",))
        stream = HandmadeStream(
            body,
            DIALECT.stream_decoder(call),
            call,
            lambda error: self._completed(error, call),
            facts,
            events,
        )
        return cast("ChatStream", await stream.begin())

    async def _is_whole(self, response: httpx.Response, body: Body) -> bool:
        kind = response.headers.get("content-type", "")
        try:
            start = await body.first()
        except BaseException:
            await body.aclose()
            raise
        return "html" in kind or start in (b"{", b"[", b"<") or (not start and "event" not in kind)

    async def _listed(self, further: int, seconds: float) -> list[ModelInfo]:
        async def attempt() -> list[ModelInfo]:
            response, body = await self._http.open(DIALECT.models_request(None), {})
            headers = lower(response.headers)
            reply = HttpReply(response.status_code, headers, await body.read_all())
            page = await understood(lambda: DIALECT.parse_models(reply), reply)
            return list({model.id: model for model in reversed(page.models)}.values())[::-1]

        deadline = Deadline.after(seconds)
        return await self._in_time(lambda: self._tried(attempt, further, deadline), deadline)

    # After a failure.

    def _completed(self, error: ProviderError, call: ChatCall | None = None) -> ProviderError:
        redact = self._redact
        if call is not None:
            error.model = error.model or call.model
            redact = redact.with_more(secrets_in(call.options.get("extra_headers") or {}))
        error.provider = self.name
        error.message = redact(error.message[: 8 * _MOST_MESSAGE])[:_MOST_MESSAGE]
        error.args = (error.message,)
        for name in ("hint", "request_id"):
            if text := getattr(error, name):
                setattr(error, name, redact(text))
        return error


def _checked_model(name: Any) -> str | None:
    if name is None or (isinstance(name, str) and name.strip()):
        return name
    raise ValueError("default_model must be the name of a model")


def _checked_seconds(seconds: Any) -> float:
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if is_number and math.isfinite(seconds) and seconds > 0:
        return float(seconds)
    raise ValueError("timeout must be a finite number of seconds, more than 0")


def _checked_count(count: Any) -> int:
    if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
        return count
    raise ValueError("max_retries must be a whole number, 0 or more")
