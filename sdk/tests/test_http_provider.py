"""Providers over HTTP: closing, sharing and extending them."""

import asyncio
import gc
import json
import re
import time
from dataclasses import replace

import pytest
from provider_sdk import (
    ChatResponse,
    Dialect,
    HttpRequest,
    ProviderAuthError,
    ProviderError,
    ProviderOverloadedError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    UnsupportedCapabilityError,
)
from provider_sdk.chat_completions import OpenAIDialect

from ._server import serving, serving_in_a_thread
from ._service import (
    KEY,
    MODELS,
    STALL,
    USER,
    AcmeProvider,
    Body,
    Reply,
    Service,
    completion,
    failing,
)

CALLS = {
    "chat": lambda provider: provider.chat(USER),
    "stream": lambda provider: provider.chat(USER, stream=True),
    "complete": lambda provider: provider.complete("Why?"),
    "health_check": lambda provider: provider.health_check(),
    "list_models": lambda provider: provider.list_models(),
    "describe_models": lambda provider: provider.describe_models(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_closed_provider_refuses_every_call(call):
    """With a ``ProviderError``, and it sends nothing."""
    service = Service(Reply(completion()))
    provider = service.provider()
    await provider.aclose()

    with pytest.raises(ProviderError, match="this AcmeProvider is closed") as error:
        await call(provider)

    assert type(error.value) is ProviderError
    assert service.requests == []


async def test_leaving_the_block_closes_it():
    """``async with`` is the usual way."""
    async with Service(Reply(completion())).provider() as provider:
        await provider.chat(USER)

    with pytest.raises(ProviderError, match="is closed"):
        await provider.chat(USER)


async def test_it_can_be_closed_twice():
    """The second time does nothing."""
    provider = AcmeProvider(api_key=KEY)

    await provider.aclose()
    await provider.aclose()


async def test_an_injected_client_is_never_closed():
    """It belongs to whoever made it."""
    service = Service(Reply(completion()))

    async with service.provider() as provider:
        await provider.chat(USER)

    assert not service.client.is_closed


async def test_an_injected_client_that_is_closed_is_a_provider_error():
    """No exception of the HTTP library leaves the provider."""
    service = Service(Reply(completion()))
    await service.client.aclose()

    with pytest.raises(ProviderError, match="closed"):
        await service.provider().chat(USER)


async def test_the_own_client_is_closed():
    """No connection outlives its provider."""
    async with serving(completion()) as server:
        async with AcmeProvider(api_key=KEY, base_url=server.url) as provider:
            await provider.chat(USER)
            assert server.open_connections == 1
        await server.all_closed()


def test_a_provider_may_be_used_from_two_event_loops():
    """A second ``asyncio.run`` starts afresh, with connections of its own."""
    with serving_in_a_thread(completion()) as server:
        provider = AcmeProvider(api_key=KEY, base_url=server.url, max_retries=0)

        answers = [asyncio.run(provider.complete("?")) for _ in range(2)]

        assert answers == ["Blue.", "Blue."]
        assert server.connections == 2
        asyncio.run(provider.aclose())


def test_no_connection_outlives_its_event_loop():
    """It is closed when the loop ends, and neither waits for the collector nor warns."""
    with serving_in_a_thread(completion()) as server:
        provider = AcmeProvider(api_key=KEY, base_url=server.url, max_retries=0)

        asyncio.run(provider.complete("?"))

        for _ in range(1000):
            if not server.open_connections:
                break
            time.sleep(0.005)
        assert server.open_connections == 0
        del provider
        gc.collect()


async def test_many_calls_share_one_provider():
    """Concurrent calls do not disturb each other."""

    def answer(request):
        return Reply(completion(request.headers["x-number"]))

    provider = Service(answer).provider()

    answers = await asyncio.gather(
        *(provider.chat(USER, extra_headers={"x-number": str(n)}) for n in range(64))
    )

    assert [response.text for response in answers] == [str(n) for n in range(64)]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_cancellation_always_passes(call):
    """And the connection of the call is closed."""
    body = Body([STALL])
    calling = asyncio.create_task(call(Service(Reply(body)).provider()))
    await body.stalled.wait()

    calling.cancel()

    with pytest.raises(asyncio.CancelledError):
        await calling
    assert body.closings == 1


async def test_a_subclass_may_add_headers():
    """To every request."""

    class Billed(AcmeProvider):
        def request_headers(self):
            return {"X-Bill-To": "acme"}

    service = Service(Reply(completion()), MODELS)
    provider = service.provider(Billed)
    await provider.chat(USER)
    await provider.list_models()

    assert [request.headers["x-bill-to"] for request in service.requests] == ["acme", "acme"]


async def test_a_subclass_may_explain_errors():
    """Once per failure, after the retries."""
    explained = []

    class Explaining(AcmeProvider):
        async def explain(self, error):
            explained.append(error)
            error.hint = "Try tomorrow."
            return error

    with pytest.raises(ProviderUnavailableError, match="Try tomorrow"):
        await Service(failing(500, retry_after="0")).provider(Explaining).chat(USER)

    assert len(explained) == 1


async def test_a_dialect_may_name_who_served():
    """A router's back end stands in answers, streams and errors."""

    class Routed(OpenAIDialect):
        def served_by(self, headers):
            return headers.get("x-backend")

    class RoutedProvider(AcmeProvider):
        dialect = Routed()

    headers = {"x-backend": "b1"}
    service = Service(Reply(completion(), headers=headers), failing(400, x_backend="b2"))
    provider = service.provider(RoutedProvider)

    assert (await provider.chat(USER)).served_by == "b1"
    with pytest.raises(ProviderError) as error:
        await provider.chat(USER)
    assert error.value.served_by == "b2"


async def test_a_closed_body_is_read_once():
    """A whole answer is closed as soon as it is read."""
    body = Body([b"{}"])

    with pytest.raises(ProviderResponseError):
        await Service(Reply(body)).provider().chat(USER)

    assert body.closings == 1


async def test_unsupported_listing_is_refused():
    """A provider without a model list says so and asks nobody."""

    class Unlisted(AcmeProvider):
        capabilities = AcmeProvider.capabilities - {"model_listing"}

    service = Service(MODELS)

    with pytest.raises(UnsupportedCapabilityError):
        await service.provider(Unlisted).list_models()

    assert service.requests == []


async def test_every_request_passes_the_open_hook():
    """Once per attempt, with all headers, so that a subclass can sign it."""
    seen = []

    class Signing(AcmeProvider):
        async def open(self, request):
            seen.append(dict(request.headers))
            signed = {**request.headers, "x-signature": f"signed {request.path}"}
            return await super().open(replace(request, headers=signed))

    service = Service(Reply({"error": "busy"}, 503, {"retry-after": "0"}), Reply(completion()))
    await service.provider(Signing).chat(USER, extra_headers={"X-Trace": "1"})

    assert [headers["authorization"] for headers in seen] == [f"Bearer {KEY}"] * 2
    assert seen[0]["x-trace"] == "1"
    signatures = [request.headers["x-signature"] for request in service.requests]
    assert signatures == ["signed /chat/completions"] * 2


async def test_an_exchange_can_be_closed_twice():
    """The second time does nothing."""
    async with Service(MODELS).provider() as provider:
        exchange = await provider.open(HttpRequest("GET", "/models"))
        assert exchange.status == 200
        await exchange.aclose()
        await exchange.aclose()


async def test_a_dialect_without_a_way_out_raises_the_rejection():
    """A rejected call is not changed and sent again."""

    class Rigid(OpenAIDialect):
        relax = Dialect.relax

    class RigidProvider(AcmeProvider):
        dialect = Rigid()

    service = Service(Reply({"error": "stream_options is unknown"}, 400))
    with pytest.raises(ProviderRequestError):
        await service.provider(RigidProvider).chat(USER, stream=True)
    assert len(service.requests) == 1


class Careless(OpenAIDialect):
    """Trusts whatever it gets."""

    def chat_request(self, call):
        """Write a request, if the model is known."""
        return {"known": super().chat_request(call)}[call.model]

    def parse_chat(self, call, reply):
        """Read an answer, if it is one."""
        return ChatResponse(text=json.loads(reply.body)["choices"][0]["message"]["content"])

    def parse_error(self, reply):
        """Read an error, if it is one."""
        return ProviderError(json.loads(reply.body)["error"]["message"])

    def parse_models(self, reply):
        """Read a list, if it is one."""
        return json.loads(reply.body)["models"]

    def stream_decoder(self, call):
        """Decode a stream, until something odd comes."""
        return Fragile()


class Fragile:
    """A decoder that fails."""

    def feed(self, data):
        """Fail."""
        raise KeyError("delta")

    def flush(self):
        """Have nothing left."""
        return []


class CarelessProvider(AcmeProvider):
    """Speaks like that."""

    dialect = Careless()
    default_model = "known"


@pytest.mark.parametrize(
    ("reply", "call", "kind", "message"),
    [
        (Reply({"choices": []}), "chat", ProviderResponseError, "cannot be read (IndexError"),
        (Reply([]), "list_models", ProviderResponseError, "cannot be read (TypeError"),
        (Reply(b"busy", 503), "chat", ProviderOverloadedError, "HTTP 503, and its message cannot"),
        (Reply(b"no", 401), "chat", ProviderAuthError, "HTTP 401, and its message cannot"),
        (
            Reply(b"data: {}\n\n", headers={"content-type": "text/event-stream"}),
            "stream",
            ProviderResponseError,
            "the stream cannot be read (KeyError: 'delta')",
        ),
    ],
)
async def test_what_a_dialect_raises_by_mistake_is_an_error_of_the_contract(
    reply, call, kind, message
):
    """It names what went wrong."""
    provider = Service(reply).provider(CarelessProvider, max_retries=0)
    with pytest.raises(kind, match=re.escape(message)):
        await CALLS[call](provider)


@pytest.mark.parametrize(
    ("reply", "call", "place"),
    [
        (Reply({"choices": []}), "chat", "parse_chat"),
        (Reply({"choices": [], "x": "x" * 300_000}), "chat", "parse_chat"),
        (Reply([]), "list_models", "parse_models"),
        (Reply(b"busy", 503), "chat", "parse_error"),
        (Reply(b"data: {}\n\n", headers={"content-type": "text/event-stream"}), "stream", "feed"),
    ],
)
async def test_what_a_dialect_raises_by_mistake_has_its_place(reply, call, place):
    """A note names the function, file and line of the dialect's own code, and not of a library."""
    provider = Service(reply).provider(CarelessProvider, max_retries=0)
    with pytest.raises(ProviderError) as raised:
        await CALLS[call](provider)
    (note,) = raised.value.__notes__
    assert re.fullmatch(rf"raised in {place} \(test_http_provider\.py:\d+\)", note)


async def test_a_request_that_a_dialect_cannot_write_is_rejected():
    """Nothing is sent."""
    service = Service(Reply(completion()))
    with pytest.raises(ProviderRequestError, match=r"cannot be written \(KeyError: 'other'\)"):
        await service.provider(CarelessProvider).chat(USER, "other")
    assert service.requests == []


async def test_ids_of_the_head_are_added_to_an_answer():
    """Where the dialect left them out."""

    class Bare(OpenAIDialect):
        def parse_chat(self, call, reply):
            return ChatResponse(text="Blue.")

        def served_by(self, headers):
            return headers.get("x-backend")

    class BareProvider(AcmeProvider):
        dialect = Bare()

    reply = Reply(completion(), headers={"x-request-id": "req_1", "x-backend": "b"})
    response = await Service(reply).provider(BareProvider).chat(USER)
    assert (response.request_id, response.served_by) == ("req_1", "b")


async def test_fetch_has_its_deadline():
    """A subclass that fetches something of its own need not bound it."""
    service = Service(lambda request: asyncio.Event().wait())

    with pytest.raises(ProviderTimeoutError):
        await service.provider(timeout=0.05).fetch(HttpRequest("GET", "/account"))


async def test_an_error_of_fetch_is_redacted():
    """A subclass that fetches something of its own gets clean errors."""
    provider = Service(Reply({"error": f"bad key {KEY}"}, 401)).provider()
    with pytest.raises(ProviderAuthError, match=r"^bad key \[redacted\]") as caught:
        await provider.fetch(HttpRequest("GET", "/account"))
    assert caught.value.provider == "acme"


@pytest.mark.parametrize("method", ["served_by", "request_id", "relax", "stream_decoder"])
@pytest.mark.parametrize("stream", [False, True])
async def test_no_method_of_a_dialect_lets_its_mistake_out(method, stream):
    """A name that cannot be found is left out; the rest is an error of the contract."""

    def fail(*arguments):
        raise ZeroDivisionError

    dialect = type("Broken", (OpenAIDialect,), {method: fail})()
    provider = Service(Reply({"error": "no"}, 400)).provider(
        type("BrokenProvider", (AcmeProvider,), {"dialect": dialect}), max_retries=0
    )
    with pytest.raises(ProviderError):
        await provider.chat(USER, stream=stream)


async def test_a_stream_without_a_decoder_is_closed():
    """Its connection is not left behind."""

    class Blind(OpenAIDialect):
        def stream_decoder(self, call):
            raise KeyError("model")

    class BlindProvider(AcmeProvider):
        dialect = Blind()

    body = Body([b"data: {}\n\n"])
    reply = Reply(body, headers={"content-type": "text/event-stream"})
    with pytest.raises(ProviderResponseError, match=r"cannot be read \(KeyError"):
        await Service(reply).provider(BlindProvider, max_retries=0).chat(USER, stream=True)
    assert body.closings == 1


async def test_begin_returns_a_reply_to_read():
    """`begin` returns a successful reply unread, sent with the credential."""
    service = Service(Reply(b"a long report"))
    async with service.provider() as provider:
        exchange = await provider.begin(HttpRequest("POST", "/report", b"{}"))
        body = await exchange.read_all(100)
        await exchange.aclose()

    assert (exchange.status, body) == (200, b"a long report")
    assert service.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_begin_raises_what_the_reply_reports():
    """`begin` raises the error of an unsuccessful reply, and sends the request once."""
    service = Service(failing(503), failing(503))
    async with service.provider() as provider:
        with pytest.raises(ProviderOverloadedError) as caught:
            await provider.begin(HttpRequest("POST", "/report", b"{}"))

    assert (caught.value.provider, len(service.requests)) == ("acme", 1)


def test_an_address_may_be_completed():
    """A subclass completes an address that was set, and leaves the class's own alone."""

    class Short(AcmeProvider):
        def complete_address(self, address):
            return f"https://{address}"

    assert Short(api_key=KEY, base_url="host/v1").base_url == "https://host/v1"
    assert Short(api_key=KEY).base_url == AcmeProvider.base_url
