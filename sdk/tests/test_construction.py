"""Building a provider: credential, address, limits."""

import copy
import pickle

import httpx
import pytest
from provider_sdk import (
    ProviderAuthError,
    ProviderRequestError,
)

from ._service import (
    KEY,
    USER,
    AcmeProvider,
    OpenProvider,
    OptionalProvider,
    Reply,
    Service,
    completion,
)


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


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan"), 10**400, "5", False])
def test_timeout_is_a_positive_number(value):
    """Of seconds."""
    with pytest.raises(ValueError, match="timeout must be a positive number of seconds"):
        AcmeProvider(api_key=KEY, timeout=value)


@pytest.mark.parametrize(
    ("argument", "problem"),
    [
        ({"api_key": 5}, "api_key must be text, not int"),
        ({"api_key": KEY.encode()}, "api_key must be text, not bytes"),
        ({"base_url": 5}, "base_url must be text, not int"),
        ({"default_model": ["a"]}, "default_model must be text, not list"),
        ({"http_client": 5}, "http_client must be an httpx.AsyncClient, not 5"),
        ({"http_client": httpx.Client}, "http_client must be an httpx.AsyncClient, not type"),
    ],
)
def test_an_argument_of_another_type(argument, problem):
    """It is named, and its value is not repeated."""
    with pytest.raises(ValueError, match=f"^{problem}$"):
        AcmeProvider(**{"api_key": KEY, **argument})


def test_a_variable_that_makes_no_sense(monkeypatch):
    """The error names the variable, and does not repeat what may be a credential."""
    monkeypatch.setenv("ACME_BASE_URL", f"https://{KEY}@a.example")

    with pytest.raises(
        ProviderRequestError,
        match=r"^the base URL in the environment variable ACME_BASE_URL must look like",
    ) as error:
        AcmeProvider(api_key=KEY)

    assert KEY not in str(error.value)


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


def test_its_repr_hides_a_credential_in_the_address():
    """Somebody may take the credential for a part of the address."""
    provider = AcmeProvider(api_key=KEY, base_url=f"https://acme.example/{KEY}")

    assert KEY not in repr(provider)
