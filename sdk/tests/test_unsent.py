"""Requests of calls can be looked at without being sent."""

import json

import pytest
from provider_sdk import (
    HttpRequest,
    ProviderRequestError,
    ProviderRouter,
    register_provider,
    unsent_requests,
)

from ._service import KEY, USER, AcmeProvider, Reply, Service, completion


async def kept(provider, **options):
    """Return the requests of a call that is not sent."""
    with unsent_requests() as requests:
        await provider.chat(USER, **options)
    return requests


async def test_request_is_what_would_have_been_sent() -> None:
    """Method, address, headers and body are those that the service gets, without the key."""
    service = Service(Reply(completion()))
    provider = service.provider(AcmeProvider)
    (request,) = await kept(provider, temperature=0)
    assert service.requests == []
    await provider.chat(USER, temperature=0)
    (sent,) = service.requests

    assert (request.provider, request.method, request.url) == ("acme", "POST", str(sent.url))
    assert request.body == sent.content.decode()
    assert request.headers == {**sent.headers, "authorization": "Bearer [redacted]"}
    assert request.is_call
    assert KEY not in f"{request!r}{request.body}"


async def test_own_connections_send_the_same() -> None:
    """Without a client of the caller's there are no others' headers."""
    async with AcmeProvider(api_key=KEY) as provider:
        (request,) = await kept(provider, stream=True)

    assert request.url == "https://api.acme.example/v1/chat/completions"
    assert request.headers["host"] == "api.acme.example"
    assert request.headers["content-length"] == str(len(request.body))
    assert json.loads(request.body)["stream"] is True


async def test_no_secret_is_kept() -> None:
    """Neither the key in the text nor headers of the call, however short they are."""
    async with AcmeProvider(api_key=KEY) as provider:
        with unsent_requests() as requests:
            await provider.chat(
                [{"role": "user", "content": f"my key is {KEY}"}],
                extra_headers={"x-api-key": "short", "cookie": "session=0123456789"},
            )

    assert KEY not in requests[0].body
    assert requests[0].headers["x-api-key"] == "[redacted]"
    assert requests[0].headers["cookie"] == "session=[redacted]"


async def test_a_question_before_the_call_is_told_from_it() -> None:
    """A provider that goes on without its answer keeps both."""

    class Asking(AcmeProvider):
        async def answer(self, call):
            """Ask something else first."""
            with pytest.raises(ProviderRequestError):
                await self.fetch(HttpRequest("GET", "/info"))
            return await super().answer(call)

    async with Asking(api_key=KEY) as provider:
        first, second = await kept(provider)

    assert (first.method, first.body, first.is_call) == ("GET", None, False)
    assert (second.method, second.is_call) == ("POST", True)


async def test_router_asks_nobody_else() -> None:
    """What is kept is the request to the provider that would be asked first."""
    for name in ("unsent-one", "unsent-two"):
        register_provider(name, lambda **config: AcmeProvider(api_key=KEY, **config))
    router = ProviderRouter({"fallback_chain": ["unsent-one", "unsent-two"]})
    async with router:
        with unsent_requests() as requests:
            await router.route("agent", USER)

    assert len(requests) == 1


async def test_a_request_that_cannot_be_sent_is_not_kept() -> None:
    """An address or a header that HTTP does not know is the error that it would be."""
    async with AcmeProvider(api_key=KEY) as provider:
        with unsent_requests() as requests, pytest.raises(ProviderRequestError):
            await provider.fetch(HttpRequest("GET", "/\x00"))

    assert requests == []


async def test_after_the_block_requests_are_sent() -> None:
    """The block ends with its last line."""
    service = Service(Reply(completion("Blue.")))
    provider = service.provider(AcmeProvider)
    await kept(provider)

    assert (await provider.chat(USER)).text == "Blue."
