"""The models of a service."""

import json

import httpx
import pytest
from provider_sdk import (
    HttpRequest,
    ModelInfo,
    ModelPage,
    ProviderAuthError,
    ProviderModelNotFoundError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from provider_sdk.chat_completions import OpenAIDialect

from ._service import (
    MODELS,
    STALL,
    AcmeProvider,
    Reply,
    Service,
    failing,
    streamed,
)


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


async def test_an_empty_list_may_be_null():
    """Servers in Go write it so, and say beside it that it is a list."""
    assert await Service(Reply({"object": "list", "data": None})).provider().list_models() == []
