"""Providers over HTTP: construction, credentials, health, model lists, closing."""

import asyncio
import copy
import gc
import json
import pickle
import warnings

import httpx
import pytest
from provider_sdk import (
    Health,
    HttpRequest,
    ModelInfo,
    ModelPage,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    UnsupportedCapabilityError,
)
from provider_sdk.openai import OpenAIDialect

from ._clock import now, on_the_clock
from ._server import serving, serving_in_a_thread
from ._service import (
    KEY,
    STALL,
    USER,
    AcmeProvider,
    Body,
    Reply,
    Service,
    completion,
    failing,
    streamed,
)

MODELS = Reply({"object": "list", "data": [{"id": "acme-large"}, {"id": "acme-small"}]})


class OptionalProvider(AcmeProvider):
    """Works better with a credential."""

    credential = "optional"


class OpenProvider(AcmeProvider):
    """Has no credentials by nature."""

    credential = "none"


# Construction.


def test_a_required_credential_that_is_missing():
    """The constructor says which variable is not set, and where to get one."""
    with pytest.raises(ProviderAuthError, match=r"^ACME_API_KEY is not set\. Get a") as error:
        AcmeProvider()

    assert error.value.provider == "acme"


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_credential_is_missing(monkeypatch, blank):
    """Blank is unset, as argument and as variable."""
    monkeypatch.setenv("ACME_API_KEY", blank)

    with pytest.raises(ProviderAuthError, match="ACME_API_KEY is not set"):
        AcmeProvider(api_key=blank)


@pytest.mark.parametrize("kind", [OptionalProvider, OpenProvider])
async def test_other_credentials_need_not_be_there(kind):
    """Without one no credential is sent."""
    service = Service(Reply(completion()))

    await service.provider(kind, api_key=None).chat(USER)

    assert "authorization" not in service.requests[0].headers


async def test_a_provider_without_credentials_sends_none():
    """A key that is given all the same does not leave."""
    service = Service(Reply(completion()))

    await service.provider(OpenProvider).chat(USER)

    assert "authorization" not in service.requests[0].headers


@pytest.mark.parametrize(
    ("argument", "variables", "used"),
    [
        ("a", {"ACME_API_KEY": "b", "ACME_OLD_KEY": "c"}, "a"),
        (None, {"ACME_API_KEY": "b", "ACME_OLD_KEY": "c"}, "b"),
        (None, {"ACME_OLD_KEY": "c"}, "c"),
        (" a\n", {}, "a"),
    ],
)
async def test_where_the_credential_comes_from(monkeypatch, argument, variables, used):
    """The argument, then the variables in their order."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    service = Service(Reply(completion()))

    await service.provider(api_key=argument).chat(USER)

    assert service.requests[0].headers["authorization"] == f"Bearer {used}"


@pytest.mark.parametrize("key", ["two words", "l\u00f6we", "a\nb", "a\x00b"])
def test_a_credential_that_no_header_carries(key):
    """It is refused without being repeated."""
    with pytest.raises(ProviderAuthError, match="the api_key argument holds") as error:
        AcmeProvider(api_key=key)

    assert key not in str(error.value)


@pytest.mark.parametrize(
    ("argument", "variable", "used"),
    [
        ("http://a.example/v1/", "http://b.example", "http://a.example/v1"),
        (None, "http://b.example/v1", "http://b.example/v1"),
        (None, " ", "https://api.acme.example/v1"),
        (None, None, "https://api.acme.example/v1"),
    ],
)
def test_where_the_base_url_comes_from(monkeypatch, argument, variable, used):
    """The argument, then the variable, then the class; without a trailing slash."""
    if variable is not None:
        monkeypatch.setenv("ACME_BASE_URL", variable)

    assert AcmeProvider(api_key=KEY, base_url=argument).base_url == used


@pytest.mark.parametrize(
    "url",
    [
        *("api.acme.example", "ftp://a.example", "https://", "http:///v1", "/v1"),
        *(f"https://user:{KEY}@a.example", f"https://a.example?key={KEY}", "http://a.example#x"),
    ],
)
def test_a_base_url_that_makes_no_sense(url):
    """The error shows a good one, and does not repeat what may be a credential."""
    with pytest.raises(ValueError, match="must look like https://host/path") as error:
        AcmeProvider(api_key=KEY, base_url=url)

    assert KEY not in str(error.value)


@pytest.mark.parametrize("value", [-1, 1.5, "2", True, None])
def test_max_retries_is_a_whole_number(value):
    """From 0 up."""
    with pytest.raises(ValueError, match="max_retries must be a whole number from 0 up"):
        AcmeProvider(api_key=KEY, max_retries=value)


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan"), "5", False])
def test_timeout_is_a_positive_number(value):
    """Of seconds."""
    with pytest.raises(ValueError, match="timeout must be a positive number of seconds"):
        AcmeProvider(api_key=KEY, timeout=value)


def test_an_unknown_keyword_is_a_type_error():
    """The constructor's keywords are named, and positional arguments are none."""
    with pytest.raises(TypeError):
        AcmeProvider(api_kee=KEY)
    with pytest.raises(TypeError):
        AcmeProvider(KEY)


