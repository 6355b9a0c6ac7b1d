"""An application chooses the credentials of the providers that a router builds."""

import functools

import pytest
from provider_sdk import (
    Credential,
    CredentialRequest,
    ProviderAuthError,
    ProviderRequestError,
    ProviderRouter,
    RegistryError,
    describe_providers,
    register_provider,
)
from provider_sdk.testing import FakeProvider

from ._service import KEY, AcmeProvider, OpenProvider, OptionalProvider

pytestmark = pytest.mark.usefixtures("own_registrations")

AT_HOME = "https://api.acme.example/v1"
STORED = Credential(KEY, "the store")


class Chooser:
    """Has a credential, which counts if a provider finds none; and may refuse."""

    def __init__(self, stored: Credential | None = STORED, refusal: Exception | None = None):
        self.stored = stored
        self.refusal = refusal
        self.requests = []

    def __call__(self, request: CredentialRequest) -> Credential | None:
        """Choose."""
        self.requests.append(request)
        if self.refusal:
            raise self.refusal
        return request.found or self.stored


def routed(factory, choose, **config):
    """Return a router that knows a provider ``acme``."""
    register_provider("acme", factory)
    return ProviderRouter({"providers": {"acme": config}}, choose_credential=choose)


def described(choose, **config):
    """Return what is known of ``acme``."""
    found = describe_providers({"providers": {"acme": config}}, choose_credential=choose)
    (acme,) = [each for each in found if each.name == "acme"]
    return acme


def test_a_provider_without_a_credential_gets_the_one_that_is_chosen():
    """It is used as one that it had found."""
    router = routed(AcmeProvider, Chooser())

    provider = router.get_provider("acme")

    assert provider.api_credential == STORED
    assert isinstance(provider, AcmeProvider)
    assert type(provider).__name__ == "AcmeProvider"


def test_who_chooses_is_told_where_the_credential_would_go():
    """The address is that of the settings, the variable or the class, whichever counts."""
    choose = Chooser()
    routed(AcmeProvider, choose).get_provider("acme")

    assert choose.requests == [CredentialRequest("acme", "required", (AT_HOME,), None)]


@pytest.mark.parametrize(
    ("config", "variable", "address"),
    [
        ({"base_url": "https://a.example/"}, "https://b.example", "https://a.example"),
        ({}, "https://b.example/", "https://b.example"),
        ({}, None, AT_HOME),
    ],
    ids=["settings", "variable", "class"],
)
def test_the_address_that_is_told_is_the_one_that_is_used(monkeypatch, config, variable, address):
    """In the description, too."""
    if variable:
        monkeypatch.setenv("ACME_BASE_URL", variable)
    choose = Chooser()
    provider = routed(AcmeProvider, choose, **config).get_provider("acme")
    described(choose, **config)

    assert provider.base_url == address
    told = [each.addresses for each in choose.requests if each.provider == "acme"]
    assert told == [(address,), (address,)]


def test_the_argument_of_a_new_provider_counts():
    """As for its constructor."""
    choose = Chooser()
    router = routed(AcmeProvider, choose, base_url="https://a.example")

    router.make_provider("acme", base_url="https://c.example")

    assert choose.requests[0].addresses == ("https://c.example",)


def test_what_a_provider_finds_is_told(monkeypatch):
    """Who chooses may leave it at that."""
    monkeypatch.setenv("ACME_API_KEY", "own")
    choose = Chooser()
    provider = routed(AcmeProvider, choose).get_provider("acme")

    assert choose.requests[0].found == provider.api_credential
    assert provider.api_key == "own"


def test_a_refusal_is_the_error_of_the_provider():
    """It is raised before anything can be sent."""
    refusal = ProviderRequestError("not there", provider="acme")
    router = routed(AcmeProvider, Chooser(refusal=refusal))

    with pytest.raises(ProviderRequestError, match="not there"):
        router.get_provider("acme")
    assert router.list_available_providers() == []
    assert router.explain(provider="acme")[0].state == "broken"


def test_nothing_chosen_is_a_missing_credential():
    """A provider that needs one says which variable it looked for."""
    router = routed(AcmeProvider, Chooser(None))

    with pytest.raises(ProviderAuthError, match="ACME_API_KEY is not set"):
        router.get_provider("acme")


def test_a_provider_without_credentials_gets_none():
    """Nobody is asked to choose."""
    choose = Chooser()
    provider = routed(OpenProvider, choose).get_provider("acme")

    assert (provider.api_credential, choose.requests) == (None, [])


def test_a_provider_that_can_do_without_may_get_one():
    """Who chooses is told that it need not have one."""
    choose = Chooser()

    assert routed(OptionalProvider, choose).get_provider("acme").api_key == KEY
    assert choose.requests[0].rule == "optional"


def test_a_description_says_where_the_chosen_one_is():
    """As of one that the provider found."""
    register_provider("acme", AcmeProvider)

    found = described(Chooser())

    assert (found.credential, found.credential_source) == ("set", "the store")
    assert found.problem is None
    assert described(Chooser(None)).credential == "missing"


def test_a_description_says_why_it_is_refused():
    """In one line."""
    register_provider("acme", AcmeProvider)

    assert described(Chooser(refusal=ProviderRequestError("not\nthere"))).problem == "not there"


@pytest.mark.parametrize("makes", ["function", "partial"])
def test_a_provider_that_a_function_makes_can_be_refused(makes):
    """Its own credential and address are told after it was made."""
    choose = Chooser()
    make = functools.partial(AcmeProvider, api_key="own", base_url="http://a.example")
    router = routed(make if makes == "partial" else lambda **config: make(**config), choose)

    provider = router.get_provider("acme")
    (request,) = choose.requests

    assert provider.api_key == "own"
    assert (request.found, request.addresses) == (provider.api_credential, ("http://a.example",))
    choose.refusal = ProviderRequestError("not there")
    with pytest.raises(ProviderRequestError):
        router.make_provider("acme")


def test_what_a_function_makes_without_a_credential_is_not_asked_about():
    """Nor what does not talk HTTP."""
    choose = Chooser()

    routed(lambda **config: OptionalProvider(**config), choose).get_provider("acme")
    register_provider("fake", lambda **_: FakeProvider())
    ProviderRouter(choose_credential=choose).get_provider("fake")

    assert choose.requests == []


def test_a_provider_that_goes_elsewhere_than_it_says_is_not_used():
    """A credential may be bound to an address."""

    class Elsewhere(AcmeProvider):
        def __init__(self, *, base_url=None, **config):
            super().__init__(base_url="https://else.example", **config)

    with pytest.raises(RegistryError, match="override credential_addresses"):
        routed(Elsewhere, Chooser()).get_provider("acme")


@pytest.mark.parametrize(
    ("address", "is_exposed"),
    [
        ("https://api.example", False),
        ("http://api.example", True),
        ("http://93.184.216.34/v1", True),
        ("http://localhost:1", False),
        ("http://127.0.0.1:1", False),
        ("http://[::1]:1", False),
        ("http://10.0.0.1", False),
        ("http://192.168.1.2:8080/v1", False),
        ("http://[fd00::1]", False),
        ("http://server", True),
        ("http://127.0.0.1.example", True),
        ("http://2130706433.example", True),
    ],
)
def test_an_address_is_exposed_if_it_is_plain_and_public(address, is_exposed):
    """A host name counts as public: only a resolver could tell."""
    request = CredentialRequest("acme", "required", (AT_HOME, address), None)

    assert request.exposed_addresses == ((address,) if is_exposed else ())