async def test_the_default_model_can_be_replaced():
    """For this provider, not for the class."""
    service = Service(Reply(completion()))

    await service.provider(default_model="acme-small").chat(USER)

    assert service.bodies[0]["model"] == "acme-small"
    assert AcmeProvider.default_model == "acme-large"


def test_it_cannot_be_pickled_or_copied():
    """It holds a credential and connections."""
    provider = AcmeProvider(api_key=KEY)

    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="build a new one instead"):
            attempt(provider)


def test_its_repr_shows_where_it_speaks_to():
    """And no more."""
    assert repr(AcmeProvider(api_key=KEY)) == "AcmeProvider(base_url='https://api.acme.example/v1')"


# Health.


async def test_health_is_true_when_the_credential_is_accepted():
    """It costs one read of the model list with the credential, and never a chat."""
    service = Service(MODELS)

    assert await service.provider().health_check() is True
    assert [str(request.url.path) for request in service.requests] == ["/v1/models"]
    assert service.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "reply",
    [
        *(failing(status) for status in (400, 401, 402, 403, 404, 429, 500, 503, 529)),
        *(Reply(body) for body in (b"", b"<html></html>", b"nope", {}, [5], {"data": "x"})),
        Reply(b"", 302, {"location": "https://elsewhere.example"}),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("late"),
        streamed(b'{"data"', httpx.ReadError("reset")),
    ],
)
async def test_health_is_false_for_everything_else(reply):
    """A rejected credential, a failing service, garbage, a timeout: never an exception."""
    assert await Service(reply).provider().health_check() is False


@on_the_clock
async def test_health_does_not_wait_long():
    """A service that is silent is not well."""
    service = Service(streamed(STALL))

    assert await service.provider().health_check() is False
    assert now() == 10


@pytest.mark.parametrize(("reply", "ok"), [(MODELS, True), (failing(500), False)])
async def test_health_without_credentials_is_whether_it_answers(reply, ok):
    """A cheap read tells."""
    service = Service(reply)

    assert await service.provider(OpenProvider).health_check() is ok
    assert "authorization" not in service.requests[0].headers


async def test_health_is_asked_anew_each_time():
    """What was true a moment ago is no answer."""
    provider = Service(MODELS, failing(401), MODELS).provider()

    assert [await provider.health_check() for _ in range(3)] == [True, False, True]


async def test_an_error_without_words_is_no_health():
    """A subclass's check fails by raising, whatever it says."""

    class Wordless(AcmeProvider):
        async def check_health(self):
            raise ProviderError("")

    assert await Service(MODELS).provider(Wordless).health_check() is False


async def test_probe_tells_that_all_is_well():
    """It builds, checks and closes."""
    health = await AcmeProvider.probe(api_key=KEY, http_client=Service(MODELS).client)

    assert (health.ok, health.reason) == (True, "")
    assert health.latency_s >= 0


async def test_probe_without_a_credential_sends_nothing():
    """It answers with what is missing."""
    service = Service(MODELS)

    health = await AcmeProvider.probe(http_client=service.client)

    assert not health.ok
    assert health.reason.startswith("ACME_API_KEY is not set")
    assert service.requests == []


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"base_url": "nowhere"}, "the base URL must look like"),
        ({"timeout": -1}, "timeout must be"),
        ({"colour": "blue"}, "colour"),
        ({"http_client": "none"}, ""),
    ],
)
async def test_probe_never_raises(config, reason):
    """A configuration that makes no sense is a reason."""
    health = await AcmeProvider.probe(api_key=KEY, **config)

    assert not health.ok
    assert reason in health.reason
    assert health.reason


async def test_probe_tells_what_the_service_said():
    """The reason is the service's own."""
    health = await AcmeProvider.probe(
        api_key=KEY, http_client=Service(failing(401, "no such key")).client
    )

    assert health.reason.startswith("no such key.")
    assert isinstance(health.error, ProviderAuthError)


async def test_probe_closes_what_it_built():
    """No provider is left behind."""
    closed = []

    class Watched(AcmeProvider):
        async def aclose(self):
            closed.append(self)
            await super().aclose()

    await Watched.probe(api_key=KEY, http_client=Service(failing(500)).client)

    assert len(closed) == 1


async def test_probe_passes_cancellation():
    """``CancelledError`` always passes."""
    probing = asyncio.create_task(
        AcmeProvider.probe(api_key=KEY, http_client=Service(streamed(STALL)).client)
    )
    await asyncio.sleep(0)
    probing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await probing


def test_health_is_plain_data():
    """Without a reason it is well."""
    assert Health(True) == Health(ok=True, reason="", latency_s=0.0)


# Model lists.


class PagedDialect(OpenAIDialect):
    """A list in pages, each with the cursor of the next."""

    def models_request(self, cursor):
        """Ask for the page behind the cursor."""
        return HttpRequest("GET", f"/models?after={cursor or ''}")

    def parse_models(self, reply):
        """Take the cursor from a header."""
        page = super().parse_models(reply)
        return ModelPage(page.models, reply.headers.get("x-next"))


class PagedProvider(AcmeProvider):
    """Its list has pages."""

    dialect = PagedDialect()


def _page(*ids, cursor=None):
    return Reply({"data": [{"id": id} for id in ids]}, headers={"x-next": cursor} if cursor else {})


async def test_the_models_of_a_list():
    """Their ids in the service's order."""
    assert await Service(MODELS).provider().list_models() == ["acme-large", "acme-small"]


async def test_ids_are_unique():
    """A model that is listed twice is one."""
    assert await Service(_page("a", "b", "a")).provider().list_models() == ["a", "b"]


async def test_all_pages_are_read():
    """Each by the cursor of the one before."""
    service = Service(_page("a", cursor="1"), _page("b", cursor="2"), _page("c"))

    assert await service.provider(PagedProvider).list_models() == ["a", "b", "c"]
    assert [str(r.url.query, "ascii") for r in service.requests] == ["after=", "after=1", "after=2"]


async def test_pages_end_where_nothing_new_comes():
    """A service that repeats its last page for ever does not hold the call."""
    service = Service(_page("a", cursor="1"), _page("b", "a", cursor="1"))

    assert await service.provider(PagedProvider).list_models() == ["a", "b"]
    assert len(service.requests) == 3


async def test_a_page_that_fails_fails_the_list():
    """Half a list is none."""
    service = Service(_page("a", cursor="1"), failing(401))

    with pytest.raises(ProviderAuthError):
        await service.provider(PagedProvider).list_models()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (failing(401), ProviderAuthError),
        (failing(404), ProviderModelNotFoundError),
        (failing(500), ProviderUnavailableError),
        (Reply({}), ProviderResponseError),
        (Reply({"data": None}), ProviderResponseError),
        (Reply({"error": {"message": "no", "code": "invalid_api_key"}}), ProviderAuthError),
        (Reply({"data": [{"name": "no id"}]}), ProviderResponseError),
        (Reply(b"<html>"), ProviderResponseError),
        (Reply(b""), ProviderResponseError),
        (httpx.ConnectError("refused"), ProviderUnavailableError),
    ],
)
async def test_a_failure_is_never_an_empty_list(reply, error):
    """It is raised."""
    with pytest.raises(error):
        await Service(reply).provider(max_retries=0).list_models()


async def test_a_service_without_models_has_an_empty_list():
    """Which is no failure."""
    assert await Service(Reply({"data": []})).provider().list_models() == []


async def test_a_bare_list_is_a_list():
    """Some services leave the envelope out."""
    assert await Service(Reply([{"id": "a"}])).provider().list_models() == ["a"]


async def test_describe_models_says_what_the_service_says():
    """And nothing else."""
    service = Service(Reply({"data": [{"id": "a", "owned_by": "acme", "created": 1}, {"id": "b"}]}))

    assert await service.provider().describe_models() == [
        ModelInfo("a", owned_by="acme"),
        ModelInfo("b"),
    ]


def test_a_description_as_plain_data():
    """Every field is there, unsaid ones as ``None`` or empty."""
    data = json.loads(json.dumps(ModelInfo("a", context_window=8192).to_dict()))

    assert data["id"] == "a"
    assert data["context_window"] == 8192
    assert data["input_price"] is None
    assert data["backends"] == []


async def test_a_model_list_has_its_deadline():
    """Over all its pages."""
    with pytest.raises(ProviderTimeoutError, match=r"no answer within 0\.01 s"):
        await Service(streamed(STALL)).provider(timeout=0.01).list_models()


# Closing.


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
    with warnings.catch_warnings():
        # What the first loop left open, only the collector can close.
        warnings.simplefilter("ignore", ResourceWarning)
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


# Extending.


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
